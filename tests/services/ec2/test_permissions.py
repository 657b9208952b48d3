"""Permissions: what can be in them, and how rules are put together."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.ec2.permissions import key, together, traffic

from . import calls
from .calls import code, fault

ANY = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (("tcp", 80, 81), ("tcp", 80, 81)),
        (("6", 80, 80), ("tcp", 80, 80)),
        (("TCP", 0, 65535), ("tcp", 0, 65535)),
        (("icmp", None, None), ("icmp", -1, -1)),
        (("1", 8, 0), ("icmp", 8, 0)),
        (("58", -1, -1), ("icmpv6", -1, -1)),
        (("-1", 22, 22), ("-1", -1, -1)),
        (("50", 1, 2), ("50", -1, -1)),
    ],
)
def test_traffic(given: tuple[str, int, int], stored: tuple[str, int, int]) -> None:
    found = traffic(*given)
    assert (found["IpProtocol"], found["FromPort"], found["ToPort"]) == stored


@pytest.mark.parametrize(
    ("permission", "said"),
    [
        ({"IpProtocol": "tcp", **ANY}, "InvalidParameterValue"),
        ({"IpProtocol": "tcp", "FromPort": 1, **ANY}, "InvalidParameterValue"),
        ({"IpProtocol": "udp", "FromPort": 2, "ToPort": 1, **ANY}, "InvalidParameterValue"),
        ({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 65536, **ANY}, "InvalidParameterValue"),
        ({"IpProtocol": "tcp", "FromPort": -1, "ToPort": 1, **ANY}, "InvalidParameterValue"),
        ({"IpProtocol": "icmp", "FromPort": 256, "ToPort": 0, **ANY}, "InvalidParameterValue"),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": 0, **ANY}, "InvalidParameterValue"),
        ({"IpProtocol": "256", **ANY}, "InvalidParameterValue"),
        ({"IpProtocol": "sctp", **ANY}, "InvalidParameterValue"),
        (ANY, "MissingParameter"),
        ({"IpProtocol": "-1"}, "MissingParameter"),
        ({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0"}]}, "InvalidParameterValue"),
        ({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/33"}]}, "InvalidParameterValue"),
        ({"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "10.0.0.0/8"}]}, "InvalidParameterValue"),
        (
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "\u00e9"}]},
            "InvalidParameterValue",
        ),
        ({"IpProtocol": "-1", "UserIdGroupPairs": [{}]}, "MissingParameter"),
        (
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-00000000"}]},
            "InvalidGroup.NotFound",
        ),
        ({"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupName": "x"}]}, "InvalidGroup.NotFound"),
        (
            {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-0"}]},
            "InvalidPrefixListID.NotFound",
        ),
    ],
)
def test_what_cannot_be(ec2: Any, vpc: str, permission: dict[str, Any], said: str) -> None:
    call = ec2.authorize_security_group_ingress
    assert code(call, GroupId=calls.group(ec2, vpc), IpPermissions=[permission]) == said


def test_groups_of_other_networks(ec2: Any, stranger: Any, vpc: str) -> None:
    mine, other = calls.group(ec2, vpc), calls.vpc(ec2, "10.1.0.0/16")
    theirs = calls.group(stranger, calls.vpc(stranger))
    call = ec2.authorize_security_group_ingress
    for pair, said in (
        (
            {"GroupId": calls.group(ec2, other)},
            "You have specified two resources that belong to different networks.",
        ),
        ({"GroupId": theirs}, f"The security group '{theirs}' does not exist"),
        (
            {"GroupId": mine, "UserId": "111122223333"},
            f"The security group '{mine}' does not exist",
        ),
    ):
        permission = {"IpProtocol": "-1", "UserIdGroupPairs": [pair]}
        assert fault(call, GroupId=mine, IpPermissions=[permission]) == (
            "InvalidGroup.NotFound",
            said,
        )


def test_together() -> None:
    """Rules of the same traffic are one permission, whatever their order."""
    head = {"IsEgress": False, "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2}
    one: dict[str, Any] = {**head, "CidrIpv4": "10.0.0.0/8", "Description": "a"}
    two: dict[str, Any] = {**head, "CidrIpv4": "11.0.0.0/8"}
    three: dict[str, Any] = {**head, "ToPort": 3, "CidrIpv6": "::/0"}
    assert together([three, two, one]) == together([one, two, three])
    first, second = together([one, two, three])
    assert first["IpRanges"] == [
        {"CidrIp": "10.0.0.0/8", "Description": "a"},
        {"CidrIp": "11.0.0.0/8"},
    ]
    assert (second["ToPort"], second["Ipv6Ranges"]) == (3, [{"CidrIpv6": "::/0"}])
    assert key(one) == key({**one, "Description": "b"}) != key(two)
