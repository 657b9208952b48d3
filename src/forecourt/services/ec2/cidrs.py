"""CIDR blocks as the operations take them: made canonical, and of the sizes AWS allows.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

from forecourt.aws.errors import AwsError, common

from .kinds import InvalidParameterValue

LARGEST, SMALLEST = 16, 28
V4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}")

InvalidVpcRange = common("InvalidVpc.Range", 400)
InvalidSubnetRange = common("InvalidSubnet.Range", 400)
InvalidSubnetConflict = common("InvalidSubnet.Conflict", 400)


def ipv4(given: str, parameter: str = "cidrBlock") -> IPv4Network:
    """An IPv4 block in canonical form: the bits behind its prefix are cleared."""
    try:
        if V4.fullmatch(given):
            return IPv4Network(given, strict=False)
    except ValueError:
        pass
    raise InvalidParameterValue(
        f"Value ({given}) for parameter {parameter} is invalid. This is not a valid CIDR block."
    )


def ipv6(given: str, parameter: str) -> IPv6Network:
    try:
        if "/" in given:
            return IPv6Network(given, strict=False)
    except ValueError:
        pass
    raise InvalidParameterValue(
        f"Value ({given}) for parameter {parameter} is invalid. This is not a valid CIDR block."
    )


def of_vpc(given: str) -> IPv4Network:
    """A block for a VPC: of /16 to /28."""
    return sized(ipv4(given), InvalidVpcRange)


def of_subnet(given: str, blocks: Iterable[str], others: Iterable[str]) -> IPv4Network:
    """A block for a subnet: inside one of its VPC's, apart from all other subnets."""
    network = sized(ipv4(given), InvalidSubnetRange)
    if not any(network.subnet_of(IPv4Network(block)) for block in blocks):
        raise InvalidSubnetRange(f"The CIDR '{network}' is invalid.")
    if any(network.overlaps(IPv4Network(other)) for other in others):
        raise InvalidSubnetConflict(f"The CIDR '{network}' conflicts with another subnet")
    return network


def sized(network: IPv4Network, wrong: type[AwsError]) -> IPv4Network:
    if not LARGEST <= network.prefixlen <= SMALLEST:
        raise wrong(f"The CIDR '{network}' is invalid.")
    return network
