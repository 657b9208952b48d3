"""Real addresses of VPCs and subnets."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from forecourt.platform.network import pools
from forecourt.platform.network.addresses import NAME_SERVERS, Exhausted
from forecourt.platform.network.vpcs import SUBNETS, VPCS
from forecourt.store import reset
from forecourt.store.resources import insert
from forecourt.store.tx import Tx
from tests.harness import World

DEFAULT = IPv4Network("127.53.0.0/16")
FIRST_BLOCK = 0x2000


def test_resolvers(world: World, make: Any, subnet: str) -> None:
    """The third address of the VPC's block, always the same."""
    one, two = make(VPCS, 2)
    write, read = world.store.write_now, world.store.read_now
    assert read(pools.resolvers) == {}
    offset = write(pools.resolver, one)
    assert str(pools.address(DEFAULT, offset)) == "127.53.32.2"
    assert write(pools.resolver, one) == offset
    write(pools.take, subnet, "arn:user")
    assert str(pools.address(DEFAULT, write(pools.resolver, two))) == "127.53.32.130"
    assert read(pools.resolvers) == {one: offset, two: offset + 128}


def test_take_and_give_back(world: World, subnet: str) -> None:
    write = world.store.write_now
    taken = [write(pools.take, subnet, f"arn:{n}") for n in range(3)]
    assert taken == [FIRST_BLOCK, FIRST_BLOCK + 1, FIRST_BLOCK + 2]
    write(pools.give_back, taken[1])
    write(pools.give_back, taken[1])
    assert write(pools.take, subnet, "arn:4") == taken[1]
    assert write(pools.take, subnet, "arn:5") == FIRST_BLOCK + 3


def test_a_subnet_is_exhausted_alone(world: World, make: Any) -> None:
    one, two = make(SUBNETS, 2)

    def drain(tx: Tx) -> list[int]:
        return [pools.take(tx, one, "arn:user") for _ in range(pools.BLOCK)]

    taken = world.store.write_now(drain)
    assert len(set(taken)) == 64
    with pytest.raises(Exhausted, match=f"all 64 addresses of {one} are taken"):
        world.store.write_now(pools.take, one, "arn:user")
    other = world.store.write_now(pools.take, two, "arn:user")
    assert other not in taken
    world.store.write_now(pools.give_back, taken[40])
    assert world.store.write_now(pools.take, one, "arn:user") == taken[40]


def test_release(world: World, make: Any) -> None:
    """A block is the next owner's, with all its addresses."""
    one, two, three = make(SUBNETS, 3)
    write = world.store.write_now
    first = write(pools.take, one, "arn:user")
    write(pools.take, two, "arn:user")
    write(pools.release, one)
    write(pools.release, one)
    assert write(pools.take, three, "arn:user") == first
    assert {each.name for each in world.store.read_now(pools.OWNED.all)} == {two, three}
    assert len(world.store.read_now(pools.TAKEN.all)) == 2


def test_all_blocks_are_taken(world: World, make: Any) -> None:
    arns = make(VPCS, 897)

    def drain(tx: Tx) -> list[int]:
        rows = [
            pools.OWNED.row(tx, "", "", arn, {"Number": number}, {}, {})
            for number, arn in enumerate(arns[:895])
        ]
        insert(tx, rows)
        return [pools.resolver(tx, arns[895])]

    (last,) = world.store.write_now(drain)
    assert pools.address(DEFAULT, last) == IPv4Address("127.53.255.194")
    with pytest.raises(Exhausted, match="all 896 blocks of addresses"):
        world.store.write_now(pools.resolver, arns[896])
    world.store.write_now(pools.release, arns[7])
    assert world.store.write_now(pools.resolver, arns[896]) == FIRST_BLOCK + 7 * 64 + 2


def test_apart_from_name_servers() -> None:
    assert pools.BLOCKS.start >= NAME_SERVERS.end
    assert pools.BLOCKS.end == DEFAULT.num_addresses


def test_a_network_that_is_too_small() -> None:
    with pytest.raises(Exhausted, match="10.0.0.0/20 is too small for VPCs"):
        pools.address(IPv4Network("10.0.0.0/20"), FIRST_BLOCK)


def test_owners_must_be(world: World) -> None:
    with pytest.raises(AssertionError, match="arn:none does not exist"):
        world.store.write_now(pools.resolver, "arn:none")


def test_a_reset_gives_all_back(world: World, vpc: str) -> None:
    world.store.write_now(pools.resolver, vpc)
    world.store.write_now(reset.empty)
    assert world.store.read_now(pools.resolvers) == {}
