"""Private zones: answered in their VPCs, and to nobody else."""

from __future__ import annotations

from typing import Any

import dns.rcode
import pytest

from forecourt.platform.identity.accounts import FIRST
from forecourt.services.ec2 import defaults
from tests.harness import SECOND, SECOND_KEY, World

from .calls import a, answered, bare, change, create, fault


class Vpcs:
    """VPCs of both accounts."""

    def __init__(self, world: World) -> None:
        world.store.write_now(defaults.renew)
        self.one, self.two = self._make(world, 0), self._make(world, 1)
        theirs = world.client("ec2", SECOND_KEY).describe_vpcs()["Vpcs"][0]["VpcId"]
        self.theirs = {"VPCRegion": "us-east-1", "VPCId": theirs}

    def _make(self, world: World, at: int) -> dict[str, str]:
        made = world.client("ec2").create_vpc(CidrBlock=f"10.{at}.0.0/16")
        return {"VPCRegion": "us-east-1", "VPCId": made["Vpc"]["VpcId"]}


def view(vpc: dict[str, str], account: str = FIRST) -> str:
    return f"arn:aws:ec2:us-east-1:{account}:vpc/{vpc['VPCId']}"


@pytest.fixture
def vpcs(world: World) -> Vpcs:
    return Vpcs(world)


def private(client: Any, name: str, vpc: dict[str, str], reference: str = "") -> str:
    return bare(create(client, name, reference, VPC=vpc))


def test_two_vpcs_and_a_third(world: World, route53: Any, vpcs: Vpcs) -> None:
    """The same name, other answers; to the third and to the public servers it does not exist."""
    for at, vpc in enumerate((vpcs.one, vpcs.two)):
        zone = private(route53, "corp", vpc, f"r{at}")
        change(route53, zone, ("CREATE", a("www.corp", f"192.0.2.{at + 1}")))
    for at, vpc in enumerate((vpcs.one, vpcs.two)):
        found = world.ask("www.corp", view=view(vpc))
        assert answered(found) == [("www.corp.", 60, [f"192.0.2.{at + 1}"])]
    for nobody in (view(vpcs.theirs, SECOND), 1):
        assert world.ask("www.corp", view=nobody).rcode() == dns.rcode.REFUSED
        assert world.ask("corp", "SOA", view=nobody).rcode() == dns.rcode.REFUSED


def test_what_is_shown(route53: Any, vpcs: Vpcs) -> None:
    made = create(route53, "example.com", VPC=vpcs.one, HostedZoneConfig={"Comment": "c"})
    assert made["VPC"] == vpcs.one
    assert "DelegationSet" not in made
    assert made["HostedZone"]["Config"] == {"Comment": "c", "PrivateZone": True}
    found = route53.get_hosted_zone(Id=bare(made))
    assert found["VPCs"] == [vpcs.one]
    assert "DelegationSet" not in found
    (summary,) = route53.list_hosted_zones_by_vpc(**by(vpcs.one))["HostedZoneSummaries"]
    assert summary == {
        "HostedZoneId": bare(made), "Name": "example.com.", "Owner": {"OwningAccount": FIRST}
    }  # fmt: skip
    assert route53.list_hosted_zones_by_vpc(**by(vpcs.two))["HostedZoneSummaries"] == []
    ids = [
        z["Id"]
        for z in route53.list_hosted_zones(HostedZoneType="PrivateHostedZone")["HostedZones"]
    ]
    assert ids == [made["HostedZone"]["Id"]]


def by(vpc: dict[str, str]) -> dict[str, str]:
    return {"VPCId": vpc["VPCId"], "VPCRegion": vpc["VPCRegion"]}


def test_split_horizon(world: World, route53: Any, vpcs: Vpcs, zone: str) -> None:
    change(route53, zone, ("CREATE", a("www.example.com", "192.0.2.1")))
    inside = private(route53, "example.com", vpcs.one, "p")
    change(route53, inside, ("CREATE", a("www.example.com", "192.0.2.2")))
    assert answered(world.ask("www.example.com"))[0][2] == ["192.0.2.1"]
    assert answered(world.ask("www.example.com", view=view(vpcs.one)))[0][2] == ["192.0.2.2"]


def test_the_most_specific_zone_answers(world: World, route53: Any, vpcs: Vpcs) -> None:
    outer = private(route53, "example.com", vpcs.one, "o")
    inner = private(route53, "a.example.com", vpcs.one, "i")
    change(route53, outer, ("CREATE", a("www.a.example.com", "192.0.2.1")))
    assert world.ask("www.a.example.com", view=view(vpcs.one)).rcode() == dns.rcode.NXDOMAIN
    change(route53, inner, ("CREATE", a("www.a.example.com", "192.0.2.2")))
    assert answered(world.ask("www.a.example.com", view=view(vpcs.one)))[0][2] == ["192.0.2.2"]


