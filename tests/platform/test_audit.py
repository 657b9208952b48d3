"""The audit trail: what callers changed, or tried to, as the operator sees it."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.platform import audit
from forecourt.platform.identity import accounts
from forecourt.store import clock
from forecourt.store.tx import Call
from tests.harness import FIRST_KEY, SECOND, SECOND_KEY, TOKEN, World


def get(world: World, query: str = "") -> Any:
    url = f"{world.url}/_forecourt/events{query}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def events(world: World) -> list[Any]:
    """All of them, newest first, page by page."""
    found, query = [], ""
    while True:
        page = get(world, query)
        found += page["Events"]
        if "NextToken" not in page:
            return found
        query = f"?NextToken={page['NextToken']}"


def detail(event: Any) -> Any:
    return json.loads(event["CloudTrailEvent"])


def create(route53: Any, name: str) -> str:
    made = route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"]
    return str(made).removeprefix("/hostedzone/")


def upsert(route53: Any, zone: str, value: str) -> Any:
    rrset = {"Name": "a.example", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": value}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": rrset}]}
    return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def test_what_changes_is_there_and_what_reads_is_not(world: World, route53: Any) -> None:
    zone = create(route53, "a.example")
    route53.get_hosted_zone(Id=zone)
    route53.list_hosted_zones()
    world.client("sts").get_caller_identity()
    answer = upsert(route53, zone, "10.0.0.1")
    route53.delete_reusable_delegation_set(
        Id=route53.create_reusable_delegation_set(CallerReference="1")["DelegationSet"]["Id"]
    )
    found = events(world)
    assert [each["EventName"] for each in found] == [
        "DeleteReusableDelegationSet",
        "CreateReusableDelegationSet",
        "ChangeResourceRecordSets",
        "CreateHostedZone",
    ]
    change = found[2]
    assert change["EventId"] == answer["ResponseMetadata"]["RequestId"]
    assert (change["EventSource"], change["ReadOnly"]) == ("route53.amazonaws.com", "false")
    assert (change["AccessKeyId"], change["Username"]) == (FIRST_KEY[0], "root")


def test_the_form_of_an_event(world: World, stranger: Any) -> None:
    create(stranger, "b.example")
    (event,) = events(world)
    found = detail(event)
    assert found["userIdentity"] == {
        "type": "Root",
        "arn": f"arn:aws:iam::{SECOND}:root",
        "accountId": SECOND,
        "accessKeyId": SECOND_KEY[0],
    }
    assert found["requestParameters"] == {"Name": "b.example", "CallerReference": "b.example"}
    assert (found["eventName"], found["eventID"]) == ("CreateHostedZone", event["EventId"])
    assert found["eventTime"] == event["EventTime"]
    assert found["recipientAccountId"] == SECOND
    assert found["sourceIPAddress"] == "127.0.0.1"
    assert found["userAgent"].startswith("Boto3/")
    assert found["readOnly"] is False
    assert "errorCode" not in found


def test_a_call_that_fails_is_there_with_its_error(world: World, route53: Any) -> None:
    zone = create(route53, "a.example")
    with pytest.raises(ClientError):
        route53.delete_hosted_zone(Id="ZNONE")
    upsert(route53, zone, "10.0.0.1")
    with pytest.raises(ClientError):
        route53.delete_hosted_zone(Id=zone)
    found = [(detail(each)["eventName"], detail(each).get("errorCode")) for each in events(world)]
    assert found == [
        ("DeleteHostedZone", "HostedZoneNotEmpty"),
        ("ChangeResourceRecordSets", None),
        ("DeleteHostedZone", "NoSuchHostedZone"),
        ("CreateHostedZone", None),
    ]


def test_pages_are_whole_and_in_order(
    world: World, route53: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = create(route53, "a.example")
    ids = [upsert(route53, zone, "10.0.0.1")["ResponseMetadata"]["RequestId"] for _ in range(7)]
    monkeypatch.setattr(audit.lookup, "__defaults__", (None, 3))
    first = get(world)
    assert len(first["Events"]) == 3
    ids.append(upsert(route53, zone, "10.0.0.2")["ResponseMetadata"]["RequestId"])
    rest = get(world, f"?NextToken={first['NextToken']}")  # what came since moves no page
    shown = [each["EventId"] for each in first["Events"] + rest["Events"]]
    assert shown == ids[6:0:-1]
    assert [each["EventId"] for each in events(world)][:-1] == ids[::-1]


def test_no_secret_is_shown(world: World, route53: Any) -> None:
    create(route53, "a.example")
    text = json.dumps(events(world))
    assert FIRST_KEY[0] in text
    for secret in (FIRST_KEY[1], SECOND_KEY[1], TOKEN, "Signature", "AWS4-HMAC"):
        assert secret not in text


def test_parameters_that_are_too_long_are_counted(world: World, route53: Any) -> None:
    zone = create(route53, "a.example")
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": f"host-{number}.a.example",
                "Type": "A",
                "TTL": 5,
                "ResourceRecords": [{"Value": "10.0.0.1"}],
            },
        }
        for number in range(200)
    ]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    parameters = detail(events(world)[0])["requestParameters"]
    assert list(parameters) == ["omitted"]
    assert parameters["omitted"].endswith(" characters")


@pytest.fixture
def moved(world: World) -> Iterator[World]:
    """A world whose calendar may be moved: it is set back at the end."""
    yield world
    world.store.write_now(lambda tx: tx.run("DELETE FROM setting WHERE name = 'clock'"))


def test_events_are_kept_for_ninety_days(moved: World, route53: Any) -> None:
    create(route53, "a.example")
    call = Call("route53", "Late", accounts.FIRST)
    move(moved, audit.KEPT - timedelta(minutes=1))
    moved.store.write_now(audit.forget)
    assert [each["EventName"] for each in events(moved)] == ["CreateHostedZone"]

    def late(tx: Any, _: Any) -> None:
        audit.record(tx, "late", "", "", {})

    asyncio.run(moved.store.write_for(call, late, None))
    move(moved, timedelta(minutes=2))
    moved.store.write_now(audit.forget)
    assert [each["EventName"] for each in events(moved)] == ["Late"]


def move(world: World, by: timedelta) -> None:
    """Move the calendar on, and wait until the store no longer believes the old one."""
    before = world.store.read_now(lambda tx: tx.now)
    world.store.write_now(clock.move_forwards, by.total_seconds())
    deadline = time.monotonic() + 5
    while world.store.write_now(lambda tx: tx.now) < before + by:
        assert time.monotonic() < deadline


def test_secrets_are_hidden(world: World) -> None:
    """What a model calls sensitive stays out of the trail, however deep."""
    hide = audit.hiding("iam", "CreateLoginProfile")
    assert hide({"UserName": "a", "Password": "p"}) == {"UserName": "a", "Password": audit.HIDDEN}
    hide = audit.hiding("kms", "Encrypt")
    assert hide({"KeyId": "k", "Plaintext": b"p"}) == {"KeyId": "k", "Plaintext": audit.HIDDEN}
    same = {"Name": "x"}
    assert audit.hiding("route53", "CreateHostedZone")(same) is same


@pytest.mark.parametrize(
    ("principal", "type_"),
    [
        ("arn:aws:iam::000000000000:root", "Root"),
        ("arn:aws:iam::000000000000:user/path/root", "IAMUser"),
        ("arn:aws:sts::000000000000:assumed-role/r/s", "AssumedRole"),
        ("arn:aws:sts::000000000000:federated-user/f", "FederatedUser"),
    ],
)
def test_who_it_was(principal: str, type_: str) -> None:
    assert audit.identity_type(principal) == type_
