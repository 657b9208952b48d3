"""Client tokens."""

from __future__ import annotations

from typing import Any

import pytest

from . import calls
from .calls import code


@pytest.mark.parametrize(
    ("operation", "member"),
    [("create_route_table", "RouteTable"), ("create_network_acl", "NetworkAcl")],
)
def test_once_by_a_token(ec2: Any, stranger: Any, vpc: str, operation: str, member: str) -> None:
    call = getattr(ec2, operation)
    first = call(VpcId=vpc, ClientToken="once")
    again = call(VpcId=vpc, ClientToken="once")
    assert (first[member], first["ClientToken"]) == (again[member], "once")
    assert call(VpcId=vpc, ClientToken="twice")[member] != first[member]
    assert call(VpcId=vpc)[member] != call(VpcId=vpc)[member]
    other = calls.vpc(ec2, "10.1.0.0/16")
    assert code(call, VpcId=other, ClientToken="once") == "IdempotentParameterMismatch"
    getattr(stranger, operation)(VpcId=calls.vpc(stranger), ClientToken="once")


def test_interfaces(ec2: Any, subnet: str) -> None:
    given = {"SubnetId": subnet, "ClientToken": "once", "PrivateIpAddress": "10.0.1.9"}
    first = ec2.create_network_interface(**given)
    assert ec2.create_network_interface(**given)["NetworkInterface"] == first["NetworkInterface"]
    changed = {**given, "Description": "x"}
    assert code(ec2.create_network_interface, **changed) == "IdempotentParameterMismatch"
