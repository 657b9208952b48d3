"""Security groups."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.network import interfaces, uses, vpcs
from forecourt.store.resources import Resource

from . import initial
from .describing import answer, matching, page, select
from .kinds import (
    RULE,
    SECURITY_GROUP,
    VPC,
    DependencyViolation,
    InvalidParameterValue,
    MissingParameter,
)
from .permissions import together
from .tags import at_creation, shown

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

Duplicate = common("InvalidGroup.Duplicate", 400)
Reserved = common("InvalidGroup.Reserved", 400)
CannotDelete = common("CannotDelete", 400)
LimitExceeded = common("SecurityGroupLimitExceeded", 400)
VpcIdNotSpecified = common("VPCIdNotSpecified", 400)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
CHARACTERS = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")
ALLOWED = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
PERMISSION = {
    "cidr": "IpRanges[].CidrIp",
    "from-port": "FromPort",
    "group-id": "UserIdGroupPairs[].GroupId",
    "group-name": "UserIdGroupPairs[].GroupName",
    "ipv6-cidr": "Ipv6Ranges[].CidrIpv6",
    "prefix-list-id": "PrefixListIds[].PrefixListId",
    "protocol": "IpProtocol",
    "to-port": "ToPort",
    "user-id": "UserIdGroupPairs[].UserId",
}
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html
FILTERS = {
    "description": "Description",
    "group-id": "GroupId",
    "group-name": "GroupName",
    "owner-id": "OwnerId",
    "vpc-id": "VpcId",
    **{f"ip-permission.{name}": f"IpPermissions[].{path}" for name, path in PERMISSION.items()},
    **{
        f"egress.ip-permission.{name}": f"IpPermissionsEgress[].{path}"
        for name, path in PERMISSION.items()
    },
}
FOR_VPC_FILTERS = {
    "description": "Description",
    "group-id": "GroupId",
    "group-name": "GroupName",
    "owner-id": "OwnerId",
    "primary-vpc-id": "PrimaryVpcId",
}


@ops.write
def create_security_group(tx: Tx, req: t.CreateSecurityGroupRequest) -> t.CreateSecurityGroupResult:
    """A group that lets everything out and nothing in."""
    name = group_name(req["GroupName"])
    if not CHARACTERS.fullmatch(req["Description"]):
        raise InvalidParameterValue(
            "Invalid security group description. Valid descriptions are strings less than 256"
            f" characters from the following set:  {ALLOWED}"
        )
    if "VpcId" in req:
        vpc = VPC.get(tx, req["VpcId"])
    elif (default := vpcs.default_vpc(tx)) is not None:
        vpc = default
    else:
        raise VpcIdNotSpecified("No default VPC for this user")
    tags = at_creation(req, SECURITY_GROUP)
    if any(each.spec["GroupName"] == name for each in vpcs.groups_of(tx, vpc.name)):
        raise Duplicate(f"The security group '{name}' already exists for VPC '{vpc.name}'")
    if SECURITY_GROUP.kind.count(tx) >= quotas.limit(tx, "MAX_SECURITY_GROUPS_BY_REGION"):
        raise LimitExceeded("The maximum number of security groups has been reached.")
    spec = {"Description": req["Description"], "GroupName": name, "VpcId": vpc.name}
    made = SECURITY_GROUP.kind.create(tx, SECURITY_GROUP.new_id(), spec, {}, tags)
    out = initial.everything(made.name, {"CidrIpv4": initial.ANYWHERE}, egress=True)
    RULE.kind.create(tx, RULE.new_id(), out, {})
    result: t.CreateSecurityGroupResult = {"GroupId": made.name, "SecurityGroupArn": made.arn}
    if tags:
        result["Tags"] = shown(tags)
    return result


@ops.read
def describe_security_groups(
    tx: Tx, req: t.DescribeSecurityGroupsRequest
) -> t.DescribeSecurityGroupsResult:
    """Groups by id, filters, or the names of groups of the default VPC."""
    named = (by_name(tx, name).name for name in req.get("GroupNames", []))
    ids = [*req.get("GroupIds", []), *named]
    documents = shown_groups(tx)
    found = select(SECURITY_GROUP, FILTERS, documents, req, ids, "GroupId")
    page: t.DescribeSecurityGroupsResult = answer("SecurityGroups", found)
    return page


@ops.read
def get_security_groups_for_vpc(
    tx: Tx, req: t.GetSecurityGroupsForVpcRequest
) -> t.GetSecurityGroupsForVpcResult:
    """The groups that can be used in a VPC."""
    vpc = VPC.get(tx, req["VpcId"])
    documents: list[dict[str, Any]] = [
        {
            "Description": each.spec["Description"],
            "GroupId": each.name,
            "GroupName": each.spec["GroupName"],
            "OwnerId": tx.call.account,
            "PrimaryVpcId": vpc.name,
            "Tags": shown(each.tags),
        }
        for each in vpcs.groups_of(tx, vpc.name)
    ]
    given: Mapping[str, Any] = req
    found = page(matching(documents, FOR_VPC_FILTERS, given), given, lambda each: each["GroupId"])
    result: t.GetSecurityGroupsForVpcResult = answer("SecurityGroupForVpcs", found)
    return result


@ops.write
def delete_security_group(tx: Tx, req: t.DeleteSecurityGroupRequest) -> t.DeleteSecurityGroupResult:
    """Delete a group that nothing uses and no other group's rule names."""
    group = given_group(tx, req)
    if group.spec["GroupName"] == "default":
        raise CannotDelete(
            f'the specified group: "{group.name}" name: "default" cannot be deleted by a user'
        )
    members = any(group.name in each.spec["Groups"] for each in interfaces.INTERFACES.all(tx))
    named = any(
        rule.spec.get("ReferencedGroupInfo", {}).get("GroupId") == group.name
        and rule.spec["GroupId"] != group.name
        for rule in RULE.kind.all(tx)
    )
    if members or named or uses.users(tx, group.arn):
        raise DependencyViolation(f"resource {group.name} has a dependent object")
    for rule in vpcs.rules_of(tx, group.name):
        RULE.kind.remove(tx, rule)
    SECURITY_GROUP.kind.remove(tx, group)
    return {"Return": True, "GroupId": group.name}


