"""Attributes of VPCs: DNS support, DNS host names, network address usage metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from .kinds import VPC, InvalidParameterCombination, MissingParameter

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

ATTRIBUTES = ("EnableDnsHostnames", "EnableDnsSupport", "EnableNetworkAddressUsageMetrics")


@ops.write
def modify_vpc_attribute(tx: Tx, req: t.ModifyVpcAttributeRequest) -> None:
    """Change one attribute.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html
    """
    vpc = VPC.get(tx, req["VpcId"])
    given: Any = req
    named = [name for name in ATTRIBUTES if name in given]
    if len(named) != 1:
        wrong = InvalidParameterCombination if named else MissingParameter
        raise wrong("Exactly one attribute of a VPC is modified by a request.")
    value = bool(given[named[0]].get("Value", False))
    VPC.kind.change(tx, vpc, spec={**vpc.spec, named[0]: value})


@ops.read
def describe_vpc_attribute(
    tx: Tx, req: t.DescribeVpcAttributeRequest
) -> t.DescribeVpcAttributeResult:
    vpc = VPC.get(tx, req["VpcId"])
    name = req["Attribute"][0].upper() + req["Attribute"][1:]
    shown: Any = {"VpcId": vpc.name, name: {"Value": vpc.spec[name]}}
    answer: t.DescribeVpcAttributeResult = shown
    return answer
