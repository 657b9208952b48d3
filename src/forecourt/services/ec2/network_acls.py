"""Network ACLs: numbered rules for what enters and leaves subnets.

Every subnet has one, from the start its VPC's default; which one is in the subnet's document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.store.resources import Resource

from . import cidrs
from .describing import answer, select
from .idempotency import made_before, remembered
from .initial import ACL_ENTRIES, LAST
from .kinds import (
    NETWORK_ACL,
    NETWORK_ACLS,
    SUBNET,
    VPC,
    DependencyViolation,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    new_id,
)
from .tags import at_creation, shown

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

EntryExists = common("NetworkAclEntryAlreadyExists", 400)
EntryNotFound = common("InvalidNetworkAclEntry.NotFound", 400)
EntryLimitExceeded = common("NetworkAclEntryLimitExceeded", 400)
LimitExceeded = common("NetworkAclLimitExceeded", 400)
AssociationNotFound = common("InvalidAssociationID.NotFound", 400)
NUMBERS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "all": "-1"}
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html
FILTERS = {
    "association.association-id": "Associations[].NetworkAclAssociationId",
    "association.network-acl-id": "Associations[].NetworkAclId",
    "association.subnet-id": "Associations[].SubnetId",
    "default": "IsDefault",
    "entry.cidr": "Entries[].CidrBlock",
    "entry.egress": "Entries[].Egress",
    "entry.icmp.code": "Entries[].IcmpTypeCode.Code",
    "entry.icmp.type": "Entries[].IcmpTypeCode.Type",
    "entry.ipv6-cidr": "Entries[].Ipv6CidrBlock",
    "entry.port-range.from": "Entries[].PortRange.From",
    "entry.port-range.to": "Entries[].PortRange.To",
    "entry.protocol": "Entries[].Protocol",
    "entry.rule-action": "Entries[].RuleAction",
    "entry.rule-number": "Entries[].RuleNumber",
    "network-acl-id": "NetworkAclId",
    "owner-id": "OwnerId",
    "vpc-id": "VpcId",
}


@ops.write
def create_network_acl(tx: Tx, req: t.CreateNetworkAclRequest) -> t.CreateNetworkAclResult:
    """An ACL that lets nothing through."""
    vpc = VPC.get(tx, req["VpcId"])
    tags = at_creation(req, NETWORK_ACL)
    made = made_before(tx, NETWORK_ACLS, req)
    if made is None:
        there = sum(each.spec["VpcId"] == vpc.name for each in NETWORK_ACLS.all(tx))
        if there >= quotas.limit(tx, "MAX_NETWORK_ACLS_BY_VPC"):
            raise LimitExceeded("The maximum number of network ACLs has been reached.")
        entries = [each for each in ACL_ENTRIES if each["RuleNumber"] == LAST]
        spec = {"Entries": entries, "IsDefault": False, "VpcId": vpc.name}
        made = NETWORK_ACLS.create(tx, NETWORK_ACL.new_id(), spec, remembered(req), tags)
    result: t.CreateNetworkAclResult = {"NetworkAcl": document(tx, made, ())}
    if "ClientToken" in req:
        result["ClientToken"] = req["ClientToken"]
    return result


@ops.read
def describe_network_acls(tx: Tx, req: t.DescribeNetworkAclsRequest) -> t.DescribeNetworkAclsResult:
    members: dict[str, list[Resource]] = defaultdict(list)
    for subnet in SUBNET.kind.all(tx):
        members[subnet.spec["NetworkAclId"]].append(subnet)
    documents = [document(tx, each, members[each.name]) for each in NETWORK_ACLS.all(tx)]
    ids = req.get("NetworkAclIds")
    found = select(NETWORK_ACL, FILTERS, documents, req, ids, "NetworkAclId")
    page: t.DescribeNetworkAclsResult = answer("NetworkAcls", found)
    return page


@ops.write
def delete_network_acl(tx: Tx, req: t.DeleteNetworkAclRequest) -> None:
    acl = NETWORK_ACL.get(tx, req["NetworkAclId"])
    if acl.spec["IsDefault"]:
        raise InvalidParameterValue(f"cannot delete default network ACL {acl.name}")
    if any(each.spec["NetworkAclId"] == acl.name for each in SUBNET.kind.all(tx)):
        raise DependencyViolation(
            f"The networkAcl '{acl.name}' has dependencies and cannot be deleted."
        )
    NETWORK_ACLS.remove(tx, acl)


@ops.write
def create_network_acl_entry(tx: Tx, req: t.CreateNetworkAclEntryRequest) -> None:
    acl = NETWORK_ACL.get(tx, req["NetworkAclId"])
    made, entries = entry(req), acl.spec["Entries"]
    if any(place(each) == place(made) for each in entries):
        raise EntryExists(
            f"The network acl entry identified by {made['RuleNumber']} already exists."
        )
    there = sum(each["Egress"] == made["Egress"] for each in entries) - 1  # without the last
    if there >= quotas.limit(tx, "MAX_ENTRIES_BY_NETWORK_ACL"):
        raise EntryLimitExceeded("The maximum number of network ACL entries has been reached.")
    put_entries(tx, acl, [*entries, made])


@ops.write
def replace_network_acl_entry(tx: Tx, req: t.ReplaceNetworkAclEntryRequest) -> None:
    acl = NETWORK_ACL.get(tx, req["NetworkAclId"])
    put_entries(tx, acl, [*without(acl, req), entry(req)])


@ops.write
def delete_network_acl_entry(tx: Tx, req: t.DeleteNetworkAclEntryRequest) -> None:
    acl = NETWORK_ACL.get(tx, req["NetworkAclId"])
    check_number(req["RuleNumber"])
    put_entries(tx, acl, without(acl, req))


@ops.write
def replace_network_acl_association(
    tx: Tx, req: t.ReplaceNetworkAclAssociationRequest
) -> t.ReplaceNetworkAclAssociationResult:
    """Give the subnet of an association another ACL."""
    acl = NETWORK_ACL.get(tx, req["NetworkAclId"])
    given = req["AssociationId"]
    for subnet in SUBNET.kind.all(tx):
        if subnet.spec["NetworkAclAssociationId"] == given:
            break
    else:
        raise AssociationNotFound(f"The association ID '{given}' does not exist")
    if subnet.spec["VpcId"] != acl.spec["VpcId"]:
        raise InvalidParameterValue(
            f"network acl {acl.name} and subnet {subnet.name} belong to different networks"
        )
    association = new_id("aclassoc")
    changed = {"NetworkAclAssociationId": association, "NetworkAclId": acl.name}
    SUBNET.kind.change(tx, subnet, spec={**subnet.spec, **changed})
    return {"NewAssociationId": association}


def entry(req: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as a request gives it.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
    """
    check_number(req["RuleNumber"])
    protocol = NUMBERS.get(req["Protocol"].lower(), req["Protocol"])
    if protocol != "-1" and not (protocol.isascii() and protocol.isdecimal()):
        raise InvalidParameterValue(
            f"Invalid value '{protocol}' for IP protocol. Unknown protocol."
        )
    if ("CidrBlock" in req) == ("Ipv6CidrBlock" in req):
        wrong = InvalidParameterCombination if "CidrBlock" in req else MissingParameter
        raise wrong("The request must contain the parameter cidrBlock or ipv6CidrBlock")
    made: dict[str, Any] = {
        "Egress": req["Egress"],
        "Protocol": protocol,
        "RuleAction": req["RuleAction"],
        "RuleNumber": req["RuleNumber"],
    }
    if "CidrBlock" in req:
        made["CidrBlock"] = str(cidrs.ipv4(req["CidrBlock"]))
    else:
        made["Ipv6CidrBlock"] = str(cidrs.ipv6(req["Ipv6CidrBlock"], "ipv6CidrBlock"))
    if protocol in ("6", "17"):
        made["PortRange"] = ports(req)
    elif protocol in ("1", "58"):
        if "IcmpTypeCode" not in req:
            raise MissingParameter("The request must contain the parameter icmpTypeCode")
        made["IcmpTypeCode"] = {"Code": -1, "Type": -1, **req["IcmpTypeCode"]}
    return made


