"""Route tables, and which subnets and gateways they are associated with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.network.interfaces import INTERFACES
from forecourt.store.resources import Resource

from .describing import answer, select
from .idempotency import made_before, remembered
from .kinds import (
    INTERNET_GATEWAY,
    INTERNET_GATEWAYS,
    ROUTE_TABLE,
    ROUTE_TABLES,
    SUBNET,
    VPC,
    AlreadyAssociated,
    DependencyViolation,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    new_id,
)
from .tags import at_creation, shown
from .vpcs import blocks, refuse

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

AssociationNotFound = common("InvalidAssociationID.NotFound", 400)
LimitExceeded = common("RouteTableLimitExceeded", 400)
ASSOCIATED: Any = {"State": "associated"}
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html
FILTERS = {
    "association.gateway-id": "Associations[].GatewayId",
    "association.main": "Associations[].Main",
    "association.route-table-association-id": "Associations[].RouteTableAssociationId",
    "association.route-table-id": "Associations[].RouteTableId",
    "association.subnet-id": "Associations[].SubnetId",
    "owner-id": "OwnerId",
    "route-table-id": "RouteTableId",
    "route.destination-cidr-block": "Routes[].DestinationCidrBlock",
    "route.destination-ipv6-cidr-block": "Routes[].DestinationIpv6CidrBlock",
    "route.destination-prefix-list-id": "Routes[].DestinationPrefixListId",
    "route.egress-only-internet-gateway-id": "Routes[].EgressOnlyInternetGatewayId",
    "route.gateway-id": "Routes[].GatewayId",
    "route.instance-id": "Routes[].InstanceId",
    "route.nat-gateway-id": "Routes[].NatGatewayId",
    "route.origin": "Routes[].Origin",
    "route.state": "Routes[].State",
    "route.transit-gateway-id": "Routes[].TransitGatewayId",
    "route.vpc-peering-connection-id": "Routes[].VpcPeeringConnectionId",
    "transit-gateway-id": "Routes[].TransitGatewayId",
    "vpc-id": "VpcId",
}


@ops.write
def create_route_table(tx: Tx, req: t.CreateRouteTableRequest) -> t.CreateRouteTableResult:
    vpc = VPC.get(tx, req["VpcId"])
    tags = at_creation(req, ROUTE_TABLE)
    made = made_before(tx, ROUTE_TABLES, req)
    if made is None:
        there = sum(each.spec["VpcId"] == vpc.name for each in ROUTE_TABLES.all(tx))
        if there >= quotas.limit(tx, "MAX_ROUTE_TABLES_BY_VPC"):
            raise LimitExceeded("The maximum number of route tables has been reached.")
        spec = {"Associations": [], "Routes": [], "VpcId": vpc.name}
        made = ROUTE_TABLES.create(tx, ROUTE_TABLE.new_id(), spec, remembered(req), tags)
    result: t.CreateRouteTableResult = {"RouteTable": View(tx).document(made)}
    if "ClientToken" in req:
        result["ClientToken"] = req["ClientToken"]
    return result


@ops.read
def describe_route_tables(tx: Tx, req: t.DescribeRouteTablesRequest) -> t.DescribeRouteTablesResult:
    view = View(tx)
    documents = [view.document(each) for each in ROUTE_TABLES.all(tx)]
    found = select(ROUTE_TABLE, FILTERS, documents, req, req.get("RouteTableIds"), "RouteTableId")
    page: t.DescribeRouteTablesResult = answer("RouteTables", found)
    return page


@ops.write
def delete_route_table(tx: Tx, req: t.DeleteRouteTableRequest) -> None:
    table = ROUTE_TABLE.get(tx, req["RouteTableId"])
    if table.spec["Associations"]:
        raise DependencyViolation(
            f"The routeTable '{table.name}' has dependencies and cannot be deleted."
        )
    ROUTE_TABLES.remove(tx, table)


@ops.write
def associate_route_table(tx: Tx, req: t.AssociateRouteTableRequest) -> t.AssociateRouteTableResult:
    """Let a subnet, or what comes in by a gateway, be routed by a table."""
    refuse(req, ("PublicIpv4Pool",))
    table = ROUTE_TABLE.get(tx, req["RouteTableId"])
    member, target = associable(tx, req)
    if target.spec["VpcId"] != table.spec["VpcId"]:
        kind = "subnet" if member == "SubnetId" else "gateway"
        raise InvalidParameterValue(
            f"route table {table.name} and {kind} {target.name} belong to different networks"
        )
    for other in ROUTE_TABLES.all(tx):
        if any(each.get(member) == target.name for each in other.spec["Associations"]):
            raise AlreadyAssociated(
                f"the specified association for route table {table.name} conflicts with an"
                " existing association"
            )
    made: dict[str, Any] = {
        "RouteTableAssociationId": new_id("rtbassoc"),
        "Main": False,
        member: target.name,
    }
    put_associations(tx, table, [*table.spec["Associations"], made])
    return {
        "AssociationId": made["RouteTableAssociationId"],
        "AssociationState": ASSOCIATED,
    }


@ops.write
def disassociate_route_table(tx: Tx, req: t.DisassociateRouteTableRequest) -> None:
    table, association = get_association(tx, req["AssociationId"])
    if association["Main"]:
        raise InvalidParameterValue(
            "cannot disassociate the main route table association"
            f" {association['RouteTableAssociationId']}"
        )
    kept = [each for each in table.spec["Associations"] if each != association]
    put_associations(tx, table, kept)


@ops.write
def replace_route_table_association(
    tx: Tx, req: t.ReplaceRouteTableAssociationRequest
) -> t.ReplaceRouteTableAssociationResult:
    """Move an association to another table of the VPC; with the main one, the main table changes."""
    table = ROUTE_TABLE.get(tx, req["RouteTableId"])
    old, association = get_association(tx, req["AssociationId"])
    if old.spec["VpcId"] != table.spec["VpcId"]:
        raise InvalidParameterValue(
            f"route table {table.name} and association"
            f" {association['RouteTableAssociationId']} belong to different networks"
        )
    moved = {**association, "RouteTableAssociationId": new_id("rtbassoc")}
    put_associations(tx, old, [a for a in old.spec["Associations"] if a != association])
    table = ROUTE_TABLE.get(tx, table.name)
    put_associations(tx, table, [*table.spec["Associations"], moved])
    return {
        "NewAssociationId": moved["RouteTableAssociationId"],
        "AssociationState": ASSOCIATED,
    }


def associable(tx: Tx, req: Mapping[str, Any]) -> tuple[str, Resource]:
    """What a request associates with a table: the member that names it, and itself."""
    if "SubnetId" in req and "GatewayId" in req:
        raise InvalidParameterCombination(
            "The parameters subnetId and gatewayId cannot be used together."
        )
    if "SubnetId" in req:
        return "SubnetId", SUBNET.get(tx, req["SubnetId"])
    if "GatewayId" in req:
        return "GatewayId", INTERNET_GATEWAY.get(tx, req["GatewayId"])
    raise MissingParameter("The request must contain the parameter subnetId or gatewayId")


def get_association(tx: Tx, given: str) -> tuple[Resource, dict[str, Any]]:
    """An association and its table."""
    for table in ROUTE_TABLES.all(tx):
        for each in table.spec["Associations"]:
            if each["RouteTableAssociationId"] == given:
                return table, each
    raise AssociationNotFound(f"The association ID '{given}' does not exist")


def put_associations(tx: Tx, table: Resource, associations: list[dict[str, Any]]) -> None:
    ROUTE_TABLES.change(tx, table, spec={**table.spec, "Associations": associations})


class View:
    """Route tables as they are shown: with the local routes of their VPCs, and routes' states."""

    def __init__(self, tx: Tx) -> None:
        self.account = tx.call.account
        self.vpcs = {vpc.name: vpc for vpc in VPC.kind.all(tx)}
        gateways = {each.name: each.spec["VpcId"] for each in INTERNET_GATEWAYS.all(tx)}
        self.targets = gateways | {each.name: each.spec["VpcId"] for each in INTERFACES.all(tx)}

    def document(self, table: Resource) -> t.RouteTable:
        shown_table: Any = {
            **table.spec,
            "Associations": [
                {**each, "RouteTableId": table.name, "AssociationState": ASSOCIATED}
                for each in table.spec["Associations"]
            ],
            "OwnerId": self.account,
            "PropagatingVgws": [],
            "RouteTableId": table.name,
            "Routes": [*local_routes(self.vpcs[table.spec["VpcId"]]), *self.routes(table)],
            "Tags": shown(table.tags),
        }
        document: t.RouteTable = shown_table
        return document

    def routes(self, table: Resource) -> list[dict[str, Any]]:
        """The routes that were created; one is a black hole when its target left the VPC."""
        vpc = table.spec["VpcId"]
        return [
            {**route, "State": "active" if self.targets.get(target(route)) == vpc else "blackhole"}
            for route in table.spec["Routes"]
        ]


def target(route: Mapping[str, Any]) -> str:
    found: str = route.get("GatewayId") or route["NetworkInterfaceId"]
    return found


def local_routes(vpc: Resource) -> list[dict[str, Any]]:
    return [
        {
            "DestinationCidrBlock": block,
            "GatewayId": "local",
            "Origin": "CreateRouteTable",
            "State": "active",
        }
        for block in blocks(vpc)
    ]