def test_associate_and_disassociate(world: World, route53: Any, vpcs: Vpcs) -> None:
    zone = private(route53, "corp", vpcs.one)
    change(route53, zone, ("CREATE", a("www.corp")))
    info = route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=vpcs.two, Comment="c")
    assert info["ChangeInfo"]["Comment"] == "c"
    assert world.ask("www.corp", view=view(vpcs.two)).answer
    again = fault(route53.associate_vpc_with_hosted_zone, HostedZoneId=zone, VPC=vpcs.two)
    assert again[0] == "ConflictingDomainExists"
    gone = {"HostedZoneId": zone, "VPC": vpcs.two}
    route53.disassociate_vpc_from_hosted_zone(**gone)
    assert world.ask("www.corp", view=view(vpcs.two)).rcode() == dns.rcode.REFUSED
    assert fault(route53.disassociate_vpc_from_hosted_zone, **gone)[0] == "VPCAssociationNotFound"
    last = {"HostedZoneId": zone, "VPC": vpcs.one}
    assert fault(route53.disassociate_vpc_from_hosted_zone, **last)[0] == "LastVPCAssociation"


def test_a_vpc_in_use_stays(world: World, route53: Any, vpcs: Vpcs) -> None:
    zone = private(route53, "corp", vpcs.one)
    ec2 = world.client("ec2")
    assert fault(ec2.delete_vpc, VpcId=vpcs.one["VPCId"])[0] == "DependencyViolation"
    route53.delete_hosted_zone(Id=zone)
    ec2.delete_vpc(VpcId=vpcs.one["VPCId"])


def test_one_zone_of_a_name_in_a_vpc(route53: Any, vpcs: Vpcs) -> None:
    zone = private(route53, "corp", vpcs.one)
    code, said = fault(private, route53, "corp", vpcs.one, "again")
    assert code == "ConflictingDomainExists"
    assert said == (
        f"The VPC {vpcs.one['VPCId']} in region us-east-1 has already been associated with the"
        f" hosted zone {zone} with the same domain name."
    )


def test_across_accounts(world: World, route53: Any, stranger: Any, vpcs: Vpcs) -> None:
    zone = private(route53, "corp", vpcs.one)
    change(route53, zone, ("CREATE", a("www.corp")))
    wanted = {"HostedZoneId": zone, "VPC": vpcs.theirs}
    assert fault(stranger.associate_vpc_with_hosted_zone, **wanted)[0] == "NotAuthorizedException"
    assert fault(route53.associate_vpc_with_hosted_zone, **wanted)[0] == "NotAuthorizedException"
    for _ in range(2):
        route53.create_vpc_association_authorization(**wanted)
    listed = route53.list_vpc_association_authorizations(HostedZoneId=zone)
    assert listed["VPCs"] == [vpcs.theirs]
    stranger.associate_vpc_with_hosted_zone(**wanted)
    assert world.ask("www.corp", view=view(vpcs.theirs, SECOND)).answer
    route53.delete_vpc_association_authorization(**wanted)
    code, _ = fault(route53.delete_vpc_association_authorization, **wanted)
    assert code == "VPCAssociationAuthorizationNotFound"
    assert world.ask("www.corp", view=view(vpcs.theirs, SECOND)).answer
    (summary,) = stranger.list_hosted_zones_by_vpc(**by(vpcs.theirs))["HostedZoneSummaries"]
    assert summary["Owner"] == {"OwningAccount": FIRST}
    stranger.disassociate_vpc_from_hosted_zone(**wanted)
    assert stranger.list_hosted_zones_by_vpc(**by(vpcs.theirs))["HostedZoneSummaries"] == []


def test_public_zones_are_not_associated(route53: Any, vpcs: Vpcs, zone: str) -> None:
    wanted = {"HostedZoneId": zone, "VPC": vpcs.one}
    code, said = fault(route53.associate_vpc_with_hosted_zone, **wanted)
    assert code == "PublicZoneVPCAssociation"
    assert said == f"Attempting to associate public zone: {zone} with vpc: {vpcs.one['VPCId']}"
    assert fault(route53.create_vpc_association_authorization, **wanted)[0] == "InvalidInput"


def test_many_in_a_vpc_are_paged(route53: Any, vpcs: Vpcs) -> None:
    made = sorted(private(route53, f"n{at}.corp", vpcs.one) for at in range(5))
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = route53.list_hosted_zones_by_vpc(**by(vpcs.one), MaxItems="2", **token)
        found += [each["HostedZoneId"] for each in page["HostedZoneSummaries"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == made
    limit = route53.get_hosted_zone_limit(Type="MAX_VPCS_ASSOCIATED_BY_ZONE", HostedZoneId=made[0])
    assert (limit["Limit"]["Value"], limit["Count"]) == (300, 1)
