"""VPCs: made with what every VPC has, described, deleted when nothing is left in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.network import pools, uses, vpcs
from forecourt.platform.network.interfaces import INTERFACES
from forecourt.platform.network.zones import zones
from forecourt.store.resources import Resource, insert

from . import cidrs, dhcp_options, initial
from .describing import answer, select
from .kinds import (
    INTERNET_GATEWAYS,
    NETWORK_ACLS,
    ROUTE_TABLES,
    VPC,
    DependencyViolation,
    MissingParameter,
    UnsupportedOperation,
)
from .tags import at_creation, shown

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

DefaultVpcAlreadyExists = common("DefaultVpcAlreadyExists", 400)
VpcLimitExceeded = common("VpcLimitExceeded", 400)
# What would make another VPC than there can be here.
UNSUPPORTED = (
    "AmazonProvidedIpv6CidrBlock",
    "Ipv4IpamPoolId",
    "Ipv4NetmaskLength",
    "Ipv6CidrBlock",
    "Ipv6CidrBlockNetworkBorderGroup",
    "Ipv6IpamPoolId",
    "Ipv6NetmaskLength",
    "Ipv6Pool",
    "VpcEncryptionControl",
)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html
FILTERS = {
    "cidr": "CidrBlock",
    "cidr-block": "CidrBlock",
    "cidr-block-association.association-id": "CidrBlockAssociationSet[].AssociationId",
    "cidr-block-association.cidr-block": "CidrBlockAssociationSet[].CidrBlock",
    "cidr-block-association.state": "CidrBlockAssociationSet[].CidrBlockState.State",
    "cidrBlock": "CidrBlock",
    "dhcp-options-id": "DhcpOptionsId",
    "dhcpOptionsId": "DhcpOptionsId",
    "ipv6-cidr-block-association.association-id": "Ipv6CidrBlockAssociationSet[].AssociationId",
    "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock",
    "ipv6-cidr-block-association.ipv6-pool": "Ipv6CidrBlockAssociationSet[].Ipv6Pool",
    "ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlockState.State",
    "is-default": "IsDefault",
    "isDefault": "IsDefault",
    "owner-id": "OwnerId",
    "state": "State",
    "vpc-id": "VpcId",
}


@ops.write
def create_vpc(tx: Tx, req: t.CreateVpcRequest) -> t.CreateVpcResult:
    """A VPC with its security group, route table and network ACL."""
    refuse(req, UNSUPPORTED)
    if req.get("InstanceTenancy", "default") != "default":
        raise UnsupportedOperation("Only the tenancy default is supported.")
    if "CidrBlock" not in req:
        raise MissingParameter("Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
    block = cidrs.of_vpc(req["CidrBlock"])
    tags = at_creation(req, VPC)
    check_quota(tx)
    name = VPC.new_id()
    rows, _ = initial.vpc(here(tx), name, str(block), dhcp_options.initial_set(tx), tags=tags)
    insert(tx, rows)
    return {"Vpc": document(tx, VPC.get(tx, name))}


@ops.write
def create_default_vpc(tx: Tx, req: t.CreateDefaultVpcRequest) -> t.CreateDefaultVpcResult:
    """The default VPC again, after it was deleted."""
    if vpcs.default_vpc(tx) is not None:
        raise DefaultVpcAlreadyExists(
            "A Default VPC already exists for this account in this region."
        )
    check_quota(tx)
    place = here(tx)
    name, rows = initial.default_vpc(place, dhcp_options.initial_set(tx), zones(place.region))
    insert(tx, rows)
    return {"Vpc": document(tx, VPC.get(tx, name))}


@ops.read
def describe_vpcs(tx: Tx, req: t.DescribeVpcsRequest) -> t.DescribeVpcsResult:
    documents = [document(tx, each) for each in VPC.kind.all(tx)]
    found = select(VPC, FILTERS, documents, req, req.get("VpcIds"), "VpcId")
    page: t.DescribeVpcsResult = answer("Vpcs", found)
    return page


@ops.write
def delete_vpc(tx: Tx, req: t.DeleteVpcRequest) -> None:
    """Delete a VPC that has nothing but what it was made with."""
    vpc = VPC.get(tx, req["VpcId"])
    own = [*groups(tx, vpc), *route_tables(tx, vpc), *acls(tx, vpc)]
    if in_use(tx, vpc) or not all(made_with(each) for each in own):
        raise DependencyViolation(f"The vpc '{vpc.name}' has dependencies and cannot be deleted.")
    for group in groups(tx, vpc):
        for rule in vpcs.rules_of(tx, group.name):
            VPC.kind.remove(tx, rule)
    for each in (*own, vpc):
        VPC.kind.remove(tx, each)
    pools.release(tx, vpc.arn)


def in_use(tx: Tx, vpc: Resource) -> bool:
    """Whether anything stands in or on a VPC."""
    return bool(
        vpcs.subnets_of(tx, vpc.name)
        or any(each.spec["VpcId"] == vpc.name for each in INTERFACES.all(tx))
        or any(each.spec["VpcId"] == vpc.name for each in INTERNET_GATEWAYS.all(tx))
        or uses.users(tx, vpc.arn)
        or any(uses.users(tx, group.arn) for group in groups(tx, vpc))
    )


def made_with(part: Resource) -> bool:
    """Whether a VPC had this security group, route table or network ACL from the start."""
    spec = part.spec
    main = any(each["Main"] for each in spec.get("Associations", ()))
    return main or bool(spec.get("IsDefault")) or spec.get("GroupName") == "default"


def groups(tx: Tx, vpc: Resource) -> list[Resource]:
    return vpcs.groups_of(tx, vpc.name)


def route_tables(tx: Tx, vpc: Resource) -> list[Resource]:
    return [each for each in ROUTE_TABLES.all(tx) if each.spec["VpcId"] == vpc.name]


def acls(tx: Tx, vpc: Resource) -> list[Resource]:
    return [each for each in NETWORK_ACLS.all(tx) if each.spec["VpcId"] == vpc.name]


def here(tx: Tx) -> initial.Place:
    return initial.Place(tx, tx.call.account, tx.call.region)


def check_quota(tx: Tx) -> None:
    if VPC.kind.count(tx) >= quotas.limit(tx, "MAX_VPCS_BY_REGION"):
        raise VpcLimitExceeded("The maximum number of VPCs has been reached.")


def refuse(req: Mapping[str, Any], members: tuple[str, ...]) -> None:
    """Say that something asked for cannot be had, rather than do without it."""
    given = [name for name in members if req.get(name)]
    if given:
        raise UnsupportedOperation(f"Not supported: {', '.join(given)}.")


def blocks(vpc: Resource) -> list[str]:
    """The IPv4 blocks of a VPC."""
    return [each["CidrBlock"] for each in vpc.spec["CidrBlockAssociationSet"]]


def document(tx: Tx, vpc: Resource) -> t.Vpc:
    shown_vpc: Any = {
        **vpc.spec,
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "OwnerId": tx.call.account,
        "Tags": shown(vpc.tags),
        "VpcId": vpc.name,
    }
    document: t.Vpc = shown_vpc
    return document
