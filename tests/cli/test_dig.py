"""forecourt dig: hop by hop, as text and as JSON, and why a record was chosen."""

from __future__ import annotations

from forecourt.cli.common import aws_client

from .conftest import Running


def test_the_walk(up: Running) -> None:
    client = aws_client(up.data, "route53")
    zone = client.create_hosted_zone(Name="dug.co.kr", CallerReference="dug")["HostedZone"]["Id"]
    sets = [
        {
            "Name": "www.dug.co.kr", "Type": "A", "TTL": 60, "SetIdentifier": name,
            "Weight": weight, "ResourceRecords": [{"Value": "192.0.2.1"}],
        }
        for name, weight in (("one", 1), ("none", 0))
    ]  # fmt: skip
    changes = [{"Action": "CREATE", "ResourceRecordSet": each} for each in sets]
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    client.get_waiter("resource_record_sets_changed").wait(
        Id=client.list_hosted_zones()
        and changes
        and client.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [{**changes[0], "Action": "UPSERT"}]}
        )["ChangeInfo"]["Id"],
        WaiterConfig={"Delay": 1, "MaxAttempts": 20},
    )
    up.run("zone", "delegate", "dug.co.kr")
    found = up.json("dig", "www.dug.co.kr", "--subnet", "1.208.0.0/24")
    walked = [hop["zone"] for hop in found["hops"] if not hop["depth"] and hop["said"] != "keys"]
    assert walked == [".", "kr.", "co.kr.", "dug.co.kr."]
    assert (found["status"], found["answer"]) == ("NOERROR", ["www.dug.co.kr. 60 A 192.0.2.1"])
    (choice,) = found["choices"]
    assert (choice["policy"], choice["chosen"]) == ("weighted", "one")
    assert choice["client"] == ["country:KR", "continent:AS"]
    text = up.run("dig", "www.dug.co.kr").output
    assert "co.kr. at registry-2" in text
    assert "referral" in text
    assert "www.dug.co.kr. weighted: one of one" in text
    client.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{**each, "Action": "DELETE"} for each in changes]},
    )
    up.run("zone", "delegate", "--remove", "dug.co.kr")
    client.delete_hosted_zone(Id=zone)
    client.close()


def test_what_is_no_question(up: Running) -> None:
    for words in (
        ("dig", "www.example.com", "NONSENSE"),
        ("dig", "www.dug.co.kr", "--subnet", "x"),
    ):
        result = up.run(*words)
        assert result.exit_code == 1
        assert "Traceback" not in result.output
