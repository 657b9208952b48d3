"""Record set protections."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform import quotas
from forecourt.platform.identity.accounts import FIRST
from tests.harness import World

from .calls import a, bare, change, complaint, create, fault, rrset

Entry = tuple[str, ...]  # name, type, and perhaps a comment


def protect(client: Any, zone: str, *entries: Entry) -> None:
    members = ("RecordName", "RecordType", "Comment")
    given = [dict(zip(members, entry, strict=False)) for entry in entries]
    client.create_resource_record_set_protections(HostedZoneId=zone, Protections=given)


def unprotect(client: Any, zone: str, *entries: Entry) -> None:
    given = [{"RecordName": name, "RecordType": type_} for name, type_ in entries]
    client.delete_resource_record_set_protections(HostedZoneId=zone, Protections=given)


def protected(client: Any, zone: str, **query: str) -> list[Entry]:
    page = client.list_resource_record_set_protections(HostedZoneId=zone, **query)
    found = page["ResourceRecordSetProtections"]
    return [
        (p["RecordName"], p["RecordType"], *([p["Comment"]] if "Comment" in p else ()))
        for p in found
    ]


def refused(client: Any, call: Any, zone: str, *entries: Entry) -> tuple[str, list[str]]:
    """The error's code, and the codes of the entries it names."""
    with pytest.raises(client.exceptions.ClientError) as raised:
        call(client, zone, *entries)
    response = raised.value.response
    return response["Error"]["Code"], [f"{e['RecordName']} {e['Code']}" for e in response["Errors"]]


WWW = ("www.example.com", "A")
BATCH = "InvalidResourceRecordSetProtectionBatch"


@pytest.mark.parametrize(
    "change_", [("UPSERT", a(*WWW[:1], "192.0.2.2")), ("DELETE", a("WWW.example.com."))]
)
def test_what_is_protected_stays(
    route53: Any, zone: str, change_: tuple[str, dict[str, Any]]
) -> None:
    change(route53, zone, ("CREATE", a("www.example.com")))
    protect(route53, zone, ("WWW.Example.com", "A", "do not touch"))
    said = complaint(route53, zone, ("CREATE", a("other.example.com")), change_)
    assert "www.example.com." in said
    assert "do not touch" in said
    change(route53, zone, ("CREATE", rrset("www.example.com", "TXT", '"not this one"')))
    unprotect(route53, zone, WWW)
    change(route53, zone, change_)


def test_what_is_not_there_can_be_protected(route53: Any, zone: str) -> None:
    protect(route53, zone, WWW)
    assert "www.example.com." in complaint(route53, zone, ("CREATE", a("www.example.com")))


def test_a_zone_with_protections_is_not_deleted(route53: Any, zone: str) -> None:
    protect(route53, zone, WWW)
    assert fault(route53.delete_hosted_zone, Id=zone)[0] == "HostedZoneNotEmpty"
    unprotect(route53, zone, WWW)
    route53.delete_hosted_zone(Id=zone)


@pytest.mark.parametrize(
    ("entries", "code", "named"),
    [
        ([("www.example.com", "A")], "ProtectionAlreadyExists", ["www.example.com ProtectionAlreadyExists"]),
        ([("www.example.com", "A"), ("b.example.com", "A")], BATCH, ["www.example.com ProtectionAlreadyExists"]),
        ([("www.example.com", "A"), ("www.example.net", "A")], BATCH, ["www.example.net InvalidInput"]),
        ([("b.example.com", "A"), ("B.example.com.", "A")], BATCH, ["B.example.com. InvalidInput"]),
        ([("b..example.com", "A")], BATCH, ["b..example.com InvalidInput"]),
    ],
)  # fmt: skip
def test_refused_protections(
    route53: Any, zone: str, entries: list[Entry], code: str, named: list[str]
) -> None:
    protect(route53, zone, WWW)
    assert refused(route53, protect, zone, *entries) == (code, named)
    assert protected(route53, zone) == [("www.example.com.", "A")]


def test_deletions_are_all_or_nothing(route53: Any, zone: str) -> None:
    protect(route53, zone, WWW)
    found = refused(route53, unprotect, zone, WWW, ("b.example.com", "A"))
    assert found == (BATCH, ["b.example.com ProtectionNotFound"])
    assert protected(route53, zone) == [("www.example.com.", "A")]


def test_listing_and_pages(route53: Any, zone: str) -> None:
    given: list[Entry] = [
        ("example.com.", "NS"),
        ("example.com.", "SOA", "the apex"),
        (r"\052.example.com.", "A"),
        ("a.example.com.", "A"),
        ("a.example.com.", "TXT"),
    ]
    protect(route53, zone, *reversed(given))
    assert protected(route53, zone) == given
    assert protected(route53, zone, StartRecordName="a.example.com") == given[3:]
    start = {"StartRecordName": "example.com", "StartRecordType": "SOA"}
    assert protected(route53, zone, **start) == given[1:]
    call = route53.list_resource_record_set_protections
    assert fault(call, HostedZoneId=zone, StartRecordType="A")[0] == "InvalidInput"
    for size in range(1, 7):
        found: list[int] = []
        token: dict[str, str] = {}
        while True:
            page = call(HostedZoneId=zone, MaxResults=str(size), **token)
            found.append(len(page["ResourceRecordSetProtections"]))
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert found == [size] * (5 // size) + ([5 % size] if 5 % size else [])


@pytest.mark.parametrize("token", ["!!!!", "abc", "////"])
def test_a_token_that_is_none(route53: Any, zone: str, token: str) -> None:
    protect(route53, zone, WWW)
    call = route53.list_resource_record_set_protections
    assert fault(call, HostedZoneId=zone, NextToken=token)[0] == "InvalidPaginationToken"


def test_quota(world: World, route53: Any, zone: str) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "MAX_PROTECTIONS_BY_ZONE", 2)
    entries = [(f"{n}.example.com", "A") for n in range(3)]
    assert fault(protect, route53, zone, *entries)[0] == "LimitsExceeded"
    protect(route53, zone, *entries[:2])
    assert fault(protect, route53, zone, entries[2])[0] == "LimitsExceeded"


def test_protections_are_a_zones_own(route53: Any, stranger: Any, zone: str) -> None:
    protect(route53, zone, WWW)
    other = bare(create(route53, "example.com", "other"))
    assert protected(route53, other) == []
    change(route53, other, ("CREATE", a("www.example.com")))
    for call in (protect, unprotect):
        assert fault(call, stranger, zone, WWW)[0] == "NoSuchHostedZone"
