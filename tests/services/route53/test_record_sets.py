"""ChangeResourceRecordSets and ListResourceRecordSets: order, paging, and what is then answered."""

from __future__ import annotations

from typing import Any

import dns.rcode
import pytest

from tests.harness import World

from .calls import a, answered, bare, change, create, fault, listing, names, rrset

# In the order of listing: labels reversed, then the type.
ORDERED = [
    ("example.com.", "A"),
    ("example.com.", "NS"),
    ("example.com.", "SOA"),
    (r"\052.example.com.", "A"),
    ("a.example.com.", "A"),
    ("a.example.com.", "AAAA"),
    ("a.example.com.", "TXT"),
    ("b-a.example.com.", "A"),
    ("b.example.com.", "A"),
    ("a.b.example.com.", "A"),
    ("b0.example.com.", "A"),
]
VALUES = {"A": "192.0.2.1", "AAAA": "2001:db8::1", "TXT": '"t"'}


@pytest.fixture
def full(route53: Any, zone: str) -> str:
    """The zone with ORDERED in it."""
    given = [(n, t) for n, t in ORDERED if t in VALUES]
    change(route53, zone, *(("CREATE", rrset(n, t, VALUES[t])) for n, t in reversed(given)))
    return zone


def test_order(route53: Any, full: str) -> None:
    assert names(route53, full) == ORDERED


@pytest.mark.parametrize("at", range(len(ORDERED)))
def test_listing_starts_at_a_name_and_type(route53: Any, full: str, at: int) -> None:
    name, type_ = ORDERED[at]
    found = names(route53, full, StartRecordName=name.upper(), StartRecordType=type_)
    assert found == ORDERED[at:]
    first = next(i for i, (other, _) in enumerate(ORDERED) if other == name)
    assert names(route53, full, StartRecordName=name) == ORDERED[first:]


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ({"StartRecordName": "aa.example.com"}, 7),
        ({"StartRecordName": "a.example.com", "StartRecordType": "CAA"}, 6),
        ({"StartRecordName": "*.example.com"}, 3),
        ({"StartRecordName": "com"}, 0),
        ({"StartRecordName": "zz.example.com"}, 11),
        ({"StartRecordName": "example.org"}, 11),
    ],
)
def test_a_start_need_not_be_there(route53: Any, full: str, query: dict[str, str], at: int) -> None:
    assert names(route53, full, **query) == ORDERED[at:]


@pytest.mark.parametrize("size", [1, 2, 10, 11, 12, 301, 99999999999])
def test_pages(route53: Any, full: str, size: int) -> None:
    page = route53.list_resource_record_sets(HostedZoneId=full, MaxItems=str(size))
    found = [(each["Name"], each["Type"]) for each in page["ResourceRecordSets"]]
    assert found == ORDERED[:size]
    assert (page["IsTruncated"], page["MaxItems"]) == (size < len(ORDERED), str(min(size, 300)))
    if size < len(ORDERED):
        assert (page["NextRecordName"], page["NextRecordType"]) == ORDERED[size]
        follow = {
            "StartRecordName": page["NextRecordName"],
            "StartRecordType": page["NextRecordType"],
        }
        assert names(route53, full, **follow) == ORDERED[size:]
    else:
        assert not page.keys() & {"NextRecordName", "NextRecordType", "NextRecordIdentifier"}


def test_a_page_holds_300(route53: Any, zone: str) -> None:
    change(route53, zone, *(("CREATE", a(f"n{n:03}.example.com")) for n in range(299)))
    assert len(listing(route53, zone)) == 300
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    found = [each["Name"] for page in pages for each in page["ResourceRecordSets"]]
    assert len(found) == len(set(found)) + 1 == 301  # NS and SOA share a name


@pytest.mark.parametrize(
    "query",
    [
        {"StartRecordType": "A"},
        {"StartRecordName": "a.example.com", "StartRecordIdentifier": "s"},
        {"StartRecordIdentifier": "s"},
    ],
)
def test_starts_that_make_no_sense(route53: Any, zone: str, query: dict[str, str]) -> None:
    code, message = fault(route53.list_resource_record_sets, HostedZoneId=zone, **query)
    assert (code, message) == ("InvalidInput", "")


def test_a_change_is_answered_and_taken_back(world: World, route53: Any, zone: str) -> None:
    assert world.ask("www.example.com").rcode() == dns.rcode.NXDOMAIN
    change(route53, zone, ("CREATE", a("www.example.com", "192.0.2.1")))
    assert answered(world.ask("www.example.com")) == [("www.example.com.", 60, ["192.0.2.1"])]
    change(route53, zone, ("UPSERT", rrset("www.example.com", "A", "192.0.2.2", ttl=5)))
    assert answered(world.ask("www.example.com")) == [("www.example.com.", 5, ["192.0.2.2"])]
    change(route53, zone, ("CREATE", rrset("www.example.com", "TXT", '"t"')))
    assert answered(world.ask("www.example.com", "TXT")) == [("www.example.com.", 60, ['"t"'])]
    change(route53, zone, ("DELETE", rrset("www.example.com", "A", "192.0.2.2", ttl=5)))
    gone = world.ask("www.example.com")
    assert (gone.rcode(), gone.answer) == (dns.rcode.NOERROR, [])  # it still has a TXT


def test_a_wildcard_answers_until_it_is_gone(world: World, route53: Any, zone: str) -> None:
    change(route53, zone, ("CREATE", a("*.example.com")), ("CREATE", a("a.b.example.com")))
    assert answered(world.ask("x.y.example.com")) == [("x.y.example.com.", 60, ["192.0.2.1"])]
    assert world.ask("c.b.example.com").rcode() == dns.rcode.NXDOMAIN  # b.example.com is there
    change(route53, zone, ("DELETE", a(r"\052.example.com.")))
    assert world.ask("x.y.example.com").rcode() == dns.rcode.NXDOMAIN


def test_a_set_of_hundreds(world: World, route53: Any, zone: str) -> None:
    addresses = [f"10.0.{n // 256}.{n % 256}" for n in range(400)]
    change(route53, zone, ("CREATE", a("many.example.com", *addresses)))
    (found,) = answered(world.ask("many.example.com"))
    assert found[2] == sorted(addresses)


def test_zones_do_not_mix(world: World, route53: Any, zone: str) -> None:
    other = bare(create(route53, "example.net"))
    change(route53, zone, ("CREATE", a("www.example.com", "192.0.2.1")))
    change(route53, other, ("CREATE", a("www.example.net", "192.0.2.2")))
    assert names(route53, other)[-1] == ("www.example.net.", "A")
    assert len(names(route53, other)) == 3
    assert answered(world.ask("www.example.net")) == [("www.example.net.", 60, ["192.0.2.2"])]
