"""Record sets with routing policies: what AWS refuses, and what is answered by the rest."""

from __future__ import annotations

from collections import Counter
from typing import Any

import dns.edns
import pytest

from tests.harness import World

from .calls import a, alias, bare, change, check, complaint, create, fault, listing, routed, rrset

NAME = "www.example.com"
WHO = "RRSet with DNS name www.example.com., type A"
KOREA, GERMANY, UNKNOWN = "1.208.0.0/24", "5.1.80.0/24", "198.51.100.0/24"


def seen(world: World, name: str = NAME, subnet: str | None = None, times: int = 1) -> set[str]:
    """The values answered, of some times asked."""
    return set(counted(world, name, subnet, times))


def counted(world: World, name: str, subnet: str | None, times: int) -> Counter[str]:
    options = [dns.edns.ECSOption.from_text(subnet)] if subnet else None
    found: Counter[str] = Counter()
    for _ in range(times):
        reply = world.ask(name, use_edns=0, options=options)
        found[" ".join(sorted(r.to_text() for each in reply.answer for r in each))] += 1
    return found


def put(client: Any, zone: str, *sets: dict[str, Any]) -> None:
    change(client, zone, *(("CREATE", each) for each in sets))


def test_weighted(world: World, route53: Any, zone: str) -> None:
    put(
        route53,
        zone,
        routed(NAME, "a", "192.0.2.1", Weight=1),
        routed(NAME, "b", "192.0.2.2", Weight=3),
        routed(NAME, "zero", "192.0.2.3", Weight=0),
    )
    found = counted(world, NAME, None, 800)
    assert found["192.0.2.3"] == 0
    assert 0.15 < found["192.0.2.1"] / 800 < 0.35
    kept = [each for each in listing(route53, zone) if each["Type"] == "A"]
    assert [each["SetIdentifier"] for each in kept] == ["a", "b", "zero"]


def test_geolocation(world: World, route53: Any, zone: str) -> None:
    put(
        route53,
        zone,
        routed(NAME, "kr", "192.0.2.1", GeoLocation={"CountryCode": "KR"}),
        routed(NAME, "eu", "192.0.2.2", GeoLocation={"ContinentCode": "EU"}),
        routed(NAME, "else", "192.0.2.3", GeoLocation={"CountryCode": "*"}),
    )
    assert seen(world, subnet=KOREA) == {"192.0.2.1"}
    assert seen(world, subnet=GERMANY) == {"192.0.2.2"}
    assert seen(world, subnet=UNKNOWN) == {"192.0.2.3"}
    change(
        route53,
        zone,
        ("DELETE", routed(NAME, "else", "192.0.2.3", GeoLocation={"CountryCode": "*"})),
    )
    assert seen(world, subnet=UNKNOWN) == {""}


def test_latency_and_geoproximity(world: World, route53: Any, zone: str) -> None:
    put(
        route53,
        zone,
        routed(NAME, "seoul", "192.0.2.1", Region="ap-northeast-2"),
        routed(NAME, "frankfurt", "192.0.2.2", Region="eu-central-1"),
        routed(
            f"near.{NAME}", "seoul", "192.0.2.3",
            GeoProximityLocation={"AWSRegion": "ap-northeast-2", "Bias": -99},
        ),
        routed(
            f"near.{NAME}", "point", "192.0.2.4",
            GeoProximityLocation={"Coordinates": {"Latitude": "50.11", "Longitude": "8.68"}},
        ),
    )  # fmt: skip
    assert seen(world, subnet=KOREA) == {"192.0.2.1"}
    assert seen(world, subnet=GERMANY) == {"192.0.2.2"}
    assert seen(world, f"near.{NAME}", GERMANY) == {"192.0.2.4"}


def test_failover_by_health(world: World, route53: Any, zone: str) -> None:
    one = check(route53)
    put(
        route53,
        zone,
        routed(NAME, "p", "192.0.2.1", Failover="PRIMARY", HealthCheckId=one),
        routed(NAME, "s", "192.0.2.2", Failover="SECONDARY"),
    )
    assert seen(world) == {"192.0.2.1"}
    route53.update_health_check(HealthCheckId=one, Inverted=True)
    assert seen(world) == {"192.0.2.2"}
    route53.update_health_check(HealthCheckId=one, Inverted=False)
    assert seen(world) == {"192.0.2.1"}
    route53.update_health_check(HealthCheckId=one, Inverted=True)
    route53.delete_health_check(HealthCheckId=one)
    assert seen(world) == {"192.0.2.1"}


