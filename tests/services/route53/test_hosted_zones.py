"""Hosted zones: created with what every zone has, listed, changed, and deleted when empty."""

from __future__ import annotations

import json
import re
from typing import Any

import dns.rcode
import pytest

from forecourt.platform import audit, quotas
from forecourt.platform.identity.accounts import FIRST
from forecourt.services.route53.delegating import delegate_zone
from tests.harness import SECOND, World

from .calls import a, answered, bare, change, create, fault, listing, names

EMPTY = (
    "The specified hosted zone contains non-required resource record sets and so cannot be deleted."
)
REUSED = "A hosted zone has already been created with the specified caller reference."


def zones(client: Any, **query: str) -> list[str]:
    return [zone["Name"] for zone in client.list_hosted_zones(**query)["HostedZones"]]


def by_name(client: Any, **query: str) -> list[str]:
    return [zone["Name"] for zone in client.list_hosted_zones_by_name(**query)["HostedZones"]]


def test_create(route53: Any) -> None:
    made = create(route53, "Example.com", "once", HostedZoneConfig={"Comment": "mine"})
    zone = made["HostedZone"]
    assert re.fullmatch(r"/hostedzone/Z0[0-9]{7}[0-9A-Z]{12}", zone["Id"])
    assert zone == {
        "Id": zone["Id"],
        "Name": "example.com.",
        "CallerReference": "once",
        "Config": {"PrivateZone": False, "Comment": "mine"},
        "ResourceRecordSetCount": 2,
    }
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["Location"] == f"https://route53.amazonaws.com/2013-04-01{zone['Id']}"
    found = route53.get_hosted_zone(Id=zone["Id"])
    assert (found["HostedZone"], found["DelegationSet"]) == (zone, made["DelegationSet"])
    assert made["DelegationSet"].keys() == {"NameServers"}


def test_what_every_zone_has(world: World, route53: Any) -> None:
    made = create(route53, "example.com")
    servers = made["DelegationSet"]["NameServers"]
    ns, soa = listing(route53, bare(made))
    assert (ns["Name"], ns["Type"], ns["TTL"]) == ("example.com.", "NS", 172800)
    assert [record["Value"] for record in ns["ResourceRecords"]] == [f"{s}." for s in servers]
    rest = "awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    assert (soa["Type"], soa["TTL"]) == ("SOA", 900)
    assert soa["ResourceRecords"] == [{"Value": f"{servers[0]}. {rest}"}]
    expected = [("example.com.", 172800, sorted(f"{s}." for s in servers))]
    assert answered(world.ask("example.com", "NS")) == expected
    expected = [("example.com.", 900, [f"{servers[0]}. {rest}"])]
    assert answered(world.ask("example.com", "SOA")) == expected


def test_four_servers_on_four_top_level_domains(route53: Any) -> None:
    servers = create(route53, "example.com")["DelegationSet"]["NameServers"]
    suffixes = set()
    for server in servers:
        match = re.fullmatch(r"ns-(\d+)\.awsdns-(\d\d)\.(com|net|org|co\.uk)", server)
        assert match, server
        assert int(match[1]) % 512 // 8 == int(match[2])
        assert int(match[1]) // 512 == ("com", "net", "org", "co.uk").index(match[3])
        suffixes.add(match[3])
    assert len(servers) == len(suffixes) == 4


@pytest.mark.parametrize(
    "second", ["example.com", "sub.example.com", "com.example", "x.y.example.com"]
)
def test_equal_and_nested_names_do_not_collide(world: World, route53: Any, second: str) -> None:
    """Zones of equal names, or of parent and child, are on name servers of their own."""
    first = create(route53, "example.com", "1")
    other = create(route53, second, "2")
    related = second.endswith("example.com")
    servers = [set(made["DelegationSet"]["NameServers"]) for made in (first, other)]
    assert servers[0].isdisjoint(servers[1]) == related
    change(route53, bare(other), ("CREATE", a(f"www.{second}", "192.0.2.2")))
    expected = [(f"www.{second}.", 60, ["192.0.2.2"])]
    assert answered(world.ask(f"www.{second}", view=2 if related else 1)) == expected
    if related:
        assert world.ask(f"www.{second}").rcode() == dns.rcode.NXDOMAIN


