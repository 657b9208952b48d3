"""Interfaces that services attach."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeVar

import anyio
import pytest

from forecourt.platform.identity.accounts import FIRST
from forecourt.platform.network import interfaces, pools
from forecourt.platform.network.interfaces import INTERFACES, NoFreeAddress
from forecourt.platform.network.vpcs import SUBNETS
from forecourt.store.resources import Resource, at
from forecourt.store.tx import Call, Tx
from tests.harness import World

T = TypeVar("T")
CALL = Call("elbv2", "CreateLoadBalancer", FIRST)


def as_caller(world: World, change: Callable[[Tx], T]) -> T:
    """Run a change as an operation of the first account's would."""
    return anyio.run(world.store.write_for, CALL, lambda tx, _: change(tx), None)


def attach(tx: Tx, subnet: str) -> Resource:
    found = at(tx, subnet)
    assert found is not None
    return interfaces.attach(tx, found, "amazon-elb", "ELB net/a/1", [], "network_load_balancer")


def test_attach_and_detach(world: World, subnet: str) -> None:
    """An address for the API, and another to listen on."""
    one, two = (as_caller(world, lambda tx: attach(tx, subnet)) for _ in range(2))
    assert one.spec["PrivateIpAddresses"] == [{"PrivateIpAddress": "10.0.0.4", "Primary": True}]
    assert two.spec["PrivateIpAddresses"] == [{"PrivateIpAddress": "10.0.0.5", "Primary": True}]
    assert (one.spec["Status"], one.spec["InterfaceType"], one.spec["RequesterId"]) == (
        "in-use",
        "network_load_balancer",
        "amazon-elb",
    )
    network = IPv4Network("127.53.0.0/16")
    listening = [str(pools.address(network, interfaces.listening(each))) for each in (one, two)]
    assert listening == ["127.53.32.0", "127.53.32.1"]
    as_caller(world, lambda tx: interfaces.detach(tx, one))
    again = as_caller(world, lambda tx: attach(tx, subnet))
    assert again.spec["PrivateIpAddresses"] == one.spec["PrivateIpAddresses"]
    assert interfaces.listening(again) == interfaces.listening(one)
    assert len(as_caller(world, INTERFACES.all)) == 2


def test_a_subnet_that_is_full(world: World, make: Any) -> None:
    (subnet,) = make(SUBNETS, 1, "10.0.0.0/28")
    for _ in range(11):
        last = as_caller(world, lambda tx: attach(tx, subnet))
    assert last.spec["PrivateIpAddresses"][0]["PrivateIpAddress"] == "10.0.0.14"
    with pytest.raises(NoFreeAddress):
        as_caller(world, lambda tx: attach(tx, subnet))


def test_free_addresses_are_apart_from_reserved_ones(world: World, make: Any) -> None:
    (subnet,) = make(SUBNETS, 1, "10.0.0.16/28")

    def free(tx: Tx) -> list[IPv4Address]:
        found, left = at(tx, subnet), []
        assert found is not None
        with pytest.raises(NoFreeAddress):
            for each in interfaces.free(tx, found):
                left.append(each)  # noqa: PERF402  it ends with an exception
        return left

    found = as_caller(world, free)
    assert [str(found[0]), str(found[-1])] == ["10.0.0.20", "10.0.0.30"]
    assert len(found) == interfaces.capacity(IPv4Network("10.0.0.16/28")) == 11
