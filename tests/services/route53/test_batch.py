"""Change batches: in order, all or nothing, and everything that is wrong said at once."""

from __future__ import annotations

from typing import Any

import dns.rcode
import pytest

from tests.harness import World

from .calls import (
    Change,
    a,
    alias,
    answered,
    bare,
    change,
    complaint,
    create,
    listing,
    names,
    rrset,
)

WWW = "[name='www.example.com.', type='A']"
NEW = "[name='new.example.com.', type='A']"
CREATED = "Tried to create resource record set {} but it already exists"
NOT_FOUND = "Tried to delete resource record set {} but it was not found"
NO_MATCH = (
    "Tried to delete resource record set {} but the values provided do not match the current values"
)
INVALID_SET = (
    "The request contains an invalid set of changes for a resource record set 'A www.example.com.'"
)


@pytest.fixture
def www(route53: Any, zone: str) -> str:
    """The zone, with www.example.com in it."""
    change(route53, zone, ("CREATE", a("www.example.com", "192.0.2.1", "192.0.2.2")))
    return zone


OTHER = a("www.example.com", "192.0.2.9")
SAME = a("www.example.com", "192.0.2.1", "192.0.2.2")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("CREATE", OTHER)], CREATED.format(WWW)),
        ([("CREATE", a("WWW.EXAMPLE.COM."))], CREATED.format(WWW)),
        ([("CREATE", a("new.example.com"))] * 2, CREATED.format(NEW)),
        ([("DELETE", a("new.example.com"))], NOT_FOUND.format(NEW)),
        ([("DELETE", SAME)] * 2, NOT_FOUND.format(WWW)),
        ([("DELETE", OTHER)], NO_MATCH.format(WWW)),
        ([("DELETE", a("www.example.com", "192.0.2.1"))], NO_MATCH.format(WWW)),
        ([("DELETE", {**SAME, "TTL": 61})], NO_MATCH.format(WWW)),
        ([("UPSERT", OTHER), ("UPSERT", SAME)], INVALID_SET),
        ([("UPSERT", OTHER), ("DELETE", OTHER)], INVALID_SET),
        (
            [("CREATE", OTHER), ("DELETE", a("new.example.com"))],
            f"{CREATED.format(WWW)}, {NOT_FOUND.format(NEW)}",
        ),
    ],
)
def test_changes_that_cannot_be(route53: Any, www: str, changes: list[Change], said: str) -> None:
    assert complaint(route53, www, *changes) == f"[{said}]"


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ([("UPSERT", OTHER)], [OTHER]),
        ([("UPSERT", SAME)], [SAME]),
        ([("DELETE", SAME)], []),
        ([("DELETE", a("WWW.example.com.", "192.0.2.2", "192.0.2.1"))], []),
        ([("DELETE", SAME), ("CREATE", OTHER)], [OTHER]),
        ([("DELETE", SAME), ("UPSERT", OTHER)], [OTHER]),
        ([("DELETE", SAME), ("CREATE", rrset("www.example.com", "CNAME", "x.test"))],
         [rrset("www.example.com", "CNAME", "x.test")]),
        ([("CREATE", rrset("www.example.com", "TXT", '"t"'))],
         [SAME, rrset("www.example.com", "TXT", '"t"')]),
    ],
)  # fmt: skip
def test_changes_that_can(
    route53: Any, www: str, changes: list[Change], left: list[dict[str, Any]]
) -> None:
    change(route53, www, *changes)
    expected = [{**each, "Name": "www.example.com."} for each in left]
    assert [r for r in listing(route53, www) if r["Name"] == "www.example.com."] == expected
    count = route53.get_hosted_zone(Id=www)["HostedZone"]["ResourceRecordSetCount"]
    assert count == 2 + len(left)


def test_half_a_batch_leaves_nothing(world: World, route53: Any, www: str) -> None:
    complaint(
        route53,
        www,
        ("CREATE", a("first.example.com")),
        ("DELETE", SAME),
        ("CREATE", a("www.example.net")),
        ("CREATE", a("last.example.com")),
    )
    assert route53.get_hosted_zone(Id=www)["HostedZone"]["ResourceRecordSetCount"] == 3
    assert world.ask("first.example.com").rcode() == dns.rcode.NXDOMAIN
    assert world.ask("last.example.com").rcode() == dns.rcode.NXDOMAIN
    expected = [("www.example.com.", 60, ["192.0.2.1", "192.0.2.2"])]
    assert answered(world.ask("www.example.com")) == expected


