"""Subnets."""

from __future__ import annotations

import re
from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST
from forecourt.platform.network import pools, uses
from tests.harness import World

from . import calls
from .calls import code, default_acl, fault, filters, main_table, tagging

GONE = "subnet-00000000000000000"


def shown(client: Any, subnet_id: str) -> dict[str, Any]:
    (found,) = client.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
    return dict(found)


def arn(subnet_id: str) -> str:
    return f"arn:aws:ec2:us-east-1:{FIRST}:subnet/{subnet_id}"


def test_create_and_describe(ec2: Any, vpc: str) -> None:
    made = ec2.create_subnet(
        VpcId=vpc,
        CidrBlock="10.0.2.7/24",
        AvailabilityZone="us-east-1b",
        TagSpecifications=tagging("subnet", Name="b"),
    )["Subnet"]
    assert re.fullmatch(r"subnet-0[0-9a-f]{16}", made["SubnetId"])
    assert made == {
        "AssignIpv6AddressOnCreation": False,
        "AvailabilityZone": "us-east-1b",
        "AvailabilityZoneId": "use1-az2",
        "AvailableIpAddressCount": 251,
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "CidrBlock": "10.0.2.0/24",
        "DefaultForAz": False,
        "EnableDns64": False,
        "Ipv6CidrBlockAssociationSet": [],
        "Ipv6Native": False,
        "MapCustomerOwnedIpOnLaunch": False,
        "MapPublicIpOnLaunch": False,
        "OwnerId": FIRST,
        "PrivateDnsNameOptionsOnLaunch": {
            "EnableResourceNameDnsAAAARecord": False,
            "EnableResourceNameDnsARecord": False,
            "HostnameType": "ip-name",
        },
        "State": "available",
        "SubnetArn": arn(made["SubnetId"]),
        "SubnetId": made["SubnetId"],
        "Tags": [{"Key": "Name", "Value": "b"}],
        "VpcId": vpc,
    }
    assert shown(ec2, made["SubnetId"]) == made


def test_zones(ec2: Any, vpc: str) -> None:
    """By id, or spread over all."""
    by_id = calls.subnet(ec2, vpc, "10.0.0.0/24", AvailabilityZoneId="use1-az3")
    rest = [calls.subnet(ec2, vpc, f"10.0.{n}.0/24") for n in (1, 2, 3)]
    found = [shown(ec2, each)["AvailabilityZone"] for each in (by_id, *rest)]
    assert found == ["us-east-1c", "us-east-1a", "us-east-1b", "us-east-1a"]
    call = ec2.create_subnet
    assert fault(call, VpcId=vpc, CidrBlock="10.0.9.0/24", AvailabilityZone="eu-west-1a") == (
        "InvalidParameterValue",
        (
            "Value (eu-west-1a) for parameter availabilityZone is invalid. Subnets can currently only"
            " be created in the following availability zones: us-east-1a, us-east-1b, us-east-1c."
        ),
    )
    both = {"AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az2"}
    assert code(call, VpcId=vpc, CidrBlock="10.0.9.0/24", **both) == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("10.0.1.0/24", ("InvalidSubnet.Conflict", "conflicts with another subnet")),
        ("10.0.1.128/25", ("InvalidSubnet.Conflict", "conflicts with another subnet")),
        ("10.0.0.0/16", ("InvalidSubnet.Conflict", "conflicts with another subnet")),
        ("10.1.0.0/24", ("InvalidSubnet.Range", "The CIDR '10.1.0.0/24' is invalid.")),
        ("10.0.0.0/15", ("InvalidSubnet.Range", "The CIDR '10.0.0.0/15' is invalid.")),
        ("10.0.2.0/29", ("InvalidSubnet.Range", "The CIDR '10.0.2.0/29' is invalid.")),
        ("10.0.2.0", ("InvalidParameterValue", "This is not a valid CIDR block.")),
    ],
)
def test_blocks_that_cannot_be(
    ec2: Any, vpc: str, subnet: str, block: str, said: tuple[str, str]
) -> None:
    found, message = fault(ec2.create_subnet, VpcId=vpc, CidrBlock=block)
    assert found == said[0]
    assert said[1] in message
    found_subnets = ec2.describe_subnets(Filters=filters(vpc_id=vpc))["Subnets"]
    assert [each["SubnetId"] for each in found_subnets] == [subnet]


def test_the_same_block_in_two_vpcs(ec2: Any, vpc: str, subnet: str) -> None:
    calls.subnet(ec2, calls.vpc(ec2), shown(ec2, subnet)["CidrBlock"])


@pytest.mark.parametrize(
    "given",
    [
        {"Ipv6CidrBlock": "2001:db8::/64"},
        {"OutpostArn": "arn:aws:outposts:us-east-1:0:outpost/o"},
        {"Ipv4IpamPoolId": "ipam-pool-0"},
    ],
)
def test_what_cannot_be_had_is_refused(ec2: Any, vpc: str, given: dict[str, str]) -> None:
    call = ec2.create_subnet
    assert code(call, VpcId=vpc, CidrBlock="10.0.0.0/24", **given) == "UnsupportedOperation"


def test_free_addresses_are_counted(ec2: Any, vpc: str) -> None:
    made = calls.subnet(ec2, vpc, "10.0.2.0/28")
    assert shown(ec2, made)["AvailableIpAddressCount"] == 11
    calls.interface(ec2, made, SecondaryPrivateIpAddressCount=2)
    assert shown(ec2, made)["AvailableIpAddressCount"] == 8
    given = filters(available_ip_address_count="8")
    assert len(ec2.describe_subnets(Filters=given)["Subnets"]) == 1


