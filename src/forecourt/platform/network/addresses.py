"""Which address belongs to whom: everything that has one of its own in AWS has one here.

Pools are ranges of `--network`.  What is kept are offsets, so that an instance may be started on
another network.  The first 256 are for what there is one of; VPCs have theirs from pools.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

SERVERS = 4  # in a delegation set
RESOLVER = "resolver"  # the view that goes by where clients ask from
RESOLVER_OFFSET = 2
API_OFFSET = 10  # where AWS's own names lead
PLACE = "at:"  # before an offset: the view of whichever VPC has its resolver there


class Exhausted(Exception):
    """A pool has no address left."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A range of a network, by offsets; `end` is beyond it."""

    start: int
    end: int


NAME_SERVERS = Pool(0x0100, 0x2000)  # 127.53.1.0 to 127.53.31.255


def name_server_offset(server_set: int, place: int) -> int:
    return NAME_SERVERS.start + (server_set - 1) * SERVERS + place + 1


def name_server(network: IPv4Network, server_set: int, place: int) -> IPv4Address:
    """The address of one of a delegation set's servers; places count from 0."""
    offset = name_server_offset(server_set, place)
    if offset >= NAME_SERVERS.end or offset >= network.num_addresses - 1:
        raise Exhausted(f"{network} has no addresses for delegation set {server_set}")
    return network.network_address + offset
