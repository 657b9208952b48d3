"""VPCs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST
from forecourt.platform.network import pools, uses
from tests.harness import SECOND, World

from . import calls
from .calls import code, default_group, default_vpc, fault, filters, tagging

ID = re.compile(r"vpc-0[0-9a-f]{16}")
GONE = "vpc-00000000000000000"


def test_create_and_describe(ec2: Any) -> None:
    made = ec2.create_vpc(CidrBlock="10.1.2.3/16", TagSpecifications=tagging("vpc", Name="a"))
    shown = made["Vpc"]
    assert ID.fullmatch(shown["VpcId"])
    (association,) = shown["CidrBlockAssociationSet"]
    assert re.fullmatch(r"vpc-cidr-assoc-0[0-9a-f]{16}", association["AssociationId"])
    options = default_vpc(ec2)["DhcpOptionsId"]
    assert shown == {
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "CidrBlock": "10.1.0.0/16",
        "CidrBlockAssociationSet": [
            {
                "AssociationId": association["AssociationId"],
                "CidrBlock": "10.1.0.0/16",
                "CidrBlockState": {"State": "associated"},
            }
        ],
        "DhcpOptionsId": options,
        "InstanceTenancy": "default",
        "IsDefault": False,
        "OwnerId": FIRST,
        "State": "available",
        "Tags": [{"Key": "Name", "Value": "a"}],
        "VpcId": shown["VpcId"],
    }
    assert ec2.describe_vpcs(VpcIds=[shown["VpcId"]])["Vpcs"] == [shown]


def test_what_every_vpc_has(ec2: Any, vpc: str) -> None:
    here = filters(vpc_id=vpc)
    (group,) = ec2.describe_security_groups(Filters=here)["SecurityGroups"]
    itself = {"GroupId": group["GroupId"], "UserId": FIRST}
    everything = {"IpProtocol": "-1", "Ipv6Ranges": [], "PrefixListIds": []}
    assert group["GroupName"] == "default"
    assert group["Description"] == "default VPC security group"
    assert group["IpPermissions"] == [{**everything, "IpRanges": [], "UserIdGroupPairs": [itself]}]
    assert group["IpPermissionsEgress"] == [
        {**everything, "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "UserIdGroupPairs": []}
    ]
    (table,) = ec2.describe_route_tables(Filters=here)["RouteTables"]
    assert [each["Main"] for each in table["Associations"]] == [True]
    assert table["Routes"] == [
        {
            "DestinationCidrBlock": "10.0.0.0/16",
            "GatewayId": "local",
            "Origin": "CreateRouteTable",
            "State": "active",
        }
    ]
    (acl,) = ec2.describe_network_acls(Filters=here)["NetworkAcls"]
    assert acl["IsDefault"]
    assert [(e["Egress"], e["RuleNumber"], e["RuleAction"]) for e in acl["Entries"]] == [
        (True, 100, "allow"),
        (True, 32767, "deny"),
        (False, 100, "allow"),
        (False, 32767, "deny"),
    ]


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("10.0.0.0/15", ("InvalidVpc.Range", "The CIDR '10.0.0.0/15' is invalid.")),
        ("10.0.0.0/29", ("InvalidVpc.Range", "The CIDR '10.0.0.0/29' is invalid.")),
        (
            "10.0.0.0",
            (
                "InvalidParameterValue",
                (
                    "Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR"
                    " block."
                ),
            ),
        ),
    ],
)
def test_blocks_that_cannot_be(ec2: Any, block: str, said: tuple[str, str]) -> None:
    assert fault(ec2.create_vpc, CidrBlock=block) == said
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"AmazonProvidedIpv6CidrBlock": True},
        {"Ipv4IpamPoolId": "ipam-pool-0123456789abcdef0"},
        {"InstanceTenancy": "dedicated"},
    ],
)
def test_what_cannot_be_had_is_refused(ec2: Any, given: dict[str, Any]) -> None:
    assert code(ec2.create_vpc, CidrBlock="10.0.0.0/16", **given) == "UnsupportedOperation"
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


def test_what_terraform_gives_always_is_taken(ec2: Any) -> None:
    ec2.create_vpc(
        CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=False, InstanceTenancy="default"
    )


def test_a_block_is_needed(ec2: Any) -> None:
    assert code(ec2.create_vpc) == "MissingParameter"


def test_ids_that_are_not_there(ec2: Any, stranger: Any, elsewhere: Any, vpc: str) -> None:
    absent = ("InvalidVpcID.NotFound", f"The vpc ID '{GONE}' does not exist")
    malformed = ("InvalidVpcID.Malformed", 'Invalid id: "subnet-1" (expecting "vpc-...")')
    assert fault(ec2.describe_vpcs, VpcIds=[vpc, GONE]) == absent
    assert fault(ec2.delete_vpc, VpcId=GONE) == absent
    assert fault(ec2.describe_vpcs, VpcIds=[GONE, "subnet-1"]) == malformed
    assert code(ec2.delete_vpc, VpcId="vpc-12345") == "InvalidVpcID.Malformed"
    for client in (stranger, elsewhere):
        assert code(client.describe_vpcs, VpcIds=[vpc]) == "InvalidVpcID.NotFound"
        assert code(client.delete_vpc, VpcId=vpc) == "InvalidVpcID.NotFound"
        assert len(client.describe_vpcs()["Vpcs"]) == 1
    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]


def test_owners(stranger: Any) -> None:
    assert [each["OwnerId"] for each in stranger.describe_vpcs()["Vpcs"]] == [SECOND]


def test_deleting_takes_everything_along(ec2: Any, vpc: str) -> None:
    ec2.delete_vpc(VpcId=vpc)
    here = filters(vpc_id=vpc)
    assert code(ec2.describe_vpcs, VpcIds=[vpc]) == "InvalidVpcID.NotFound"
    assert ec2.describe_security_groups(Filters=here)["SecurityGroups"] == []
    assert ec2.describe_route_tables(Filters=here)["RouteTables"] == []
    assert ec2.describe_network_acls(Filters=here)["NetworkAcls"] == []
    assert len(ec2.describe_security_group_rules()["SecurityGroupRules"]) == 2


@pytest.mark.parametrize(
    "make",
    [
        calls.subnet,
        calls.group,
        calls.gateway,
        calls.table,
        lambda client, vpc_id: client.create_network_acl(VpcId=vpc_id),
    ],
    ids=["subnet", "security group", "internet gateway", "route table", "network ACL"],
)
def test_a_vpc_with_something_in_it_stays(ec2: Any, vpc: str, make: Any) -> None:
    make(ec2, vpc)
    said = f"The vpc '{vpc}' has dependencies and cannot be deleted."
    assert fault(ec2.delete_vpc, VpcId=vpc) == ("DependencyViolation", said)


@pytest.mark.parametrize("kind", ["vpc", "security-group"])
def test_a_vpc_that_a_service_uses_stays(world: World, ec2: Any, vpc: str, kind: str) -> None:
    name = vpc if kind == "vpc" else default_group(ec2, vpc)
    used = f"arn:aws:ec2:us-east-1:{FIRST}:{kind}/{name}"
    world.store.write_now(uses.record, "arn:aws:route53:::hostedzone/Z1", used)
    assert code(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    world.store.write_now(uses.drop, "arn:aws:route53:::hostedzone/Z1", used)
    ec2.delete_vpc(VpcId=vpc)


def test_deleting_gives_real_addresses_back(world: World, ec2: Any, vpc: str) -> None:
    arn = f"arn:aws:ec2:us-east-1:{FIRST}:vpc/{vpc}"
    world.store.write_now(pools.resolver, arn)
    assert list(world.store.read_now(pools.resolvers)) == [arn]
    ec2.delete_vpc(VpcId=vpc)
    assert world.store.read_now(pools.resolvers) == {}


def test_the_default_vpc_comes_back_when_asked_for(ec2: Any) -> None:
    exists = ("DefaultVpcAlreadyExists",)
    assert code(ec2.create_default_vpc) == exists[0]
    old = default_vpc(ec2)["VpcId"]
    for each in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=each["SubnetId"])
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=old)
    ec2.delete_vpc(VpcId=old)
    assert ec2.describe_vpcs()["Vpcs"] == []
    made = ec2.create_default_vpc()["Vpc"]
    assert (made["IsDefault"], made["CidrBlock"]) == (True, "172.31.0.0/16")
    assert default_vpc(ec2) == made
    assert len(ec2.describe_subnets(Filters=filters(default_for_az="true"))["Subnets"]) == 3


def test_quota(world: World, ec2: Any) -> None:
    calls.limit(world, "MAX_VPCS_BY_REGION", 2)
    calls.vpc(ec2)
    said = ("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
    assert fault(ec2.create_vpc, CidrBlock="10.0.0.0/16") == said


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"vpc_id": "*"}, {"172.31.0.0/16", "10.0.0.0/16", "10.1.0.0/16"}),
        ({"cidr": "10.?.0.0/16"}, {"10.0.0.0/16", "10.1.0.0/16"}),
        ({"cidr": ["10.0.0.0/16", "172.*"]}, {"10.0.0.0/16", "172.31.0.0/16"}),
        ({"is_default": "false", "cidr": "10.1*"}, {"10.1.0.0/16"}),
        ({"cidr_block_association__state": "associated", "state": "pending"}, set()),
        ({"owner_id": SECOND}, set()),
        ({"tag_key": "Name"}, {"10.1.0.0/16"}),
        ({"tag:Name": ["x", "b?"]}, {"10.1.0.0/16"}),
        ({"tag:Name": "B1"}, set()),
    ],
)
def test_filters(ec2: Any, vpc: str, given: dict[str, Any], found: set[str]) -> None:
    calls.vpc(ec2, "10.1.0.0/16", TagSpecifications=tagging("vpc", Name="b1"))
    answered = ec2.describe_vpcs(Filters=filters(**given))["Vpcs"]
    assert {each["CidrBlock"] for each in answered} == found
