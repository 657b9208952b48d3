"""Attributes of VPCs."""

from __future__ import annotations

from typing import Any

import pytest

from . import calls
from .calls import code, default_vpc

NAMES = ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")


def attributes(client: Any, vpc_id: str) -> list[bool]:
    found = []
    for name in NAMES:
        shown = client.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
        assert shown["VpcId"] == vpc_id
        found.append(shown[name[0].upper() + name[1:]]["Value"])
    return found


def test_from_the_start(ec2: Any, vpc: str) -> None:
    assert attributes(ec2, vpc) == [True, False, False]
    assert attributes(ec2, default_vpc(ec2)["VpcId"]) == [True, True, False]


@pytest.mark.parametrize("name", NAMES)
def test_modify(ec2: Any, vpc: str, name: str) -> None:
    other = calls.vpc(ec2, "10.1.0.0/16")
    member, before = name[0].upper() + name[1:], attributes(ec2, vpc)
    for value in (True, False):
        ec2.modify_vpc_attribute(VpcId=vpc, **{member: {"Value": value}})
        wanted = [value if each == name else old for each, old in zip(NAMES, before, strict=True)]
        assert attributes(ec2, vpc) == wanted
    assert attributes(ec2, other) == before


def test_one_at_a_time(ec2: Any, vpc: str) -> None:
    both = {"EnableDnsSupport": {"Value": False}, "EnableDnsHostnames": {"Value": True}}
    assert code(ec2.modify_vpc_attribute, VpcId=vpc, **both) == "InvalidParameterCombination"
    assert code(ec2.modify_vpc_attribute, VpcId=vpc) == "MissingParameter"
    assert attributes(ec2, vpc) == [True, False, False]


def test_an_attribute_there_is_not(ec2: Any, vpc: str) -> None:
    call = ec2.describe_vpc_attribute
    assert code(call, VpcId=vpc, Attribute="x") == "InvalidParameterValue"