def test_multivalue(world: World, route53: Any, zone: str) -> None:
    one = check(route53, Inverted=True)
    values = [f"192.0.2.{n}" for n in range(1, 11)]
    put(route53, zone, *(routed(NAME, v, v, MultiValueAnswer=True) for v in values))
    change(
        route53, zone,
        ("UPSERT", routed(NAME, values[0], values[0], MultiValueAnswer=True, HealthCheckId=one)),
    )  # fmt: skip
    found = [text.split() for text in seen(world, times=60)]
    assert {len(each) for each in found} == {8}
    assert {value for each in found for value in each} == set(values[1:])


def test_cidr(world: World, route53: Any, zone: str) -> None:
    made = route53.create_cidr_collection(Name="c", CallerReference="c")["Collection"]["Id"]
    blocks = [{"LocationName": "here", "Action": "PUT", "CidrList": ["203.0.113.0/24"]}]
    route53.change_cidr_collection(Id=made, Changes=blocks)

    def at(location: str, value: str) -> dict[str, Any]:
        cidr = {"CollectionId": made, "LocationName": location}
        return routed(NAME, location, value, CidrRoutingConfig=cidr)

    put(route53, zone, at("here", "192.0.2.1"), at("*", "192.0.2.2"))
    assert seen(world, subnet="203.0.113.0/24") == {"192.0.2.1"}
    assert seen(world, subnet="203.0.113.128/25") == {"192.0.2.1"}
    assert seen(world, subnet="203.0.112.0/23") == {"192.0.2.2"}
    more = [{"LocationName": "here", "Action": "PUT", "CidrList": ["198.51.100.0/24"]}]
    route53.change_cidr_collection(Id=made, Changes=more)
    assert seen(world, subnet="198.51.100.0/24") == {"192.0.2.1"}
    gone = [{**more[0], "Action": "DELETE_IF_EXISTS", "CidrList": ["203.0.113.0/24"]}]
    route53.change_cidr_collection(Id=made, Changes=gone)
    assert seen(world, subnet="203.0.113.0/24") == {"192.0.2.2"}
    last = [{**gone[0], "CidrList": ["198.51.100.0/24"]}]
    assert (
        fault(route53.change_cidr_collection, Id=made, Changes=last)[0] == "CidrBlockInUseException"
    )
    assert fault(route53.delete_cidr_collection, Id=made)[0] == "CidrCollectionInUseException"


def test_aliases_of_a_tree(world: World, route53: Any, zone: str) -> None:
    """Latency above, weights below; an unhealthy branch is left."""
    one = check(route53)
    branch = {"HostedZoneId": zone, "EvaluateTargetHealth": True}
    put(
        route53,
        zone,
        routed(f"kr.{NAME}", "a", "192.0.2.1", Weight=1, HealthCheckId=one),
        routed(f"de.{NAME}", "a", "192.0.2.2", Weight=1),
        *(
            {
                "Name": NAME, "Type": "A", "SetIdentifier": region, "Region": region,
                "AliasTarget": {**branch, "DNSName": f"{country}.{NAME}"},
            }
            for country, region in (("kr", "ap-northeast-2"), ("de", "eu-central-1"))
        ),
    )  # fmt: skip
    assert seen(world, subnet=KOREA) == {"192.0.2.1"}
    route53.update_health_check(HealthCheckId=one, Inverted=True)
    assert seen(world, subnet=KOREA) == {"192.0.2.2"}


def test_an_alias_into_another_zone(world: World, route53: Any, stranger: Any, zone: str) -> None:
    other = bare(create(route53, "example.net"))
    change(route53, other, ("CREATE", a("www.example.net", "192.0.2.7")))
    change(route53, zone, ("CREATE", alias(NAME, other, "www.example.net")))
    assert seen(world) == {"192.0.2.7"}
    change(route53, other, ("UPSERT", a("www.example.net", "192.0.2.8")))
    assert seen(world) == {"192.0.2.8"}
    change(route53, other, ("DELETE", a("www.example.net", "192.0.2.8")))
    assert seen(world) == {""}
    theirs = bare(create(stranger, "example.org"))
    change(stranger, theirs, ("CREATE", a("www.example.org")))
    wanted = alias(f"x.{NAME}", theirs, "www.example.org")
    assert "but that target was not found" in complaint(route53, zone, ("CREATE", wanted))


SIMPLE, WEIGHTED = a(NAME), routed(NAME, "w", Weight=1)
LATENCY = routed(NAME, "l", Region="eu-west-1")
GEO = routed(NAME, "g", GeoLocation={"CountryCode": "JP"})


