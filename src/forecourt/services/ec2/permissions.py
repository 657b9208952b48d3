"""Permissions as requests give them, taken apart into rules, and rules put together again.

One IpPermission is a protocol and ports with many sources; one rule has one source and an id.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.platform.network import vpcs
from forecourt.store.resources import Resource

from .kinds import SECURITY_GROUP, InvalidParameterValue, MissingParameter

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

Spec = Mapping[str, Any]
NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
WITH_PORTS, WITH_TYPES = ("tcp", "udp"), ("icmp", "icmpv6")
ALL = "-1"
PORTS = 65535
DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
SOURCES = ("CidrIpv4", "CidrIpv6", "ReferencedGroupInfo")
PrefixListNotFound = common("InvalidPrefixListID.NotFound", 400)
# The member of the list in a permission, of an item in it, and of the rule.
RANGES = (("IpRanges", "CidrIp", "CidrIpv4"), ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"))


def permissions_of(req: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The permissions of a request, which may say a single one without the structure."""
    if req.get("IpPermissions"):
        return list(req["IpPermissions"])
    if "IpProtocol" not in req and "SourceSecurityGroupName" not in req:
        return []
    single: dict[str, Any] = {
        key: req[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in req
    }
    if "CidrIp" in req:
        single["IpRanges"] = [{"CidrIp": req["CidrIp"]}]
    if "SourceSecurityGroupName" in req:
        pair = {"GroupName": req["SourceSecurityGroupName"]}
        if "SourceSecurityGroupOwnerId" in req:
            pair["UserId"] = req["SourceSecurityGroupOwnerId"]
        single["UserIdGroupPairs"] = [pair]
    single.setdefault("IpProtocol", ALL)
    return [single]


def rules_of(
    tx: Tx, group: Resource, permissions: Iterable[Mapping[str, Any]], *, egress: bool
) -> list[dict[str, Any]]:
    """The documents of the rules that permissions for a group stand for."""
    found = []
    for permission in permissions:
        head = {
            "GroupId": group.name,
            "IsEgress": egress,
            **traffic(
                permission.get("IpProtocol"),
                permission.get("FromPort"),
                permission.get("ToPort"),
            ),
        }
        sources = list(sources_of(tx, group, permission))
        if not sources:
            raise MissingParameter("The request must contain the parameter ipRanges")
        found += [{**head, **source} for source in sources]
    return found


def sources_of(tx: Tx, group: Resource, permission: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """Each source of a permission, as a rule has it, with its description."""
    for listed, inside, member in RANGES:
        for item in permission.get(listed, []):
            yield {member: canonical(item.get(inside, ""), member)} | described(item)
    for item in permission.get("UserIdGroupPairs", []):
        yield {"ReferencedGroupInfo": referenced(tx, group, item)} | described(item)
    for item in permission.get("PrefixListIds", []):
        raise no_prefix_list(item.get("PrefixListId", ""))


def traffic(protocol: str | None, first: int | None, last: int | None) -> dict[str, Any]:
    """Protocol and ports as a rule has them: -1 for all of them, or an ICMP type and code."""
    if protocol is None:
        raise MissingParameter("The request must contain the parameter ipProtocol")
    protocol = NAMES.get(protocol, protocol.lower())
    number = protocol.isascii() and protocol.isdecimal() and int(protocol[:4]) <= 255
    if protocol not in (ALL, *NAMES.values()) and not number:
        raise InvalidParameterValue(
            f"Invalid value '{protocol}' for IP protocol. Unknown protocol."
        )
    if protocol in WITH_PORTS:
        check_ports(protocol, first, last)
    elif protocol in WITH_TYPES:
        first = -1 if first is None else first
        last = -1 if last is None else last
        if not (-1 <= first <= 255 and -1 <= last <= 255) or (first == -1 and last != -1):
            raise InvalidParameterValue(f"ICMP type ({first}) or code ({last}) out of range")
    else:
        first = last = -1
    return {"IpProtocol": protocol, "FromPort": first, "ToPort": last}


def check_ports(protocol: str, first: int | None, last: int | None) -> None:
    if first is None or last is None:
        raise InvalidParameterValue(
            "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
        )
    for port in (first, last):
        if not 0 <= port <= PORTS:
            raise InvalidParameterValue(f"{protocol.upper()} port ({port}) out of range")
    if first > last:
        raise InvalidParameterValue(f"Invalid {protocol.upper()} port range")


def canonical(given: str, member: str) -> str:
    """A block without the bits behind its prefix; an address alone is no block."""
    network = IPv4Network if member == "CidrIpv4" else IPv6Network
    try:
        if "/" in given:
            return str(network(given, strict=False))
    except ValueError:
        pass
    raise InvalidParameterValue(f"CIDR block {given} is malformed")


def referenced(tx: Tx, group: Resource, pair: Mapping[str, Any]) -> dict[str, str]:
    """The group of a pair: one of the same VPC."""
    if "GroupId" in pair:
        found = SECURITY_GROUP.get(tx, pair["GroupId"])
    elif "GroupName" in pair:
        there = vpcs.groups_of(tx, group.spec["VpcId"])
        named = [each for each in there if each.spec["GroupName"] == pair["GroupName"]]
        if not named:
            raise SECURITY_GROUP.missing(pair["GroupName"])
        found = named[0]
    else:
        raise MissingParameter("The request must contain the parameter groupName or groupId")
    if pair.get("UserId", tx.call.account) != tx.call.account:
        raise SECURITY_GROUP.missing(found.name)
    if found.spec["VpcId"] != group.spec["VpcId"]:
        raise SECURITY_GROUP.kind.missing(
            "You have specified two resources that belong to different networks."
        )
    return {"GroupId": found.name, "UserId": tx.call.account}


def described(item: Mapping[str, Any]) -> dict[str, str]:
    return {"Description": description(item["Description"])} if "Description" in item else {}


def description(given: str) -> str:
    if not DESCRIPTION.fullmatch(given):
        raise InvalidParameterValue(
            "Invalid rule description. Valid descriptions are strings less than 256 characters from"
            " the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
        )
    return given


def no_prefix_list(given: str) -> Exception:
    return PrefixListNotFound(f"The prefix list ID '{given}' does not exist")


def key(rule: Spec) -> tuple[Any, ...]:
    """What makes a rule the same as another: all but its group, description and id."""
    group = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    return (
        rule["IsEgress"],
        rule["IpProtocol"],
        rule["FromPort"],
        rule["ToPort"],
        rule.get("CidrIpv4"),
        rule.get("CidrIpv6"),
        group,
    )


def together(rules: Iterable[Spec]) -> list[dict[str, Any]]:
    """Rules as permissions: those of the same traffic in one."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for rule in sorted(rules, key=lambda rule: tuple(map(str, key(rule)))):
        ports = (rule["FromPort"], rule["ToPort"])
        named = rule["IpProtocol"] in (*WITH_PORTS, *WITH_TYPES)
        permission = found.setdefault(
            (rule["IpProtocol"], *ports),
            {
                "IpProtocol": rule["IpProtocol"],
                **({"FromPort": ports[0], "ToPort": ports[1]} if named else {}),
                "IpRanges": [],
                "Ipv6Ranges": [],
                "PrefixListIds": [],
                "UserIdGroupPairs": [],
            },
        )
        note = {"Description": rule["Description"]} if rule.get("Description") else {}
        for listed, inside, member in RANGES:
            if member in rule:
                permission[listed].append({inside: rule[member], **note})
        if "ReferencedGroupInfo" in rule:
            permission["UserIdGroupPairs"].append({**rule["ReferencedGroupInfo"], **note})
    return list(found.values())