@pytest.mark.parametrize(
    ("given", "path", "value"),
    [
        ({"MapPublicIpOnLaunch": {"Value": True}}, ["MapPublicIpOnLaunch"], True),
        (
            {"PrivateDnsHostnameTypeOnLaunch": "resource-name"},
            ["PrivateDnsNameOptionsOnLaunch", "HostnameType"],
            "resource-name",
        ),
        (
            {"EnableResourceNameDnsARecordOnLaunch": {"Value": True}},
            ["PrivateDnsNameOptionsOnLaunch", "EnableResourceNameDnsARecord"],
            True,
        ),
        (
            {"EnableResourceNameDnsAAAARecordOnLaunch": {"Value": True}},
            ["PrivateDnsNameOptionsOnLaunch", "EnableResourceNameDnsAAAARecord"],
            True,
        ),
        ({"EnableDns64": {"Value": False}}, ["EnableDns64"], False),
    ],
)
def test_attributes(
    ec2: Any, subnet: str, given: dict[str, Any], path: list[str], value: Any
) -> None:
    wanted = shown(ec2, subnet)
    inner = wanted
    for member in path[:-1]:
        inner = inner[member]
    inner[path[-1]] = value
    ec2.modify_subnet_attribute(SubnetId=subnet, **given)
    assert shown(ec2, subnet) == wanted


def test_attributes_that_cannot_be(ec2: Any, subnet: str) -> None:
    call = ec2.modify_subnet_attribute
    assert code(call, SubnetId=subnet) == "MissingParameter"
    two = {"MapPublicIpOnLaunch": {"Value": True}, "EnableDns64": {"Value": False}}
    assert code(call, SubnetId=subnet, **two) == "InvalidParameterCombination"
    ipv6 = {"AssignIpv6AddressOnCreation": {"Value": True}}
    assert code(call, SubnetId=subnet, **ipv6) == "UnsupportedOperation"


def test_delete(world: World, ec2: Any, vpc: str, subnet: str) -> None:
    """An interface or a service in it keeps a subnet; associations go with it."""
    table = calls.table(ec2, vpc)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    said = f"The subnet '{subnet}' has dependencies and cannot be deleted."
    interface = calls.interface(ec2, subnet)
    assert fault(ec2.delete_subnet, SubnetId=subnet) == ("DependencyViolation", said)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    world.store.write_now(uses.record, "arn:user", arn(subnet))
    assert fault(ec2.delete_subnet, SubnetId=subnet) == ("DependencyViolation", said)
    world.store.write_now(uses.drop, "arn:user", arn(subnet))
    world.store.write_now(pools.take, arn(subnet), "arn:user")
    ec2.delete_subnet(SubnetId=subnet)
    assert world.store.read_now(pools.OWNED.all) == []
    assert code(ec2.describe_subnets, SubnetIds=[subnet]) == "InvalidSubnetID.NotFound"
    (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    assert found["Associations"] == []
    assert default_acl(ec2, vpc)["Associations"] == []
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_vpc(VpcId=vpc)


def test_ids_that_are_not_there(ec2: Any, stranger: Any, subnet: str) -> None:
    absent = ("InvalidSubnetID.NotFound", f"The subnet ID '{GONE}' does not exist")
    assert fault(ec2.describe_subnets, SubnetIds=[GONE]) == absent
    assert code(ec2.delete_subnet, SubnetId="vpc-1") == "InvalidSubnetID.Malformed"
    assert code(stranger.delete_subnet, SubnetId=subnet) == "InvalidSubnetID.NotFound"
    assert code(ec2.create_subnet, VpcId="vpc-00000000", CidrBlock="10.0.0.0/24") == (
        "InvalidVpcID.NotFound"
    )


def test_default_subnets(ec2: Any) -> None:
    here = filters(default_for_az="true")
    found = {
        each["AvailabilityZone"]: each for each in ec2.describe_subnets(Filters=here)["Subnets"]
    }
    assert sorted(found) == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert {each["CidrBlock"] for each in found.values()} == {
        "172.31.0.0/20",
        "172.31.16.0/20",
        "172.31.32.0/20",
    }
    assert all(each["MapPublicIpOnLaunch"] for each in found.values())
    old = found["us-east-1b"]
    call = ec2.create_default_subnet
    assert fault(call, AvailabilityZone="us-east-1b") == (
        "DefaultSubnetAlreadyExistsInAvailabilityZone",
        f"'{old['SubnetId']}' is already the default subnet in us-east-1b.",
    )
    ec2.delete_subnet(SubnetId=old["SubnetId"])
    again = call(AvailabilityZone="us-east-1b")["Subnet"]
    assert again == {**old, "SubnetId": again["SubnetId"], "SubnetArn": arn(again["SubnetId"])}
    table = main_table(ec2, again["VpcId"])
    assert [each["GatewayId"][:3] for each in table["Routes"]] == ["loc", "igw"]


def test_quota(world: World, ec2: Any, vpc: str, subnet: str) -> None:
    calls.limit(world, "MAX_SUBNETS_BY_VPC", 1)
    assert code(calls.subnet, ec2, vpc, "10.0.2.0/24") == "SubnetLimitExceeded"