def test_a_parent_created_after_its_child(route53: Any) -> None:
    child = create(route53, "sub.example.com")["DelegationSet"]["NameServers"]
    parent = create(route53, "example.com")["DelegationSet"]["NameServers"]
    assert set(child).isdisjoint(parent)


def test_a_caller_reference_is_never_free_again(route53: Any, stranger: Any) -> None:
    made = create(route53, "example.com", "once")
    expected = ("HostedZoneAlreadyExists", REUSED)
    for name in ("example.com", "example.net"):
        assert fault(create, route53, name, "once") == expected
    route53.delete_hosted_zone(Id=bare(made))
    assert fault(create, route53, "example.com", "once") == expected
    create(stranger, "example.com", "once")


def test_a_failed_creation_uses_no_reference(route53: Any) -> None:
    assert fault(create, route53, "a..com", "once")[0] == "InvalidDomainName"
    assert fault(create, route53, "a.com", "once", DelegationSetId="N1")[0] == "NoSuchDelegationSet"
    create(route53, "a.com", "once")


@pytest.mark.parametrize("reference", ["", "r" * 129])
def test_references_keep_the_model(route53: Any, reference: str) -> None:
    call = route53.create_hosted_zone
    if not reference:  # boto3 would refuse it itself
        call = unchecked(route53, "CreateHostedZone")
    assert fault(call, Name="example.com", CallerReference=reference)[0] == "InvalidInput"


def unchecked(client: Any, operation: str) -> Any:
    """A call whose parameters boto3 does not check first."""
    serializer = client._serializer

    def call(**params: Any) -> Any:
        checking, client._serializer = serializer, serializer._serializer
        try:
            return client._make_api_call(operation, params)
        finally:
            client._serializer = checking

    return call


def test_private_zones_need_a_vpc_that_is_there(route53: Any) -> None:
    vpc = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}
    code, text = fault(create, route53, "example.com", VPC=vpc)
    assert (code, text) == ("InvalidVPCId", "The VPC ID is invalid.")
    both = fault(create, route53, "example.com", VPC=vpc, DelegationSetId="N1")
    assert both == ("InvalidInput", "")
    private = {"PrivateZone": True}
    assert fault(create, route53, "example.com", HostedZoneConfig=private)[0] == "InvalidInput"
    assert zones(route53) == []


def test_delete(world: World, route53: Any, zone: str) -> None:
    change(route53, zone, ("CREATE", a("www.example.com")))
    assert fault(route53.delete_hosted_zone, Id=zone) == ("HostedZoneNotEmpty", EMPTY)
    assert world.ask("www.example.com").answer
    change(route53, zone, ("DELETE", a("www.example.com")))
    route53.delete_hosted_zone(Id=zone)
    assert world.ask("example.com", "SOA").rcode() == dns.rcode.REFUSED
    assert zones(route53) == []
    expected = ("NoSuchHostedZone", f"No hosted zone found with ID: {zone}")
    assert fault(route53.delete_hosted_zone, Id=zone) == expected


def test_a_deeper_ns_is_content(route53: Any, zone: str) -> None:
    delegation = {**a("sub.example.com", "ns.example.net"), "Type": "NS"}
    change(route53, zone, ("CREATE", delegation))
    assert fault(route53.delete_hosted_zone, Id=zone) == ("HostedZoneNotEmpty", EMPTY)


