"""Routes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import World

from . import calls
from .calls import code, fault
from .test_route_tables import shown

ANYWHERE = "0.0.0.0/0"


@pytest.fixture
def table(ec2: Any, vpc: str) -> str:
    return calls.table(ec2, vpc)


def routes(client: Any, table: str) -> dict[str, tuple[str, str]]:
    """Where each block is routed to, and the state of the route."""
    return {
        each["DestinationCidrBlock"]: (
            each.get("GatewayId") or each["NetworkInterfaceId"],
            each["State"],
        )
        for each in shown(client, table)["Routes"]
    }


def test_create_replace_delete(ec2: Any, vpc: str, subnet: str, table: str) -> None:
    gateway, interface = calls.gateway(ec2, vpc), calls.interface(ec2, subnet)
    local = {"10.0.0.0/16": ("local", "active")}
    made = ec2.create_route(
        RouteTableId=table, DestinationCidrBlock="192.0.2.7/24", GatewayId=gateway
    )
    assert made["Return"]
    assert routes(ec2, table) == {**local, "192.0.2.0/24": (gateway, "active")}
    again = {"RouteTableId": table, "DestinationCidrBlock": "192.0.2.0/24"}
    assert fault(ec2.create_route, **again, NetworkInterfaceId=interface) == (
        "RouteAlreadyExists",
        "The route identified by 192.0.2.0/24 already exists.",
    )
    ec2.replace_route(**again, NetworkInterfaceId=interface)
    assert routes(ec2, table) == {**local, "192.0.2.0/24": (interface, "active")}
    ec2.delete_route(**again)
    assert routes(ec2, table) == local
    assert fault(ec2.delete_route, **again) == (
        "InvalidRoute.NotFound",
        f"no route with destination-cidr-block 192.0.2.0/24 in route table {table}",
    )
    assert fault(ec2.replace_route, **again, GatewayId=gateway) == (
        "InvalidParameterValue",
        "There is no route defined for '192.0.2.0/24' in the route table. Use CreateRoute instead.",
    )


def test_black_holes(ec2: Any, vpc: str, subnet: str, table: str) -> None:
    """What a route leads to can go away; the route stays."""
    gateway, interface = calls.gateway(ec2, vpc), calls.interface(ec2, subnet)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, GatewayId=gateway)
    ec2.create_route(
        RouteTableId=table, DestinationCidrBlock="192.0.2.0/24", NetworkInterfaceId=interface
    )
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    found = routes(ec2, table)
    assert found[ANYWHERE] == (gateway, "blackhole")
    assert found["192.0.2.0/24"] == (interface, "blackhole")
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert routes(ec2, table)[ANYWHERE] == (gateway, "active")


def test_local_routes_stay(ec2: Any, vpc: str, subnet: str, table: str) -> None:
    local = {"RouteTableId": table, "DestinationCidrBlock": "10.0.0.0/16"}
    gateway = calls.gateway(ec2, vpc)
    assert code(ec2.create_route, **local, GatewayId=gateway) == "RouteAlreadyExists"
    assert fault(ec2.delete_route, **local) == (
        "InvalidParameterValue",
        f"cannot remove local route 10.0.0.0/16 in route table {table}",
    )
    inside = {"RouteTableId": table, "DestinationCidrBlock": "10.0.1.0/24"}
    assert code(ec2.create_route, **inside, GatewayId=gateway) == "InvalidParameterValue"
    ec2.create_route(**inside, NetworkInterfaceId=calls.interface(ec2, subnet))


def test_networks_do_not_mix(ec2: Any, vpc: str, table: str) -> None:
    loose = calls.gateway(ec2)
    given = {"RouteTableId": table, "DestinationCidrBlock": ANYWHERE}
    assert fault(ec2.create_route, **given, GatewayId=loose) == (
        "InvalidParameterValue",
        f"route table {table} and network gateway {loose} belong to different networks",
    )
    other = calls.vpc(ec2, "10.1.0.0/16")
    interface = calls.interface(ec2, calls.subnet(ec2, other, "10.1.0.0/24"))
    assert fault(ec2.create_route, **given, NetworkInterfaceId=interface) == (
        "InvalidParameterValue",
        f"route table {table} and interface {interface} belong to different networks",
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"NatGatewayId": "nat-0"}, "InvalidNatGatewayID.NotFound"),
        ({"VpcPeeringConnectionId": "pcx-0"}, "InvalidVpcPeeringConnectionID.NotFound"),
        ({"TransitGatewayId": "tgw-0"}, "InvalidTransitGatewayID.NotFound"),
        ({"InstanceId": "i-0"}, "InvalidInstanceID.NotFound"),
        ({"GatewayId": "igw-00000000"}, "InvalidInternetGatewayID.NotFound"),
        ({}, "MissingParameter"),
        ({"NatGatewayId": "nat-0", "InstanceId": "i-0"}, "InvalidParameterCombination"),
    ],
)
def test_targets_that_are_not_there(ec2: Any, table: str, given: dict[str, str], said: str) -> None:
    call = ec2.create_route
    assert code(call, RouteTableId=table, DestinationCidrBlock=ANYWHERE, **given) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "MissingParameter"),
        ({"DestinationCidrBlock": "10.0.0"}, "InvalidParameterValue"),
        ({"DestinationIpv6CidrBlock": "::/0"}, "InvalidParameterValue"),
        ({"DestinationPrefixListId": "pl-0"}, "InvalidPrefixListID.NotFound"),
        (
            {"DestinationCidrBlock": ANYWHERE, "DestinationIpv6CidrBlock": "::/0"},
            "InvalidParameterCombination",
        ),
    ],
)
def test_destinations_that_cannot_be(
    ec2: Any, vpc: str, table: str, given: dict[str, str], said: str
) -> None:
    gateway = calls.gateway(ec2, vpc)
    assert code(ec2.create_route, RouteTableId=table, GatewayId=gateway, **given) == said


def test_quota(world: World, ec2: Any, vpc: str, table: str) -> None:
    calls.limit(world, "MAX_ROUTES_BY_TABLE", 0)
    given = {"DestinationCidrBlock": ANYWHERE, "GatewayId": calls.gateway(ec2, vpc)}
    assert code(ec2.create_route, RouteTableId=table, **given) == "RouteLimitExceeded"
