"""EC2 under IAM: every operation has its action, and policies name resources and their VPCs."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST
from forecourt.services.ec2 import TABLES
from forecourt.services.ec2.actions import ACTIONS
from tests.harness import World
from tests.services.iam_rows import People, allow, deny

from . import calls
from .calls import code, default_group, fault, filters, tagging

HERE = f"arn:aws:ec2:us-east-1:{FIRST}:"


def ann(world: World, *statements: Any) -> Any:
    """EC2's API for a user who has these statements."""
    return world.client("ec2", People(world).user("Ann", *statements))


def test_every_operation_has_its_action() -> None:
    assert sorted(ACTIONS) == sorted(name for table in TABLES for name in table.table)


def test_without_leave(world: World, ec2: Any, vpc: str) -> None:
    client = ann(world)
    found, said = fault(client.describe_vpcs)
    assert found == "UnauthorizedOperation"
    assert said.startswith(
        "You are not authorized to perform this operation."
        f" User: arn:aws:iam::{FIRST}:user/Ann is not authorized to perform: ec2:DescribeVpcs"
    )
    assert f"on resource: {HERE}vpc/{vpc}" in fault(client.delete_vpc, VpcId=vpc)[1]
    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]


def test_one_vpc(world: World, ec2: Any, vpc: str) -> None:
    other = calls.vpc(ec2, "10.1.0.0/16")
    client = ann(world, allow("ec2:CreateSubnet", [f"{HERE}vpc/{vpc}", f"{HERE}subnet/*"]))
    calls.subnet(client, vpc)
    assert code(calls.subnet, client, other, "10.1.0.0/24") == "UnauthorizedOperation"


def test_tags_need_leave_of_their_own(world: World, ec2: Any) -> None:
    client = ann(
        world,
        allow("ec2:CreateVpc"),
        allow("ec2:CreateTags", Condition={"StringEquals": {"ec2:CreateAction": "CreateVpc"}}),
    )
    made = calls.vpc(client, TagSpecifications=tagging("vpc", a="1"))
    given = [{"Key": "b", "Value": "2"}]
    assert code(client.create_tags, Resources=[made], Tags=given) == "UnauthorizedOperation"


def test_tags_of_resources(world: World, ec2: Any, vpc: str) -> None:
    tagged = calls.vpc(ec2, "10.1.0.0/16", TagSpecifications=tagging("vpc", team="a"))
    client = ann(
        world,
        allow("ec2:DeleteVpc", Condition={"StringEquals": {"ec2:ResourceTag/team": "a"}}),
    )
    assert code(client.delete_vpc, VpcId=vpc) == "UnauthorizedOperation"
    client.delete_vpc(VpcId=tagged)


@pytest.mark.parametrize("key", ["ec2:Vpc", "ec2:Region"])
def test_conditions(world: World, ec2: Any, vpc: str, subnet: str, key: str) -> None:
    value = f"{HERE}vpc/{vpc}" if key == "ec2:Vpc" else "us-east-1"
    client = ann(
        world, allow("ec2:*"), deny("ec2:DeleteSubnet", Condition={"StringEquals": {key: value}})
    )
    assert code(client.delete_subnet, SubnetId=subnet) == "UnauthorizedOperation"
    other = calls.subnet(ec2, calls.vpc(ec2, "10.1.0.0/16"), "10.1.0.0/24")
    if key == "ec2:Vpc":
        client.delete_subnet(SubnetId=other)
    else:
        assert code(client.delete_subnet, SubnetId=other) == "UnauthorizedOperation"


def test_associations(world: World, ec2: Any, vpc: str, subnet: str) -> None:
    """They are of the table and the subnet they are between."""
    table = calls.table(ec2, vpc)
    made = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    client = ann(
        world, allow("ec2:*"), deny("ec2:DisassociateRouteTable", f"{HERE}subnet/{subnet}")
    )
    assert code(client.disassociate_route_table, AssociationId=made) == "UnauthorizedOperation"
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    (old,) = calls.default_acl(ec2, vpc)["Associations"]
    given = {"AssociationId": old["NetworkAclAssociationId"], "NetworkAclId": acl}
    people = People(world)
    people.change(
        "user", "Ann", allow("ec2:*"), deny("ec2:ReplaceNetworkAclAssociation", f"{HERE}subnet/*")
    )
    assert code(client.replace_network_acl_association, **given) == "UnauthorizedOperation"


def test_groups_by_name_and_rules(world: World, ec2: Any) -> None:
    home = calls.default_vpc(ec2)["VpcId"]
    group = default_group(ec2, home)
    client = ann(
        world,
        allow("ec2:*"),
        deny("ec2:AuthorizeSecurityGroupIngress", f"{HERE}security-group/{group}"),
        deny("ec2:ModifySecurityGroupRules", f"{HERE}security-group-rule/*"),
    )
    flat = {"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}
    call = client.authorize_security_group_ingress
    assert code(call, GroupName="default", **flat) == "UnauthorizedOperation"
    assert code(call, GroupId=group, **flat) == "UnauthorizedOperation"
    rule = ec2.describe_security_group_rules(Filters=filters(group_id=group))
    id_ = rule["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    update = {"SecurityGroupRuleId": id_, "SecurityGroupRule": {"IpProtocol": "-1"}}
    modify = client.modify_security_group_rules
    assert code(modify, GroupId=group, SecurityGroupRules=[update]) == "UnauthorizedOperation"