def test_complaints_of_every_kind_are_said_at_once(route53: Any, www: str) -> None:
    """What is wrong by itself, with what is there, and with what would be."""
    said = complaint(
        route53,
        www,
        ("CREATE", a("bad.example.com", "x")),
        ("CREATE", OTHER),
        ("CREATE", rrset("example.com", "CNAME", "x.test")),
    )
    assert "ARRDATAIllegalIPv4Address" in said
    assert CREATED.format(WWW) in said
    assert "RRSet of type CNAME with DNS name example.com. is not permitted at apex" in said


def test_the_complaints_are_also_a_list(route53: Any, zone: str) -> None:
    with pytest.raises(route53.exceptions.InvalidChangeBatch) as raised:
        change(route53, zone, ("DELETE", a("new.example.com")), ("DELETE", a("www.example.com")))
    assert raised.value.response["messages"] == [NOT_FOUND.format(NEW), NOT_FOUND.format(WWW)]


@pytest.mark.parametrize(
    "name", ["www.example.net.", "badexample.com.", "com.", "example.com.net."]
)
def test_names_outside_the_zone(route53: Any, zone: str, name: str) -> None:
    said = complaint(route53, zone, ("CREATE", a(name)))
    assert said == f"[RRSet with DNS name {name} is not permitted in zone example.com.]"


def test_an_alias_answers_as_its_target(world: World, route53: Any, www: str) -> None:
    change(
        route53,
        www,
        ("CREATE", alias("example.com", www, "WWW.example.com")),
        ("CREATE", alias("second.example.com", www, "example.com.")),
    )
    (kept,) = (r for r in listing(route53, www) if (r["Name"], r["Type"]) == ("example.com.", "A"))
    assert kept["AliasTarget"]["DNSName"] == "www.example.com."
    assert "TTL" not in kept
    for name in ("example.com.", "second.example.com."):
        assert answered(world.ask(name)) == [(name, 60, ["192.0.2.1", "192.0.2.2"])]
    change(route53, www, ("UPSERT", {**OTHER, "TTL": 5}))
    for name in ("example.com.", "second.example.com."):
        assert answered(world.ask(name)) == [(name, 5, ["192.0.2.9"])]


def test_an_alias_is_deleted_by_its_target(route53: Any, www: str) -> None:
    change(route53, www, ("CREATE", alias("a.example.com", www, "www.example.com")))
    gone = ("DELETE", alias("a.example.com", www, "example.com"))
    assert complaint(route53, www, gone).endswith("do not match the current values]")
    change(route53, www, ("DELETE", alias("A.example.com", www, "WWW.example.com.")))
    assert ("a.example.com.", "A") not in names(route53, www)


@pytest.mark.parametrize(
    ("target", "type_", "problem"),
    [
        ("none.example.com.", "A", "that target was not found"),
        ("www.example.com.", "AAAA", "that target was not found"),
        ("www.example.net.", "A", "the alias target name does not lie within the target zone"),
        ("example.com.", "NS", "that target was not found"),
    ],
)
def test_aliases_without_a_target(
    route53: Any, www: str, target: str, type_: str, problem: str
) -> None:
    said = complaint(route53, www, ("CREATE", alias("x.example.com", www, target, type_)))
    start = f"Tried to create an alias that targets {target}, type {type_} in zone {www}, but "
    assert said == f"[{start}{problem}]"


def test_an_alias_into_a_zone_that_is_not_there(route53: Any, stranger: Any, www: str) -> None:
    for other in ("Z0404", bare(create(stranger, "example.com"))):
        said = complaint(route53, www, ("CREATE", alias("x.example.com", other, "example.com.")))
        assert said.endswith(f"type A in zone {other}, but that target was not found]")


def test_a_target_comes_before_its_alias(route53: Any, zone: str) -> None:
    target = ("CREATE", a("t.example.com"))
    pointing = ("CREATE", alias("x.example.com", zone, "t.example.com."))
    assert complaint(route53, zone, pointing, target).endswith("but that target was not found]")
    change(route53, zone, target, pointing)
    assert ("x.example.com.", "A") in names(route53, zone)