def test_a_name_deleted_and_created_again(world: World, route53: Any, zone: str) -> None:
    route53.delete_hosted_zone(Id=zone)
    again = bare(create(route53, "example.com", "again"))
    change(route53, again, ("CREATE", a("www.example.com", "192.0.2.9")))
    assert answered(world.ask("www.example.com")) == [("www.example.com.", 60, ["192.0.2.9"])]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages(route53: Any, size: int) -> None:
    made = sorted(bare(create(route53, f"{n}.example")) for n in range(3))
    page = route53.list_hosted_zones(MaxItems=str(size))
    found = [zone["Id"].removeprefix("/hostedzone/") for zone in page["HostedZones"]]
    assert (found, page["IsTruncated"], page["MaxItems"]) == (made[:size], size < 3, str(size))
    assert page.get("NextMarker") == (made[size] if size < 3 else None)
    rest = route53.list_hosted_zones(Marker=made[1])
    assert rest["Marker"] == made[1]
    assert [zone["Id"].removeprefix("/hostedzone/") for zone in rest["HostedZones"]] == made[1:]
    pages = route53.get_paginator("list_hosted_zones").paginate(PaginationConfig={"PageSize": size})
    assert [z["Id"].removeprefix("/hostedzone/") for p in pages for z in p["HostedZones"]] == made


def test_only_private_zones(route53: Any, zone: str) -> None:
    assert zones(route53, HostedZoneType="PrivateHostedZone") == []


# By reversed labels; "-" comes before the dot that ends a label, "\052" after the digits.
ORDERED = ["example-x.com.", "example.com.", "0.example.com.", r"a.\052.example.com.",
           "a.example.com.", "www.a.example.com.", "b.example.com.", "example.net."]  # fmt: skip


@pytest.fixture
def ordered(route53: Any) -> list[str]:
    """The ids of zones made out of order, in order."""
    made = {name: bare(create(route53, name)) for name in ORDERED[::2] + ORDERED[1::2]}
    return [made[name] for name in ORDERED]


def test_by_name(route53: Any, ordered: list[str]) -> None:
    page = route53.list_hosted_zones_by_name()
    assert [zone["Name"] for zone in page["HostedZones"]] == ORDERED
    assert not page.keys() & {"DNSName", "HostedZoneId", "NextDNSName", "NextHostedZoneId"}
    assert page["MaxItems"] == "100"


@pytest.mark.parametrize(
    ("start", "at"),
    [("EXAMPLE.com", 1), ("example.com.", 1), ("a", 0), ("aa.example.com", 6), ("org", 8)],
)
def test_by_name_from_a_name_on(route53: Any, ordered: list[str], start: str, at: int) -> None:
    page = route53.list_hosted_zones_by_name(DNSName=start)
    assert [zone["Name"] for zone in page["HostedZones"]] == ORDERED[at:]
    assert page["DNSName"] == start


@pytest.mark.parametrize("size", [1, 7, 8, 9, 1000])
def test_by_name_in_pages(route53: Any, ordered: list[str], size: int) -> None:
    page = route53.list_hosted_zones_by_name(MaxItems=str(size))
    assert [zone["Name"] for zone in page["HostedZones"]] == ORDERED[:size]
    assert (page["IsTruncated"], page["MaxItems"]) == (size < 8, str(min(size, 100)))
    if size < 8:
        following = page["NextDNSName"], page["NextHostedZoneId"]
        assert following == (ORDERED[size], ordered[size])
        rest = by_name(route53, DNSName=following[0], HostedZoneId=following[1])
        assert rest == ORDERED[size:]


def test_equal_names_are_listed_by_id(route53: Any) -> None:
    made = sorted(bare(create(route53, "example.com", str(n))) for n in range(3))
    page = route53.list_hosted_zones_by_name(DNSName="example.com", HostedZoneId=made[1])
    assert [z["Id"].removeprefix("/hostedzone/") for z in page["HostedZones"]] == made[1:]
    code, _ = fault(route53.list_hosted_zones_by_name, HostedZoneId=made[1])
    assert code == "InvalidInput"


def test_count(route53: Any, stranger: Any) -> None:
    assert route53.get_hosted_zone_count()["HostedZoneCount"] == 0
    create(route53, "a.example")
    create(route53, "b.example")
    create(stranger, "c.example")
    assert route53.get_hosted_zone_count()["HostedZoneCount"] == 2


def test_quota(world: World, route53: Any, stranger: Any) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "MAX_HOSTED_ZONES_BY_OWNER", 1)
    made = create(route53, "a.example")
    message = "Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more hosted zones."
    assert fault(create, route53, "b.example") == ("TooManyHostedZones", message)
    create(stranger, "a.example")
    create(stranger, "b.example")
    route53.delete_hosted_zone(Id=bare(made))
    create(route53, "b.example")


