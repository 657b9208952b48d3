"""Security groups."""

from __future__ import annotations

import re
from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST
from forecourt.platform.network import uses
from tests.harness import World

from . import calls
from .calls import code, default_group, default_vpc, fault, filters, tagging

OUT = {
    "IpProtocol": "-1",
    "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    "Ipv6Ranges": [],
    "PrefixListIds": [],
    "UserIdGroupPairs": [],
}


def shown(client: Any, group: str) -> dict[str, Any]:
    (found,) = client.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return dict(found)


def test_create_and_describe(ec2: Any, vpc: str) -> None:
    made = ec2.create_security_group(
        GroupName="web ",
        Description="web servers",
        VpcId=vpc,
        TagSpecifications=tagging("security-group", a="1"),
    )
    group = made["GroupId"]
    assert re.fullmatch(r"sg-0[0-9a-f]{16}", group)
    arn = f"arn:aws:ec2:us-east-1:{FIRST}:security-group/{group}"
    assert (made["SecurityGroupArn"], made["Tags"]) == (arn, [{"Key": "a", "Value": "1"}])
    assert shown(ec2, group) == {
        "Description": "web servers",
        "GroupId": group,
        "GroupName": "web",
        "IpPermissions": [],
        "IpPermissionsEgress": [OUT],
        "OwnerId": FIRST,
        "SecurityGroupArn": arn,
        "Tags": [{"Key": "a", "Value": "1"}],
        "VpcId": vpc,
    }


def test_names(ec2: Any, vpc: str) -> None:
    """Unique in a VPC; without one, the default VPC is meant."""
    calls.group(ec2, vpc)
    assert fault(calls.group, ec2, vpc) == (
        "InvalidGroup.Duplicate",
        f"The security group 'web' already exists for VPC '{vpc}'",
    )
    made = ec2.create_security_group(GroupName="web", Description="x")["GroupId"]
    found = ec2.describe_security_groups(GroupNames=["web"])["SecurityGroups"]
    assert [(each["GroupId"], each["VpcId"]) for each in found] == [
        (made, default_vpc(ec2)["VpcId"])
    ]
    ec2.delete_security_group(GroupName="web")
    home = default_vpc(ec2)["VpcId"]
    assert fault(ec2.describe_security_groups, GroupNames=["web"]) == (
        "InvalidGroup.NotFound",
        f"The security group 'web' does not exist in default VPC '{home}'",
    )


@pytest.mark.parametrize(
    ("name", "description", "said"),
    [
        ("default", "x", "InvalidGroup.Reserved"),
        ("sg-a", "x", "InvalidParameterValue"),
        ("a" * 256, "x", "InvalidParameterValue"),
        ("caf\u00e9", "x", "InvalidParameterValue"),
        ("a", "caf\u00e9", "InvalidParameterValue"),
        ("a", "x" * 256, "InvalidParameterValue"),
        ("a", "<x>", "InvalidParameterValue"),
    ],
)
def test_names_that_cannot_be(ec2: Any, vpc: str, name: str, description: str, said: str) -> None:
    call = ec2.create_security_group
    assert code(call, GroupName=name, Description=description, VpcId=vpc) == said


def test_without_a_default_vpc(world: World, ec2: Any, elsewhere: Any) -> None:
    client = world.client("ec2", region="af-south-1")
    call = client.create_security_group
    assert code(call, GroupName="a", Description="x") == "VPCIdNotSpecified"
    assert code(client.delete_security_group) == "MissingParameter"


