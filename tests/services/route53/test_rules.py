"""What is demanded of a change's structure, of a batch's size, and of the sets of one name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import World

from .calls import Change, a, alias, answered, change, complaint, fault, listing, rrset

KINDS = "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
POLICIES = (
    "[Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or"
    " CidrRoutingConfig]"
)
BARE = {"Name": "WWW.example.com", "Type": "A"}
RECORDS = [{"Value": "192.0.2.1"}]
SIMPLE = {**BARE, "TTL": 60, "ResourceRecords": RECORDS}
TARGET = {"HostedZoneId": "Z1", "DNSName": "example.com", "EvaluateTargetHealth": False}


@pytest.mark.parametrize(
    ("given", "said", "identifier"),
    [
        (BARE, f"Expected exactly one of {KINDS}, but found none", "null"),
        ({**BARE, "TTL": 60}, f"Expected exactly one of {KINDS}, but found none", "null"),
        (
            {**BARE, "ResourceRecords": RECORDS},
            f"Expected exactly one of {KINDS}, but found none",
            "null",
        ),
        (
            {**SIMPLE, "AliasTarget": TARGET},
            f"Expected exactly one of {KINDS}, but found more than one",
            "null",
        ),
        (
            {**BARE, "AliasTarget": TARGET, "TTL": 60},
            f"Expected exactly one of {KINDS}, but found more than one",
            "null",
        ),
        (
            {**SIMPLE, "SetIdentifier": "s"},
            f"Expected exactly one of {POLICIES}, but found none",
            "s",
        ),
        (
            {**SIMPLE, "SetIdentifier": "s", "Weight": 1, "Region": "eu-west-1"},
            f"Expected exactly one of {POLICIES}, but found more than one",
            "s",
        ),
        ({**SIMPLE, "Weight": 1}, "Missing field 'SetIdentifier'", "null"),
    ],
)
@pytest.mark.parametrize("action", ["CREATE", "UPSERT", "DELETE"])
def test_structure(
    route53: Any, zone: str, action: str, given: dict[str, Any], said: str, identifier: str
) -> None:
    where = (
        f"Change with [Action={action}, Name=WWW.example.com, Type=A, SetIdentifier={identifier}]"
    )
    expected = ("InvalidInput", f"Invalid request: {said} in {where}")
    assert fault(change, route53, zone, (action, given)) == expected


@pytest.mark.parametrize(
    ("member", "value", "fits"),
    [
        ("TTL", 0, True),
        ("TTL", 2147483647, True),
        ("TTL", 2147483648, False),
        ("Type", "DNAME", False),
    ],
)
def test_members_keep_the_model(
    world: World, route53: Any, zone: str, member: str, value: Any, fits: bool
) -> None:
    given = ("CREATE", {**SIMPLE, member: value})
    if not fits:
        assert fault(change, route53, zone, given)[0] == "InvalidInput"
        return
    change(route53, zone, given)
    assert answered(world.ask("www.example.com")) == [("www.example.com.", value, ["192.0.2.1"])]


def test_a_health_check_that_is_not_there(route53: Any, zone: str) -> None:
    given = {**SIMPLE, "HealthCheckId": "11111111-2222-3333-4444-555555555555"}
    code, message = fault(change, route53, zone, ("CREATE", given))
    assert code == "NoSuchHealthCheck"
    assert message == f"A health check with id {given['HealthCheckId']} does not exist."


# Limits of a batch.


def many(action: str, sets: int, values: int = 1) -> list[Change]:
    addresses = [f"10.0.{at // 256}.{at % 256}" for at in range(values)]
    return [(action, a(f"n{at}.example.com", *addresses)) for at in range(sets)]


def text(length: int) -> str:
    """A TXT value of this many characters."""
    pieces = " ".join(['"' + "x" * 198 + '"'] * 15)  # 15 * 201 - 1
    return f'{pieces} "{"y" * (length - len(pieces) - 3)}"'


def texts(action: str, *lengths: int) -> list[Change]:
    values = enumerate(map(text, lengths))
    return [(action, rrset(f"t{at}.example.com", "TXT", value)) for at, value in values]


TOO_MANY = "Number of records limit of 1000 exceeded."
TOO_LONG = "RDATA character limit of 32000 exceeded."
TOO_MANY_VALUES = "Cannot have more than 400 records in a RRSet."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (many("CREATE", 1000), None),
        (many("CREATE", 1001), TOO_MANY),
        (many("UPSERT", 500), None),
        (many("UPSERT", 501), TOO_MANY),
        (many("CREATE", 1, 400), None),
        (many("CREATE", 1, 401), TOO_MANY_VALUES),
        (many("CREATE", 4, 250), None),
        (many("CREATE", 1, 1001), f"{TOO_MANY}, {TOO_MANY_VALUES}"),
        (texts("CREATE", *[3200] * 10), None),
        (texts("CREATE", *[3200] * 9, 3201), TOO_LONG),
        (texts("UPSERT", *[3200] * 5), None),
        (texts("UPSERT", *[3200] * 4, 3201), TOO_LONG),
    ],
    ids=lambda given: f"{len(given)}" if isinstance(given, list) else None,
)
def test_limits_of_a_batch(
    route53: Any, zone: str, changes: list[Change], said: str | None
) -> None:
    if said is None:
        change(route53, zone, *changes)
        count = route53.get_hosted_zone(Id=zone)["HostedZone"]["ResourceRecordSetCount"]
        assert count == 2 + len(changes)
    else:
        assert complaint(route53, zone, *changes) == f"[{said}]"


def test_aliases_count_as_one_record(route53: Any, zone: str) -> None:
    changes = [("CREATE", a("example.com"))]
    changes += [("CREATE", alias(f"n{n}.example.com", zone, "example.com")) for n in range(1000)]
    assert complaint(route53, zone, *changes) == f"[{TOO_MANY}]"


# The sets of one name.

X = "x.example.com"
CNAME_BESIDE = (
    "RRSet of type CNAME with DNS name x.example.com. is not permitted as it conflicts with other"
    " records with the same DNS name in zone example.com."
)
BESIDE_CNAME = (
    "RRSet of type A with DNS name x.example.com. is not permitted because a conflicting RRSet of"
    " type  CNAME with the same DNS name already exists in zone example.com."
)
AT_APEX = (
    "RRSet of type {} with DNS name example.com. is not permitted at apex in zone example.com."
)
NO_NS = "A HostedZone must contain at least one NS record for the zone itself."
NO_SOA = "A HostedZone must contain exactly one SOA record."


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (a(X), rrset(X, "CNAME", "y.test"), CNAME_BESIDE),
        (rrset(X, "CNAME", "y.test"), a(X), BESIDE_CNAME),
    ],
)
def test_a_cname_stands_alone(
    route53: Any, zone: str, first: dict[str, Any], second: dict[str, Any], said: str
) -> None:
    change(route53, zone, ("CREATE", first))
    assert complaint(route53, zone, ("CREATE", second)) == f"[{said}]"
    assert complaint(route53, zone, ("UPSERT", second)) == f"[{said}]"
    change(route53, zone, ("DELETE", first), ("CREATE", second))


def test_both_of_a_batch_are_named(route53: Any, zone: str) -> None:
    said = complaint(route53, zone, ("CREATE", rrset(X, "CNAME", "y.test")), ("CREATE", a(X)))
    assert said == f"[{CNAME_BESIDE}, {BESIDE_CNAME}]"


DIGEST = "12345 13 2 " + "ab" * 32
SOA = "ns.test. h.test. 1 2 3 4 5"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (rrset("example.com", "CNAME", "y.test"), AT_APEX.format("CNAME")),
        (rrset("example.com", "DS", DIGEST), AT_APEX.format("DS")),
        (
            rrset(X, "SOA", SOA),
            "RRSet of type SOA with DNS name x.example.com. is not permitted in zone example.com.",
        ),
    ],
)
def test_types_in_their_place(route53: Any, zone: str, given: dict[str, Any], said: str) -> None:
    assert complaint(route53, zone, ("UPSERT", given)) == f"[{said}]"


@pytest.mark.parametrize(
    ("types", "said"), [(("NS",), NO_NS), (("SOA",), NO_SOA), (("SOA", "NS"), f"{NO_NS}, {NO_SOA}")]
)
def test_a_zone_keeps_its_ns_and_soa(
    route53: Any, zone: str, types: tuple[str, ...], said: str
) -> None:
    there = {each["Type"]: each for each in listing(route53, zone)}
    assert complaint(route53, zone, *(("DELETE", there[t]) for t in types)) == f"[{said}]"


def test_the_ns_and_soa_may_be_replaced(world: World, route53: Any, zone: str) -> None:
    there = {each["Type"]: each for each in listing(route53, zone)}
    change(
        route53,
        zone,
        ("DELETE", there["SOA"]),
        ("CREATE", rrset("example.com", "SOA", SOA)),
        ("UPSERT", rrset("example.com", "NS", "ns.test", ttl=5)),
    )
    assert answered(world.ask("example.com", "NS")) == [("example.com.", 5, ["ns.test."])]
    assert answered(world.ask("example.com", "SOA")) == [("example.com.", 60, [SOA])]
    assert world.ask("none.example.com").authority[0].ttl == 5  # the SOA's last number