def ports(req: Mapping[str, Any]) -> dict[str, int]:
    given = req.get("PortRange", {})
    if "From" not in given or "To" not in given:
        raise MissingParameter("The request must contain the parameter portRange")
    if not 0 <= given["From"] <= given["To"] <= 65535:
        raise InvalidParameterValue(f"Invalid value '{given['From']}-{given['To']}' for portRange.")
    return dict(given)


def check_number(number: int) -> None:
    if not 0 < number < LAST:
        raise InvalidParameterValue(
            f"Value ({number}) for parameter ruleNumber is invalid. It must be from 1 to {LAST - 1}."
        )


def place(each: Mapping[str, Any]) -> tuple[bool, int]:
    return each["Egress"], each["RuleNumber"]


def without(acl: Resource, req: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An ACL's rules but the one a request names."""
    kept = [each for each in acl.spec["Entries"] if place(each) != place(req)]
    if len(kept) == len(acl.spec["Entries"]):
        kind = "egress" if req["Egress"] else "ingress"
        raise EntryNotFound(
            f"The specified {kind} rule number {req['RuleNumber']} does not exist in network acl"
            f" {acl.name}"
        )
    return kept


def put_entries(tx: Tx, acl: Resource, entries: list[dict[str, Any]]) -> None:
    ordered = sorted(entries, key=lambda each: (not each["Egress"], each["RuleNumber"]))
    NETWORK_ACLS.change(tx, acl, spec={**acl.spec, "Entries": ordered})


def document(tx: Tx, acl: Resource, subnets: list[Resource] | tuple[()]) -> t.NetworkAcl:
    shown_acl: Any = {
        **acl.spec,
        "Associations": [
            {
                "NetworkAclAssociationId": subnet.spec["NetworkAclAssociationId"],
                "NetworkAclId": acl.name,
                "SubnetId": subnet.name,
            }
            for subnet in subnets
        ],
        "NetworkAclId": acl.name,
        "OwnerId": tx.call.account,
        "Tags": shown(acl.tags),
    }
    document: t.NetworkAcl = shown_acl
    return document