def test_what_keeps_a_group(world: World, ec2: Any, vpc: str, subnet: str) -> None:
    group, other = calls.group(ec2, vpc), calls.group(ec2, vpc, "other")
    said = ("DependencyViolation", f"resource {group} has a dependent object")

    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    for owner in (group, other):  # its own rule does not count
        ec2.authorize_security_group_ingress(GroupId=owner, IpPermissions=[rule])
    assert fault(ec2.delete_security_group, GroupId=group) == said
    ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=[rule])

    interface = calls.interface(ec2, subnet, Groups=[group])
    assert fault(ec2.delete_security_group, GroupId=group) == said
    ec2.delete_network_interface(NetworkInterfaceId=interface)

    arn = shown(ec2, group)["SecurityGroupArn"]
    world.store.write_now(uses.record, "arn:user", arn)
    assert fault(ec2.delete_security_group, GroupId=group) == said
    world.store.write_now(uses.drop, "arn:user", arn)

    assert ec2.delete_security_group(GroupId=group)["Return"]
    assert code(shown, ec2, group) == "InvalidGroup.NotFound"
    left = ec2.describe_security_group_rules(Filters=filters(group_id=group))
    assert left["SecurityGroupRules"] == []


def test_the_default_group_stays(ec2: Any, vpc: str) -> None:
    group = default_group(ec2, vpc)
    assert fault(ec2.delete_security_group, GroupId=group) == (
        "CannotDelete",
        f'the specified group: "{group}" name: "default" cannot be deleted by a user',
    )


def test_ids_that_are_not_there(ec2: Any, stranger: Any, vpc: str) -> None:
    gone, mine = "sg-00000000000000000", calls.group(ec2, vpc)
    assert fault(shown, ec2, gone) == (
        "InvalidGroup.NotFound",
        f"The security group '{gone}' does not exist",
    )
    assert code(shown, ec2, "web") == "InvalidGroupId.Malformed"
    assert code(shown, stranger, mine) == "InvalidGroup.NotFound"
    assert code(stranger.delete_security_group, GroupId=mine) == "InvalidGroup.NotFound"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"ip_permission__cidr": "192.0.2.0/24"}, ["a"]),
        ({"ip_permission__from_port": "22", "ip_permission__to_port": "23"}, ["a"]),
        ({"ip_permission__protocol": "tcp"}, ["a", "b"]),
        ({"ip_permission__ipv6_cidr": "2001:db8::/32"}, ["b"]),
        ({"ip_permission__user_id": FIRST}, ["default"]),
        ({"egress__ip_permission__cidr": "0.0.0.0/0"}, ["a", "b", "default"]),
        ({"group_name": ["a", "d*"]}, ["a", "default"]),
        ({"description": "? servers"}, ["a", "b"]),
    ],
)
def test_filters(ec2: Any, vpc: str, given: dict[str, Any], found: list[str]) -> None:
    rules = {
        "a": {"FromPort": 22, "ToPort": 23, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]},
        "b": {"FromPort": 80, "ToPort": 80, "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]},
    }
    for name, rule in rules.items():
        group = calls.group(ec2, vpc, name)
        permission = {"IpProtocol": "tcp", **rule}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    answered = ec2.describe_security_groups(Filters=filters(vpc_id=vpc, **given))
    assert sorted(each["GroupName"] for each in answered["SecurityGroups"]) == found


def test_groups_for_a_vpc(ec2: Any, vpc: str) -> None:
    group = calls.group(ec2, vpc, TagSpecifications=tagging("security-group", a="1"))
    found = ec2.get_security_groups_for_vpc(VpcId=vpc)["SecurityGroupForVpcs"]
    assert sorted(each["GroupName"] for each in found) == ["default", "web"]
    given = filters(group_name="web")
    found = ec2.get_security_groups_for_vpc(VpcId=vpc, Filters=given)["SecurityGroupForVpcs"]
    assert found == [
        {
            "Description": "web servers",
            "GroupId": group,
            "GroupName": "web",
            "OwnerId": FIRST,
            "PrimaryVpcId": vpc,
            "Tags": [{"Key": "a", "Value": "1"}],
        }
    ]


def test_quota(world: World, ec2: Any, vpc: str) -> None:
    calls.limit(world, "MAX_SECURITY_GROUPS_BY_REGION", 2)
    assert code(calls.group, ec2, vpc) == "SecurityGroupLimitExceeded"
