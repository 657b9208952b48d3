"""Routes of route tables: to an internet gateway or a network interface.

There are no other gateways here, so that one named as a target does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.store.resources import Resource

from . import cidrs
from .kinds import (
    INTERFACE,
    INTERNET_GATEWAY,
    ROUTE_TABLE,
    ROUTE_TABLES,
    VPC,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
)
from .vpcs import blocks, refuse

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

RouteAlreadyExists = common("RouteAlreadyExists", 400)
RouteNotFound = common("InvalidRoute.NotFound", 400)
RouteLimitExceeded = common("RouteLimitExceeded", 400)
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
PREFIX_LIST = ("InvalidPrefixListID.NotFound", "prefix list")
# Targets of kinds that are not here: what is said of them, by the member that names one.
ABSENT = {
    "CarrierGatewayId": ("InvalidCarrierGatewayID.NotFound", "carrierGateway"),
    "CoreNetworkArn": ("InvalidCoreNetworkArn.NotFound", "coreNetwork"),
    "EgressOnlyInternetGatewayId": ("InvalidGatewayID.NotFound", "eigw"),
    "InstanceId": ("InvalidInstanceID.NotFound", "instance"),
    "LocalGatewayId": ("InvalidLocalGatewayID.NotFound", "localGateway"),
    "NatGatewayId": ("InvalidNatGatewayID.NotFound", "natGateway"),
    "OdbNetworkArn": ("InvalidOdbNetworkArn.NotFound", "odbNetwork"),
    "TransitGatewayId": ("InvalidTransitGatewayID.NotFound", "transitGateway"),
    "VpcEndpointId": ("InvalidVpcEndpointId.NotFound", "vpcEndpoint"),
    "VpcPeeringConnectionId": ("InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection"),
}
TARGETS = ("GatewayId", "NetworkInterfaceId", *ABSENT)


@ops.write
def create_route(tx: Tx, req: t.CreateRouteRequest) -> t.CreateRouteResult:
    table = ROUTE_TABLE.get(tx, req["RouteTableId"])
    block = destination(req)
    target = target_of(tx, req, table)
    routes = table.spec["Routes"]
    local = blocks(VPC.get(tx, table.spec["VpcId"]))
    if block in local or any(each["DestinationCidrBlock"] == block for each in routes):
        raise RouteAlreadyExists(f"The route identified by {block} already exists.")
    if any(IPv4Network(block).subnet_of(IPv4Network(each)) for each in local):
        check_more_specific(block, target)
    if len(routes) >= quotas.limit(tx, "MAX_ROUTES_BY_TABLE"):
        raise RouteLimitExceeded("The maximum number of routes has been reached.")
    made = {"DestinationCidrBlock": block, "Origin": "CreateRoute", **target}
    ROUTE_TABLES.change(tx, table, spec={**table.spec, "Routes": [*routes, made]})
    return {"Return": True}


@ops.write
def replace_route(tx: Tx, req: t.ReplaceRouteRequest) -> None:
    table = ROUTE_TABLE.get(tx, req["RouteTableId"])
    block = destination(req)
    refuse(req, ("LocalTarget",))
    routes = table.spec["Routes"]
    if not any(each["DestinationCidrBlock"] == block for each in routes):
        raise InvalidParameterValue(
            f"There is no route defined for '{block}' in the route table. Use CreateRoute instead."
        )
    made = {
        "DestinationCidrBlock": block,
        "Origin": "CreateRoute",
        **target_of(tx, req, table),
    }
    changed = [made if each["DestinationCidrBlock"] == block else each for each in routes]
    ROUTE_TABLES.change(tx, table, spec={**table.spec, "Routes": changed})


@ops.write
def delete_route(tx: Tx, req: t.DeleteRouteRequest) -> None:
    table = ROUTE_TABLE.get(tx, req["RouteTableId"])
    block = destination(req)
    if block in blocks(VPC.get(tx, table.spec["VpcId"])):
        raise InvalidParameterValue(
            f"cannot remove local route {block} in route table {table.name}"
        )
    routes = table.spec["Routes"]
    kept = [each for each in routes if each["DestinationCidrBlock"] != block]
    if len(kept) == len(routes):
        raise RouteNotFound(
            f"no route with destination-cidr-block {block} in route table {table.name}"
        )
    ROUTE_TABLES.change(tx, table, spec={**table.spec, "Routes": kept})


def destination(req: Mapping[str, Any]) -> str:
    """The IPv4 block a request is about."""
    given = [name for name in DESTINATIONS if name in req]
    if not given:
        raise MissingParameter(
            "The request must contain the parameter destinationCidrBlock"
            " or destinationIpv6CidrBlock or destinationPrefixListId"
        )
    if len(given) > 1:
        raise InvalidParameterCombination("The request must name exactly one destination.")
    if given == ["DestinationPrefixListId"]:
        raise absent(*PREFIX_LIST, req["DestinationPrefixListId"])
    if given == ["DestinationIpv6CidrBlock"]:
        block = cidrs.ipv6(req["DestinationIpv6CidrBlock"], "destinationIpv6CidrBlock")
        raise InvalidParameterValue(
            f"The destination IPv6 CIDR block {block} cannot be routed: its VPC has no IPv6 CIDR"
            " block."
        )
    return str(cidrs.ipv4(req["DestinationCidrBlock"], "destinationCidrBlock"))


def target_of(tx: Tx, req: Mapping[str, Any], table: Resource) -> dict[str, str]:
    """Where a request routes to, as the route has it."""
    given = [name for name in TARGETS if name in req]
    if not given:
        raise MissingParameter(f"The request must contain the parameter {words(TARGETS)}")
    if len(given) > 1:
        raise InvalidParameterCombination(
            f"The parameters {words(given, 'and')} cannot be used together."
        )
    (member,) = given
    if member in ABSENT:
        raise absent(*ABSENT[member], req[member])
    if member == "GatewayId":
        gateway = INTERNET_GATEWAY.get(tx, req[member])
        if gateway.spec["VpcId"] != table.spec["VpcId"]:
            raise InvalidParameterValue(
                f"route table {table.name} and network gateway {gateway.name} belong to different"
                " networks"
            )
        return {member: gateway.name}
    interface = INTERFACE.get(tx, req[member])
    if interface.spec["VpcId"] != table.spec["VpcId"]:
        raise InvalidParameterValue(
            f"route table {table.name} and interface {interface.name} belong to different networks"
        )
    return {member: interface.name}


def check_more_specific(block: str, target: Mapping[str, str]) -> None:
    """Inside the VPC, traffic can be sent to an interface only.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    """
    if "NetworkInterfaceId" not in target:
        raise InvalidParameterValue(
            f"The destination CIDR block {block} is equal to or more specific than one of this"
            " VPC's CIDR blocks. This route can target only an interface or an instance."
        )


def absent(code: str, kind: str, given: str) -> Exception:
    return common(code, 400)(f"The {kind} ID '{given}' does not exist")


def words(names: tuple[str, ...] | list[str], conjunction: str = "or") -> str:
    return f" {conjunction} ".join(name[0].lower() + name[1:] for name in names)
