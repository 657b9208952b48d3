"""TestDNSAnswer agrees with the name servers."""

from __future__ import annotations

import random
from ipaddress import IPv4Address
from typing import Any

import dns.edns
import dns.rcode

from tests.harness import World

from .calls import a, alias, change, fault, routed, rrset

GEO = [
    routed("g.example.com", code, f"192.0.2.{at}", GeoLocation=where)
    for at, (code, where) in enumerate(
        {
            "kr": {"CountryCode": "KR"}, "us": {"CountryCode": "US"}, "de": {"CountryCode": "DE"},
            "eu": {"ContinentCode": "EU"}, "as": {"ContinentCode": "AS"}, "any": {"CountryCode": "*"},
        }.items()
    )
]  # fmt: skip
NEAR = [
    routed("l.example.com", region, f"192.0.2.{at}", Region=region)
    for at, region in enumerate(("us-east-1", "eu-central-1", "ap-northeast-2", "sa-east-1"))
]


def test_it_agrees_with_the_name_servers(world: World, route53: Any, zone: str) -> None:
    """A thousand random questions, each asked both ways."""
    given = [
        *GEO, *NEAR, a("www.example.com"), a("*.wild.example.com"),
        rrset("c.example.com", "CNAME", "www.example.com"), rrset("t.example.com", "TXT", '"a b"'),
        rrset("sub.example.com", "NS", "ns.elsewhere.test"),
    ]  # fmt: skip
    change(route53, zone, *(("CREATE", each) for each in given))
    change(route53, zone, ("CREATE", alias("alias.example.com", zone, "g.example.com")))
    chance = random.Random(5)
    names = ("g", "l", "www", "x.wild", "wild", "c", "t", "alias", "none", "", "sub", "a.sub")
    for _ in range(1000):
        name = f"{chance.choice(names)}.example.com".lstrip(".")
        type_ = chance.choice(("A", "A", "A", "TXT", "AAAA", "NS"))
        subnet = str(IPv4Address(chance.randrange(1 << 24, 224 << 24) & 0xFFFFFF00))
        told = route53.test_dns_answer(
            HostedZoneId=zone, RecordName=name, RecordType=type_, EDNS0ClientSubnetIP=subnet
        )
        option = dns.edns.ECSOption(subnet, 24)
        reply = world.ask(name, type_, use_edns=0, options=[option])
        assert told["ResponseCode"] == dns.rcode.to_text(reply.rcode())
        wanted = {r.to_text() for each in reply.answer for r in each if each.rdtype.name == type_}
        assert not wanted or set(told["RecordData"]) == wanted, (name, type_, subnet)


def test_what_it_says(route53: Any, zone: str) -> None:
    change(route53, zone, ("CREATE", a("www.example.com", "192.0.2.1", "192.0.2.2")))
    found = route53.test_dns_answer(HostedZoneId=zone, RecordName="www.example.com", RecordType="A")
    del found["ResponseMetadata"]
    assert found.pop("Nameserver").startswith("ns-")
    assert found == {
        "RecordName": "www.example.com", "RecordType": "A", "Protocol": "UDP",
        "RecordData": ["192.0.2.1", "192.0.2.2"], "ResponseCode": "NOERROR",
    }  # fmt: skip


def test_health_counts(route53: Any, zone: str) -> None:
    made = route53.create_health_check(
        CallerReference="c",
        HealthCheckConfig={"Type": "HTTP", "IPAddress": "127.53.99.1", "Inverted": True},
    )["HealthCheck"]["Id"]
    change(
        route53, zone,
        ("CREATE", routed("f.example.com", "p", "192.0.2.1", Failover="PRIMARY", HealthCheckId=made)),
        ("CREATE", routed("f.example.com", "s", "192.0.2.2", Failover="SECONDARY")),
    )  # fmt: skip
    asked = {"HostedZoneId": zone, "RecordName": "f.example.com", "RecordType": "A"}
    assert route53.test_dns_answer(**asked)["RecordData"] == ["192.0.2.2"]
    route53.update_health_check(HealthCheckId=made, Inverted=False)
    assert route53.test_dns_answer(**asked)["RecordData"] == ["192.0.2.1"]


def test_what_cannot_be_asked(route53: Any, stranger: Any, zone: str) -> None:
    asked = {"HostedZoneId": zone, "RecordName": "www.example.com", "RecordType": "A"}
    assert fault(stranger.test_dns_answer, **asked)[0] == "NoSuchHostedZone"
    for bad in (
        {"RecordName": "www.example.net"},
        {"EDNS0ClientSubnetMask": "24"},
        {"EDNS0ClientSubnetIP": "192.0.2.0", "EDNS0ClientSubnetMask": "33"},
    ):
        assert fault(route53.test_dns_answer, **{**asked, **bad})[0] == "InvalidInput"
