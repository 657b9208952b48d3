"""EC2 as IAM sees it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.platform.identity.actions import Action, Authorization, Params, Values, expand, on
from forecourt.platform.network import vpcs

from .kinds import ROUTE_TABLE, SUBNET, TYPES, VPC, Type

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

HERE = "arn:aws:ec2:{region}:{account}:"
# Condition keys that name the resource a request is about, by the member that does.
IDS = {
    "DhcpOptionsId": "ec2:dhcpoptionsid",
    "GroupId": "ec2:securitygroupid",
    "InternetGatewayId": "ec2:internetgatewayid",
    "NetworkAclId": "ec2:networkaclid",
    "NetworkInterfaceId": "ec2:networkinterfaceid",
    "RouteTableId": "ec2:routetableid",
    "SubnetId": "ec2:subnetid",
    "VpcId": "ec2:vpcid",
}


def keys(tx: Tx, req: Params) -> Values:
    """What the request decides, and the VPC of what it is about."""
    found = {"ec2:region": (tx.call.region,)}
    for member, key in IDS.items():
        if isinstance(given := req.get(member), str):
            found[key] = (given,)
            if vpc := vpc_of(tx, given):
                found["ec2:vpc"] = (vpcs.arn(VPC.kind, tx.call.region, tx.call.account, vpc),)
    return found


def vpc_of(tx: Tx, given: str) -> str | None:
    """The VPC that a resource is in, or is."""
    type_ = TYPES.get(given.partition("-")[0])
    resource = type_.kind.find(tx, given) if type_ else None
    if resource is None:
        return None
    found: str | None = resource.name if type_ is VPC else resource.spec.get("VpcId")
    return found


def of(*templates: str, **more: Any) -> Action:
    return on(*(HERE + template for template in templates), keys=keys, **more)


def made(kind: str, *others: str) -> tuple[Action, ...]:
    """Making a resource, and tagging it then."""

    def create_action(tx: Tx, req: Params) -> Values:
        return {**keys(tx, req), "ec2:createaction": (tx.call.operation,)}

    tags = on(f"{HERE}{kind}/*", name="CreateTags", when="TagSpecifications[]", keys=create_action)
    return (of(f"{kind}/*", *others), tags)


def tagged(tx: Tx, req: Params) -> list[str]:
    """The resources of ids of any kind; one of no kind is for the operation to refuse."""
    types = ((TYPES.get(each.partition("-")[0]), each) for each in req["Resources"])
    return [arn(tx, type_, each) for type_, each in types if type_ is not None] or ["*"]


def group(tx: Tx, req: Params) -> list[str]:
    """A security group by id, or by its name in the default VPC."""
    if "GroupId" in req:
        return [f"{expand(HERE, here(tx))[0]}security-group/{req['GroupId']}"]
    vpc = vpcs.default_vpc(tx)
    named = vpcs.groups_of(tx, vpc.name) if vpc else []
    return [each.arn for each in named if each.spec["GroupName"] == req.get("GroupName")] or ["*"]


def rules(tx: Tx, req: Params) -> list[str]:
    """A group and those of its rules that are changed."""
    ids = (each["SecurityGroupRuleId"] for each in req["SecurityGroupRules"])
    start = expand(HERE, here(tx))[0]
    return [*group(tx, req), *(f"{start}security-group-rule/{each}" for each in ids)]


def associated(tx: Tx, req: Params) -> list[str]:
    """What an association is between: a block and its VPC, or a table and a subnet or gateway."""
    given, found = req["AssociationId"], []
    for type_, member, id_ in (
        (VPC, "CidrBlockAssociationSet", "AssociationId"),
        (ROUTE_TABLE, "Associations", "RouteTableAssociationId"),
    ):
        for each in type_.kind.all(tx):
            for association in each.spec[member]:
                if association[id_] == given:
                    found += [each.arn, *ends(tx, association)]
    if "RouteTableId" in req:
        found.append(arn(tx, ROUTE_TABLE, req["RouteTableId"]))
    return found or ["*"]


def acl_associated(tx: Tx, req: Params) -> list[str]:
    """A network ACL, and the subnet of an association."""
    given = req["AssociationId"]
    subnets = SUBNET.kind.all(tx)
    there = [each.arn for each in subnets if each.spec["NetworkAclAssociationId"] == given]
    return [arn(tx, TYPES["acl"], req["NetworkAclId"]), *there]


def ends(tx: Tx, association: Mapping[str, Any]) -> Iterable[str]:
    for member, prefix in (("SubnetId", "subnet"), ("GatewayId", "igw")):
        if member in association:
            yield arn(tx, TYPES[prefix], association[member])


def arn(tx: Tx, type_: Type, given: str) -> str:
    return vpcs.arn(type_.kind, tx.call.region, tx.call.account, given)


def here(tx: Tx) -> dict[str, str]:
    return {"region": tx.call.region, "account": tx.call.account}


ANY = on("*", keys=keys)
ACL = of("network-acl/{NetworkAclId}")
GROUP = Action(group, keys=keys)
INTERFACE = of("network-interface/{NetworkInterfaceId}")
TABLE = of("route-table/{RouteTableId}")
VPC_ = of("vpc/{VpcId}")
RULES_MADE = (
    GROUP,
    on(f"{HERE}security-group-rule/*", name="CreateTags", when="TagSpecifications[]", keys=keys),
)
TAGGED = Action(tagged, keys=keys)

ACTIONS: dict[str, Action | tuple[Action, ...]] = {
    "AssignPrivateIpAddresses": INTERFACE,
    "AssociateDhcpOptions": of("dhcp-options/{DhcpOptionsId}", "vpc/{VpcId}"),
    "AssociateRouteTable": of(
        "route-table/{RouteTableId}", "subnet/{SubnetId}", "internet-gateway/{GatewayId}"
    ),
    "AssociateVpcCidrBlock": VPC_,
    "AttachInternetGateway": of("internet-gateway/{InternetGatewayId}", "vpc/{VpcId}"),
    "AuthorizeSecurityGroupEgress": RULES_MADE,
    "AuthorizeSecurityGroupIngress": RULES_MADE,
    "CreateDefaultSubnet": ANY,
    "CreateDefaultVpc": ANY,
    "CreateDhcpOptions": made("dhcp-options"),
    "CreateInternetGateway": made("internet-gateway"),
    "CreateNetworkAcl": made("network-acl", "vpc/{VpcId}"),
    "CreateNetworkAclEntry": ACL,
    "CreateNetworkInterface": made(
        "network-interface", "subnet/{SubnetId}", "security-group/{Groups[]}"
    ),
    "CreateRoute": TABLE,
    "CreateRouteTable": made("route-table", "vpc/{VpcId}"),
    "CreateSecurityGroup": made("security-group", "vpc/{VpcId}"),
    "CreateSubnet": made("subnet", "vpc/{VpcId}"),
    "CreateTags": TAGGED,
    "CreateVpc": made("vpc"),
    "DeleteDhcpOptions": of("dhcp-options/{DhcpOptionsId}"),
    "DeleteInternetGateway": of("internet-gateway/{InternetGatewayId}"),
    "DeleteNetworkAcl": ACL,
    "DeleteNetworkAclEntry": ACL,
    "DeleteNetworkInterface": INTERFACE,
    "DeleteRoute": TABLE,
    "DeleteRouteTable": TABLE,
    "DeleteSecurityGroup": GROUP,
    "DeleteSubnet": of("subnet/{SubnetId}"),
    "DeleteTags": TAGGED,
    "DeleteVpc": VPC_,
    "DescribeAccountAttributes": ANY,
    "DescribeAvailabilityZones": ANY,
    "DescribeDhcpOptions": ANY,
    "DescribeInternetGateways": ANY,
    "DescribeNetworkAcls": ANY,
    "DescribeNetworkInterfaceAttribute": ANY,
    "DescribeNetworkInterfaces": ANY,
    "DescribeRegions": ANY,
    "DescribeRouteTables": ANY,
    "DescribeSecurityGroupRules": ANY,
    "DescribeSecurityGroups": ANY,
    "DescribeSubnets": ANY,
    "DescribeTags": ANY,
    "DescribeVpcAttribute": VPC_,
    "DescribeVpcs": ANY,
    "DetachInternetGateway": of("internet-gateway/{InternetGatewayId}", "vpc/{VpcId}"),
    "DisassociateRouteTable": Action(associated, keys=keys),
    "DisassociateVpcCidrBlock": Action(associated, keys=keys),
    "GetSecurityGroupsForVpc": VPC_,
    "ModifyNetworkInterfaceAttribute": of(
        "network-interface/{NetworkInterfaceId}", "security-group/{Groups[]}"
    ),
    "ModifySecurityGroupRules": Action(rules, keys=keys),
    "ModifySubnetAttribute": of("subnet/{SubnetId}"),
    "ModifyVpcAttribute": VPC_,
    "ReplaceNetworkAclAssociation": Action(acl_associated, keys=keys),
    "ReplaceNetworkAclEntry": ACL,
    "ReplaceRoute": TABLE,
    "ReplaceRouteTableAssociation": Action(associated, keys=keys),
    "ResetNetworkInterfaceAttribute": INTERFACE,
    "RevokeSecurityGroupEgress": GROUP,
    "RevokeSecurityGroupIngress": GROUP,
    "UnassignPrivateIpAddresses": INTERFACE,
    "UpdateSecurityGroupRuleDescriptionsEgress": GROUP,
    "UpdateSecurityGroupRuleDescriptionsIngress": GROUP,
}

AUTHORIZATION = Authorization("ec2", ACTIONS)