def given_group(tx: Tx, req: Mapping[str, Any]) -> Resource:
    """The group a request is about: by id, or by its name in the default VPC."""
    if "GroupId" in req:
        return SECURITY_GROUP.get(tx, req["GroupId"])
    if "GroupName" in req:
        return by_name(tx, req["GroupName"])
    raise MissingParameter("The request must contain the parameter groupName or groupId")


def by_name(tx: Tx, name: str) -> Resource:
    """A group of the default VPC."""
    vpc = vpcs.default_vpc(tx)
    for each in vpcs.groups_of(tx, vpc.name) if vpc else []:
        if each.spec["GroupName"] == name:
            return each
    where = f" in default VPC '{vpc.name}'" if vpc else ""
    raise SECURITY_GROUP.kind.missing(f"The security group '{name}' does not exist{where}")


def group_name(given: str) -> str:
    """A new group's name; blanks at its end do not count."""
    name = given.rstrip(" ")
    if not CHARACTERS.fullmatch(name):
        raise InvalidParameterValue(
            f"Value ({given}) for parameter GroupName is invalid. Valid names are strings less than"
            f" 256 characters from the following set:  {ALLOWED}"
        )
    if name.startswith("sg-"):
        raise InvalidParameterValue(
            f"Value ({given}) for parameter GroupName is invalid. Group names may not be in the"
            " format sg-*."
        )
    if name == "default":
        raise Reserved("The security group 'default' is reserved")
    return name


def shown_groups(tx: Tx) -> list[t.SecurityGroup]:
    """The caller's groups with their permissions, by id."""
    rules: dict[tuple[str, bool], list[Mapping[str, Any]]] = defaultdict(list)
    for rule in RULE.kind.all(tx):
        rules[rule.spec["GroupId"], rule.spec["IsEgress"]].append(rule.spec)
    groups: list[Any] = [
        {
            **group.spec,
            "GroupId": group.name,
            "IpPermissions": together(rules[group.name, False]),
            "IpPermissionsEgress": together(rules[group.name, True]),
            "OwnerId": tx.call.account,
            "SecurityGroupArn": group.arn,
            "Tags": shown(group.tags),
        }
        for group in SECURITY_GROUP.kind.all(tx)
    ]
    return groups
