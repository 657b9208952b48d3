"""Route tables and their associations."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST
from tests.harness import World

from . import calls
from .calls import code, fault, filters, main_table, tagging


def shown(client: Any, table: str) -> dict[str, Any]:
    (found,) = client.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return dict(found)


def test_create_and_describe(ec2: Any, vpc: str) -> None:
    made = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagging("route-table", a="1"))
    table = made["RouteTable"]
    assert table == {
        "Associations": [],
        "OwnerId": FIRST,
        "PropagatingVgws": [],
        "RouteTableId": table["RouteTableId"],
        "Routes": [
            {
                "DestinationCidrBlock": "10.0.0.0/16",
                "GatewayId": "local",
                "Origin": "CreateRouteTable",
                "State": "active",
            }
        ],
        "Tags": [{"Key": "a", "Value": "1"}],
        "VpcId": vpc,
    }
    assert shown(ec2, table["RouteTableId"]) == table
    ec2.delete_route_table(RouteTableId=table["RouteTableId"])
    assert fault(shown, ec2, table["RouteTableId"]) == (
        "InvalidRouteTableID.NotFound",
        f"The routeTable ID '{table['RouteTableId']}' does not exist",
    )


def test_associations_of_subnets(ec2: Any, vpc: str, subnet: str) -> None:
    table, other = calls.table(ec2, vpc), calls.table(ec2, vpc)
    answered = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    assert answered["AssociationState"] == {"State": "associated"}
    first = answered["AssociationId"]
    assert shown(ec2, table)["Associations"] == [
        {
            "AssociationState": {"State": "associated"},
            "Main": False,
            "RouteTableAssociationId": first,
            "RouteTableId": table,
            "SubnetId": subnet,
        }
    ]
    for each in (table, other):
        assert fault(ec2.associate_route_table, RouteTableId=each, SubnetId=subnet) == (
            "Resource.AlreadyAssociated",
            (
                f"the specified association for route table {each} conflicts with an"
                f" existing association"
            ),
        )
    assert code(ec2.delete_route_table, RouteTableId=table) == "DependencyViolation"
    moved = ec2.replace_route_table_association(AssociationId=first, RouteTableId=other)
    second = moved["NewAssociationId"]
    assert second != first
    assert shown(ec2, table)["Associations"] == []
    (association,) = shown(ec2, other)["Associations"]
    assert (association["SubnetId"], association["RouteTableId"]) == (subnet, other)
    given = filters(association__subnet_id=subnet)
    assert [t["RouteTableId"] for t in ec2.describe_route_tables(Filters=given)["RouteTables"]] == [
        other
    ]
    ec2.disassociate_route_table(AssociationId=second)
    assert fault(ec2.disassociate_route_table, AssociationId=second) == (
        "InvalidAssociationID.NotFound",
        f"The association ID '{second}' does not exist",
    )
    assert shown(ec2, other)["Associations"] == []


def test_associations_of_gateways(ec2: Any, vpc: str) -> None:
    table, gateway = calls.table(ec2, vpc), calls.gateway(ec2, vpc)
    ec2.associate_route_table(RouteTableId=table, GatewayId=gateway)
    (association,) = shown(ec2, table)["Associations"]
    assert association["GatewayId"] == gateway


def test_the_main_table_changes(ec2: Any, vpc: str) -> None:
    old, new = main_table(ec2, vpc), calls.table(ec2, vpc)
    (association,) = old["Associations"]
    given = association["RouteTableAssociationId"]
    assert fault(ec2.disassociate_route_table, AssociationId=given) == (
        "InvalidParameterValue",
        f"cannot disassociate the main route table association {given}",
    )
    assert code(ec2.delete_route_table, RouteTableId=old["RouteTableId"]) == "DependencyViolation"
    ec2.replace_route_table_association(AssociationId=given, RouteTableId=new)
    assert main_table(ec2, vpc)["RouteTableId"] == new
    ec2.delete_route_table(RouteTableId=old["RouteTableId"])
    ec2.delete_vpc(VpcId=vpc)


def test_replacing_by_the_same_table(ec2: Any, vpc: str, subnet: str) -> None:
    table = calls.table(ec2, vpc)
    given = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    ec2.replace_route_table_association(AssociationId=given, RouteTableId=table)
    (association,) = shown(ec2, table)["Associations"]
    assert association["SubnetId"] == subnet


def test_networks_do_not_mix(ec2: Any, vpc: str, subnet: str) -> None:
    table = calls.table(ec2, calls.vpc(ec2, "10.1.0.0/16"))
    assert fault(ec2.associate_route_table, RouteTableId=table, SubnetId=subnet) == (
        "InvalidParameterValue",
        f"route table {table} and subnet {subnet} belong to different networks",
    )
    (association,) = main_table(ec2, vpc)["Associations"]
    given = association["RouteTableAssociationId"]
    call = ec2.replace_route_table_association
    assert code(call, AssociationId=given, RouteTableId=table) == "InvalidParameterValue"
    assert main_table(ec2, vpc)["Associations"] == [association]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "MissingParameter"),
        (
            {"SubnetId": "subnet-00000000", "GatewayId": "igw-00000000"},
            "InvalidParameterCombination",
        ),
        ({"SubnetId": "subnet-00000000"}, "InvalidSubnetID.NotFound"),
        ({"GatewayId": "igw-00000000"}, "InvalidInternetGatewayID.NotFound"),
        ({"GatewayId": "vgw-00000000"}, "InvalidInternetGatewayId.Malformed"),
    ],
)
def test_what_cannot_be_associated(ec2: Any, vpc: str, given: dict[str, str], said: str) -> None:
    assert code(ec2.associate_route_table, RouteTableId=calls.table(ec2, vpc), **given) == said


def test_quota(world: World, ec2: Any, vpc: str) -> None:
    calls.limit(world, "MAX_ROUTE_TABLES_BY_VPC", 1)
    assert code(ec2.create_route_table, VpcId=vpc) == "RouteTableLimitExceeded"