@pytest.mark.parametrize(
    ("there", "given", "said"),
    [
        (SIMPLE, WEIGHTED, f"{WHO}, SetIdentifier w cannot be created as a non-weighted set exists with the same name and type."),
        (WEIGHTED, SIMPLE, f"{WHO} cannot be created as other RRSets exist with the same name and type."),
        (WEIGHTED, LATENCY, f"{WHO}, SetIdentifier l, and Region Name=eu-west-1 cannot be created because a non-latency RRSet with the same name and type already exists."),
        (LATENCY, {**LATENCY, "SetIdentifier": "m"}, f"{WHO}, SetIdentifier m, and Region Name=eu-west-1 cannot be created because a latency RRSet with the same name, type and region already exists."),
        (GEO, {**GEO, "SetIdentifier": "s1"}, f"{WHO}, SetIdentifier s1, and routing to [country = (JP, Japan)}} cannot be created because a GEO RRSet with the same name, type and routing to [country = (JP, Japan)}} already exists."),
        (WEIGHTED, {**WEIGHTED, "SetIdentifier": "x", "TTL": 61}, f"{WHO}, SetIdentifier x cannot be created as weighted sets must contain the same TTL."),
        (WEIGHTED, GEO, f"{WHO}, SetIdentifier g, and routing to [country = (JP, Japan)}} cannot be created because a non-GEO RRSet with the same name and type already exists."),
        (WEIGHTED, routed(NAME, "mv", MultiValueAnswer=True), f"{WHO}, SetIdentifier mv cannot be created because a non multivalue answer rrset exists with the same name and type."),
    ],
)  # fmt: skip
def test_groups_that_cannot_be(
    route53: Any, zone: str, there: dict[str, Any], given: dict[str, Any], said: str
) -> None:
    put(route53, zone, there)
    assert complaint(route53, zone, ("CREATE", given)) == f"[{said}]"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (routed(NAME, "p", Failover="PRIMARY"), "A non-alias primary ResourceRecordSet must have an associated health check. No changes made."),
        (routed(NAME, "g", GeoLocation={"CountryCode": "ZZ"}), "Cannot find location: 'country = ZZ'. No changes made."),
        (routed(NAME, "g", GeoLocation={"ContinentCode": "XX"}), "Cannot find location: ' continent = XX'. No changes made."),
        (routed(NAME, "g", GeoLocation={"CountryCode": "CA", "SubdivisionCode": "ON"}), "Cannot find location: 'country = CA subdivision = ON'. No changes made."),
        (routed(NAME, "g", GeoProximityLocation={"AWSRegion": "xx-fake-1"}), "Cannot find GeoProximityLocation with AWSRegion = xx-fake-1. No changes made."),
        ({**rrset("example.com", "NS", "ns.x."), "SetIdentifier": "w", "Weight": 1}, "RRSet with DNS name example.com., type NS, SetIdentifier w cannot be created because this type of RRSet is not supported."),
    ],
)  # fmt: skip
def test_sets_that_cannot_be(route53: Any, zone: str, given: dict[str, Any], said: str) -> None:
    assert complaint(route53, zone, ("CREATE", given)).startswith(f"[{said}")


def test_a_health_check_without_a_policy(route53: Any, zone: str) -> None:
    given = {**SIMPLE, "HealthCheckId": check(route53)}
    assert "must have alternate ResourceRecordSet" in complaint(route53, zone, ("CREATE", given))


def test_a_check_of_another_account(route53: Any, stranger: Any, zone: str) -> None:
    given = routed(NAME, "w", Weight=1, HealthCheckId=check(stranger))
    assert fault(change, route53, zone, ("CREATE", given))[0] == "NoSuchHealthCheck"


def test_alias_loops_end(world: World, route53: Any, zone: str) -> None:
    put(route53, zone, a("x.example.com"), alias("y.example.com", zone, "x.example.com"))
    change(
        route53, zone,
        ("DELETE", a("x.example.com")), ("CREATE", alias("x.example.com", zone, "y.example.com")),
    )  # fmt: skip
    assert seen(world, "x.example.com") == {""}


def test_a_hundred_of_a_name(route53: Any, zone: str) -> None:
    put(route53, zone, *(routed(NAME, f"w{n}", f"192.0.2.{n}", Weight=1) for n in range(100)))
    said = complaint(route53, zone, ("CREATE", routed(NAME, "more", Weight=1)))
    assert (
        said == f"[Exceeded limit on number of weighted RRSets for {NAME}., type A in this zone.]"
    )