def test_comment(route53: Any, zone: str) -> None:
    changed = route53.update_hosted_zone_comment(Id=zone, Comment="new")["HostedZone"]
    assert changed["Config"] == {"PrivateZone": False, "Comment": "new"}
    assert route53.get_hosted_zone(Id=zone)["HostedZone"] == changed
    changed = route53.update_hosted_zone_comment(Id=zone)["HostedZone"]
    assert changed["Config"] == {"PrivateZone": False}
    code, _ = fault(route53.update_hosted_zone_comment, Id=zone, Comment="c" * 257)
    assert code == "InvalidInput"


@pytest.mark.parametrize(("on", "status"), [(True, "ENABLED"), (False, "DISABLED")])
def test_features(route53: Any, zone: str, on: bool, status: str) -> None:
    assert "Features" not in route53.get_hosted_zone(Id=zone)["HostedZone"]
    route53.update_hosted_zone_features(HostedZoneId=zone, EnableAcceleratedRecovery=on)
    found = route53.get_hosted_zone(Id=zone)["HostedZone"]
    assert found["Features"] == {"AcceleratedRecoveryStatus": status}


ON_A_ZONE: dict[str, tuple[str, dict[str, Any]]] = {
    "get_hosted_zone": ("Id", {}),
    "delete_hosted_zone": ("Id", {}),
    "update_hosted_zone_comment": ("Id", {"Comment": "theirs"}),
    "update_hosted_zone_features": ("HostedZoneId", {"EnableAcceleratedRecovery": True}),
    "list_resource_record_sets": ("HostedZoneId", {}),
    "get_hosted_zone_limit": ("HostedZoneId", {"Type": "MAX_RRSETS_BY_ZONE"}),
    "list_resource_record_set_protections": ("HostedZoneId", {}),
    "change_resource_record_sets": (
        "HostedZoneId",
        {"ChangeBatch": {"Changes": [{"Action": "CREATE", "ResourceRecordSet": a("x.test")}]}},
    ),
}


@pytest.mark.parametrize("operation", ON_A_ZONE)
def test_accounts_do_not_see_each_other(
    world: World, route53: Any, stranger: Any, zone: str, operation: str
) -> None:
    before = route53.get_hosted_zone(Id=zone)["HostedZone"]
    member, others = ON_A_ZONE[operation]
    missing = fault(getattr(route53, operation), **{member: "Z0404"}, **others)
    assert missing == ("NoSuchHostedZone", "No hosted zone found with ID: Z0404")
    theirs = fault(getattr(stranger, operation), **{member: zone}, **others)
    assert theirs == ("NoSuchHostedZone", f"No hosted zone found with ID: {zone}")
    assert route53.get_hosted_zone(Id=zone)["HostedZone"] == before
    assert zones(stranger) == by_name(stranger) == []


def test_quotas_are_an_accounts_own(world: World, route53: Any, stranger: Any) -> None:
    world.store.write_now(quotas.set_limit, SECOND, "MAX_HOSTED_ZONES_BY_OWNER", 0)
    assert fault(create, stranger, "a.example")[0] == "TooManyHostedZones"
    assert names(route53, bare(create(route53, "a.example")))


def test_a_private_zone_that_hides_a_registered_name(world: World, route53: Any, ec2: Any) -> None:
    create(route53, "example.com")
    world.store.write_now(delegate_zone, "example.com")
    vpc = {"VPCRegion": "us-east-1", "VPCId": ec2.describe_vpcs()["Vpcs"][0]["VpcId"]}
    for name in ("inner.example.com", "example.net"):
        route53.create_hosted_zone(Name=name, CallerReference=name, VPC=vpc)
    events = world.store.read_now(audit.lookup)["Events"]
    (warned,) = [e for e in events if e["EventName"] == "PrivateZoneHidesRegisteredName"]
    detail = json.loads(warned["CloudTrailEvent"])
    assert detail["requestParameters"]["name"] == "inner.example.com."
    assert detail["requestParameters"]["registeredName"] == "example.com"
    assert detail["sourceIPAddress"] == "forecourt"
