"""What VPCs and subnets have from the start, as rows of resources.

A VPC has a security group that lets its members talk with each other, a main route table, and a
network ACL that lets everything through.
https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from .kinds import (
    DHCP_OPTION,
    INTERNET_GATEWAY,
    NETWORK_ACL,
    ROUTE_TABLE,
    RULE,
    SECURITY_GROUP,
    SUBNET,
    VPC,
    Type,
    new_id,
)

if TYPE_CHECKING:
    from forecourt.platform.network.zones import Zone
    from forecourt.store.tx import Tx

Row = Mapping[str, Any]
DEFAULT_CIDR = "172.31.0.0/16"
DEFAULT_SUBNETS = [str(each) for each in IPv4Network(DEFAULT_CIDR).subnets(new_prefix=20)]
ANYWHERE = "0.0.0.0/0"
LAST = 32767  # the number of the rule that denies what no other allowed

ACL_ENTRIES = [
    {
        "CidrBlock": ANYWHERE,
        "Egress": egress,
        "Protocol": "-1",
        "RuleAction": action,
        "RuleNumber": number,
    }
    for egress in (True, False)
    for number, action in ((100, "allow"), (LAST, "deny"))
]


class Place:
    """Where new rows belong: an account and a region."""

    def __init__(self, tx: Tx, account: str, region: str) -> None:
        self.tx, self.account, self.region = tx, account, region

    def row(
        self, type_: Type, name: str, spec: Row, tags: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        return type_.kind.row(self.tx, self.account, self.region, name, spec, {}, tags or {})


def default_vpc(place: Place, dhcp_options: str, zones: tuple[Zone, ...]) -> tuple[str, list[Row]]:
    """A default VPC's id, and its rows: with a subnet in each zone and a way to the internet."""
    gateway, vpc_id = INTERNET_GATEWAY.new_id(), VPC.new_id()
    rows, acl = vpc(place, vpc_id, DEFAULT_CIDR, dhcp_options, is_default=True, gateway=gateway)
    rows.append(place.row(INTERNET_GATEWAY, gateway, {"VpcId": vpc_id}))
    for zone, block in zip(zones, DEFAULT_SUBNETS, strict=False):
        spec = subnet(vpc_id, acl, zone, block, is_default=True)
        rows.append(place.row(SUBNET, SUBNET.new_id(), spec))
    return vpc_id, rows


def vpc(
    place: Place,
    vpc_id: str,
    block: str,
    dhcp_options: str,
    *,
    is_default: bool = False,
    gateway: str = "",
    tags: Mapping[str, str] | None = None,
) -> tuple[list[Row], str]:
    """A new VPC's rows, and the id of its network ACL."""
    group, acl = SECURITY_GROUP.new_id(), NETWORK_ACL.new_id()
    routes = [route(ANYWHERE, {"GatewayId": gateway})] if gateway else []
    main = {"RouteTableAssociationId": new_id("rtbassoc"), "Main": True}
    itself = {"ReferencedGroupInfo": {"GroupId": group, "UserId": place.account}}
    return [
        place.row(
            VPC,
            vpc_id,
            {
                "CidrBlock": block,
                "CidrBlockAssociationSet": [cidr_association(block)],
                "DhcpOptionsId": dhcp_options,
                "EnableDnsHostnames": is_default,
                "EnableDnsSupport": True,
                "EnableNetworkAddressUsageMetrics": False,
                "InstanceTenancy": "default",
                "IsDefault": is_default,
                "State": "available",
            },
            tags,
        ),
        place.row(
            SECURITY_GROUP,
            group,
            {
                "Description": "default VPC security group",
                "GroupName": "default",
                "VpcId": vpc_id,
            },
        ),
        place.row(RULE, RULE.new_id(), everything(group, itself, egress=False)),
        place.row(RULE, RULE.new_id(), everything(group, {"CidrIpv4": ANYWHERE}, egress=True)),
        place.row(
            ROUTE_TABLE,
            ROUTE_TABLE.new_id(),
            {"Associations": [main], "Routes": routes, "VpcId": vpc_id},
        ),
        place.row(NETWORK_ACL, acl, {"Entries": ACL_ENTRIES, "IsDefault": True, "VpcId": vpc_id}),
    ], acl


def subnet(
    vpc_id: str, acl: str, zone: Zone, block: str, *, is_default: bool = False
) -> dict[str, Any]:
    """A new subnet's document."""
    return {
        "AssignIpv6AddressOnCreation": False,
        "AvailabilityZone": zone.name,
        "AvailabilityZoneId": zone.id,
        "CidrBlock": block,
        "DefaultForAz": is_default,
        "EnableDns64": False,
        "Ipv6Native": False,
        "MapCustomerOwnedIpOnLaunch": False,
        "MapPublicIpOnLaunch": is_default,
        "NetworkAclAssociationId": new_id("aclassoc"),
        "NetworkAclId": acl,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": False,
            "EnableResourceNameDnsAAAARecord": False,
        },
        "State": "available",
        "VpcId": vpc_id,
    }


def dhcp_options(place: Place) -> tuple[str, Row]:
    """The DHCP options a region has from the start: their id and row."""
    name = DHCP_OPTION.new_id()
    configurations = {
        "domain-name": [internal_domain(place.region)],
        "domain-name-servers": ["AmazonProvidedDNS"],
    }
    return name, place.row(DHCP_OPTION, name, {"Configurations": configurations, "Initial": True})


def internal_domain(region: str) -> str:
    """https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html"""
    return "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"


def cidr_association(block: str) -> dict[str, Any]:
    return {
        "AssociationId": new_id("vpc-cidr-assoc"),
        "CidrBlock": block,
        "CidrBlockState": {"State": "associated"},
    }


def route(block: str, target: Mapping[str, str]) -> dict[str, Any]:
    return {"DestinationCidrBlock": block, "Origin": "CreateRoute", **target}


def everything(group: str, source: Mapping[str, Any], *, egress: bool) -> dict[str, Any]:
    """The document of a rule of a security group that allows all traffic."""
    return {
        "FromPort": -1,
        "GroupId": group,
        "IpProtocol": "-1",
        "IsEgress": egress,
        "ToPort": -1,
        **source,
    }
