"""Short ways to say what the tests of Route 53 say often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dns.message
import dns.name
import dns.rdatatype
import pytest
from botocore.exceptions import ClientError

Change = tuple[str, dict[str, Any]]  # action and record set


def rrset(name: str, type_: str, *values: str, ttl: int = 60) -> dict[str, Any]:
    records = [{"Value": value} for value in values]
    return {"Name": name, "Type": type_, "TTL": ttl, "ResourceRecords": records}


def a(name: str, *values: str) -> dict[str, Any]:
    return rrset(name, "A", *(values or ("192.0.2.1",)))


def alias(name: str, zone: str, target: str, type_: str = "A") -> dict[str, Any]:
    where = {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": type_, "AliasTarget": where}


def change(client: Any, zone: str, *changes: Change, **batch: str) -> Any:
    """Send a batch; the ChangeInfo."""
    listed = [{"Action": action, "ResourceRecordSet": given} for action, given in changes]
    answer = client.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": listed, **batch}
    )
    return answer["ChangeInfo"]


def fault(call: Callable[..., Any], *args: Any, **params: Any) -> tuple[str, str]:
    """The code and the message of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(*args, **params)
    error = raised.value.response["Error"]
    return error["Code"], error.get("Message") or ""


def complaint(client: Any, zone: str, *changes: Change) -> str:
    """What is said against a batch, which must leave the zone as it was."""
    before = listing(client, zone)
    code, message = fault(change, client, zone, *changes)
    assert code == "InvalidChangeBatch"
    assert listing(client, zone) == before
    return message


def create(client: Any, name: str, reference: str = "", **options: Any) -> Any:
    """Create a zone; the whole answer."""
    return client.create_hosted_zone(Name=name, CallerReference=reference or name, **options)


def bare(answer: Any) -> str:
    """A created zone's id without its prefix."""
    return str(answer["HostedZone"]["Id"]).removeprefix("/hostedzone/")


def listing(client: Any, zone: str, **query: str) -> list[dict[str, Any]]:
    answer = client.list_resource_record_sets(HostedZoneId=zone, **query)
    return list(answer["ResourceRecordSets"])


def names(client: Any, zone: str, **query: str) -> list[tuple[str, str]]:
    """The names and types a zone lists."""
    return [(each["Name"], each["Type"]) for each in listing(client, zone, **query)]


def answered(reply: dns.message.Message) -> list[tuple[str, int, list[str]]]:
    """An answer section as (name, TTL, values)."""
    return [
        (str(each.name), each.ttl, sorted(rdata.to_text() for rdata in each))
        for each in reply.answer
    ]


def routed(name: str, identifier: str, value: str = "192.0.2.1", **policy: Any) -> dict[str, Any]:
    """A record set of type A with a routing policy."""
    return {**rrset(name, "A", value), "SetIdentifier": identifier, **policy}


def check(client: Any, reference: str = "c", **config: Any) -> str:
    """A health check's id."""
    given = {"Type": "HTTP", "IPAddress": "127.53.99.1", **config}
    made = client.create_health_check(CallerReference=reference, HealthCheckConfig=given)
    return str(made["HealthCheck"]["Id"])
