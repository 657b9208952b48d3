"""Subnets: blocks of a VPC in one availability zone."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.network import interfaces, pools, uses, vpcs
from forecourt.platform.network.zones import Zone, zones
from forecourt.store.resources import Resource

from . import cidrs, initial
from .describing import answer, select
from .kinds import (
    NETWORK_ACLS,
    ROUTE_TABLES,
    SUBNET,
    VPC,
    DependencyViolation,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
)
from .tags import at_creation, shown
from .vpcs import blocks, refuse

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

SubnetLimitExceeded = common("SubnetLimitExceeded", 400)
DefaultVpcDoesNotExist = common("DefaultVpcDoesNotExist", 400)
DefaultSubnetAlreadyExists = common("DefaultSubnetAlreadyExistsInAvailabilityZone", 400)
UNSUPPORTED = (
    "Ipv4IpamPoolId",
    "Ipv4NetmaskLength",
    "Ipv6CidrBlock",
    "Ipv6IpamPoolId",
    "Ipv6Native",
    "Ipv6NetmaskLength",
    "OutpostArn",
)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html
FILTERS = {
    "availability-zone": "AvailabilityZone",
    "availabilityZone": "AvailabilityZone",
    "availability-zone-id": "AvailabilityZoneId",
    "availabilityZoneId": "AvailabilityZoneId",
    "available-ip-address-count": "AvailableIpAddressCount",
    "cidr": "CidrBlock",
    "cidr-block": "CidrBlock",
    "cidrBlock": "CidrBlock",
    "customer-owned-ipv4-pool": "CustomerOwnedIpv4Pool",
    "default-for-az": "DefaultForAz",
    "defaultForAz": "DefaultForAz",
    "enable-dns64": "EnableDns64",
    "enable-lni-at-device-index": "EnableLniAtDeviceIndex",
    "ipv6-cidr-block-association.association-id": "Ipv6CidrBlockAssociationSet[].AssociationId",
    "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock",
    "ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlockState.State",
    "ipv6-native": "Ipv6Native",
    "map-customer-owned-ip-on-launch": "MapCustomerOwnedIpOnLaunch",
    "map-public-ip-on-launch": "MapPublicIpOnLaunch",
    "outpost-arn": "OutpostArn",
    "owner-id": "OwnerId",
    "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": (
        "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord"
    ),
    "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": (
        "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord"
    ),
    "private-dns-name-options-on-launch.hostname-type": (
        "PrivateDnsNameOptionsOnLaunch.HostnameType"
    ),
    "state": "State",
    "subnet-arn": "SubnetArn",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}


@ops.write
def create_subnet(tx: Tx, req: t.CreateSubnetRequest) -> t.CreateSubnetResult:
    """A subnet, in the zone asked for or in any."""
    refuse(req, UNSUPPORTED)
    vpc = VPC.get(tx, req["VpcId"])
    if "CidrBlock" not in req:
        raise MissingParameter("Either 'ipv6CidrBlock' or 'cidrBlock' should be provided.")
    existing = vpcs.subnets_of(tx, vpc.name)
    others = [each.spec["CidrBlock"] for each in existing]
    block = cidrs.of_subnet(req["CidrBlock"], blocks(vpc), others)
    zone = choose_zone(tx, req.get("AvailabilityZone"), req.get("AvailabilityZoneId"), existing)
    tags = at_creation(req, SUBNET)
    if len(existing) >= quotas.limit(tx, "MAX_SUBNETS_BY_VPC"):
        raise SubnetLimitExceeded("The maximum number of subnets has been reached.")
    spec = initial.subnet(vpc.name, default_acl(tx, vpc), zone, str(block))
    made = SUBNET.kind.create(tx, SUBNET.new_id(), spec, {}, tags)
    return {"Subnet": document(tx, made, 0)}


@ops.write
def create_default_subnet(tx: Tx, req: t.CreateDefaultSubnetRequest) -> t.CreateDefaultSubnetResult:
    """A subnet of the default VPC in a zone that has none, in the first block that is free."""
    refuse(req, ("Ipv6Native",))
    if "AvailabilityZone" not in req and "AvailabilityZoneId" not in req:
        raise MissingParameter("The request must contain the parameter availabilityZone")
    zone = choose_zone(tx, req.get("AvailabilityZone"), req.get("AvailabilityZoneId"), [])
    vpc = vpcs.default_vpc(tx)
    if vpc is None:
        raise DefaultVpcDoesNotExist("No default VPC exists for this account in this region.")
    existing = vpcs.subnets_of(tx, vpc.name)
    for each in existing:
        if each.spec["DefaultForAz"] and each.spec["AvailabilityZone"] == zone.name:
            raise DefaultSubnetAlreadyExists(
                f"'{each.name}' is already the default subnet in {zone.name}."
            )
    taken = [IPv4Network(each.spec["CidrBlock"]) for each in existing]
    for block in initial.DEFAULT_SUBNETS:
        if not any(IPv4Network(block).overlaps(other) for other in taken):
            break
    else:
        raise common("InsufficientCidrBlocks", 400)(
            "There are not enough CIDR blocks available to create a default subnet."
        )
    spec = initial.subnet(vpc.name, default_acl(tx, vpc), zone, block, is_default=True)
    return {"Subnet": document(tx, SUBNET.kind.create(tx, SUBNET.new_id(), spec, {}), 0)}


@ops.read
def describe_subnets(tx: Tx, req: t.DescribeSubnetsRequest) -> t.DescribeSubnetsResult:
    taken = Counter(
        each.spec["SubnetId"]
        for each in interfaces.INTERFACES.all(tx)
        for _ in each.spec["PrivateIpAddresses"]
    )
    documents = [document(tx, each, taken[each.name]) for each in SUBNET.kind.all(tx)]
    found = select(SUBNET, FILTERS, documents, req, req.get("SubnetIds"), "SubnetId")
    page: t.DescribeSubnetsResult = answer("Subnets", found)
    return page


@ops.write
def modify_subnet_attribute(tx: Tx, req: t.ModifySubnetAttributeRequest) -> None:
    """Change one attribute.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html
    """
    subnet = SUBNET.get(tx, req["SubnetId"])
    given: dict[str, Any] = {k: v for k, v in req.items() if k != "SubnetId"}
    refuse(
        {k: v.get("Value") if isinstance(v, dict) else v for k, v in given.items()},
        (
            "AssignIpv6AddressOnCreation",  # the subnet has no IPv6 block
            "CustomerOwnedIpv4Pool",
            "DisableLniAtDeviceIndex",
            "EnableDns64",
            "EnableLniAtDeviceIndex",
            "MapCustomerOwnedIpOnLaunch",
        ),
    )
    if len(given) != 1:
        wrong = InvalidParameterCombination if given else MissingParameter
        raise wrong("Exactly one attribute of a subnet is modified by a request.")
    ((name, value),) = given.items()
    value = bool(value.get("Value", False)) if isinstance(value, dict) else value
    names = subnet.spec["PrivateDnsNameOptionsOnLaunch"]
    changed: dict[str, Any] = {name: value}
    if name == "PrivateDnsHostnameTypeOnLaunch":
        changed = {"PrivateDnsNameOptionsOnLaunch": {**names, "HostnameType": value}}
    elif name.startswith("EnableResourceNameDns"):
        member = name.removesuffix("OnLaunch")
        changed = {"PrivateDnsNameOptionsOnLaunch": {**names, member: value}}
    SUBNET.kind.change(tx, subnet, spec={**subnet.spec, **changed})


@ops.write
def delete_subnet(tx: Tx, req: t.DeleteSubnetRequest) -> None:
    """Delete a subnet nothing is in; its associations go with it."""
    subnet = SUBNET.get(tx, req["SubnetId"])
    if interfaces.of_subnet(tx, subnet.name) or uses.users(tx, subnet.arn):
        raise DependencyViolation(
            f"The subnet '{subnet.name}' has dependencies and cannot be deleted."
        )
    for table in ROUTE_TABLES.all(tx):
        associations = table.spec["Associations"]
        kept = [each for each in associations if each.get("SubnetId") != subnet.name]
        if len(kept) < len(associations):
            ROUTE_TABLES.change(tx, table, spec={**table.spec, "Associations": kept})
    SUBNET.kind.remove(tx, subnet)
    pools.release(tx, subnet.arn)


def choose_zone(tx: Tx, name: str | None, id_: str | None, existing: list[Resource]) -> Zone:
    """The zone asked for, else the one with the fewest of the subnets there are."""
    all_zones = zones(tx.call.region)
    if name is None and id_ is None:
        used = Counter(each.spec["AvailabilityZone"] for each in existing)
        return min(all_zones, key=lambda zone: used[zone.name])
    for zone in all_zones:
        if name in (None, zone.name) and id_ in (None, zone.id):
            return zone
    parameter = "availabilityZone" if name is not None else "availabilityZoneId"
    possible = ", ".join(zone.name if name is not None else zone.id for zone in all_zones)
    raise InvalidParameterValue(
        f"Value ({name or id_}) for parameter {parameter} is invalid. Subnets can currently only be"
        f" created in the following availability zones: {possible}."
    )


def default_acl(tx: Tx, vpc: Resource) -> str:
    return next(
        each.name
        for each in NETWORK_ACLS.all(tx)
        if each.spec["VpcId"] == vpc.name and each.spec["IsDefault"]
    )


def document(tx: Tx, subnet: Resource, taken: int) -> t.Subnet:
    """A subnet as it is shown; `taken` of its addresses are in use."""
    shown_subnet: Any = {
        **subnet.spec,
        "AvailableIpAddressCount": (
            interfaces.capacity(IPv4Network(subnet.spec["CidrBlock"])) - taken
        ),
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "Ipv6CidrBlockAssociationSet": [],
        "OwnerId": tx.call.account,
        "SubnetArn": subnet.arn,
        "SubnetId": subnet.name,
        "Tags": shown(subnet.tags),
    }
    document: t.Subnet = shown_subnet
    return document
