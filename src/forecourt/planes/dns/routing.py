"""Which of the record sets that share a name and a type answers a query: the routing policies.

    group = group_of(sets, healthy)       # when something changes
    at = group.pick(client, draw)         # for each query; None: no set is for this client
    group.sets[at]

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy.html
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.planes.dns.snapshot import RRset

MOST_VALUES = 8  # records of a multivalue answer
EARTH = 6371.0  # kilometres
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Routing:
    """What a record set says of when it answers."""

    policy: str  # weighted, latency, failover, geolocation, geoproximity, multivalue, cidr
    identifier: str
    check: str = ""  # the id of a health check
    weight: int = 0
    primary: bool = False
    places: tuple[str, ...] = ()  # geolocation: "*", "continent:EU", "country:KR", "US-WA"
    point: tuple[float, float] | None = None  # latitude and longitude, of a region or given
    bias: int = 0
    blocks: tuple[str, ...] = ()  # cidr: the networks of a location, or "*"
    location: str = ""  # cidr: "collection/location", whose networks are known when it is asked

    def dump(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> Routing:
        given = json.loads(data)
        for name in ("places", "blocks", "point"):
            if given[name] is not None:
                given[name] = tuple(given[name])
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, as far as policies care: by the resolver's address, or the subnet it tells of."""

    address: int = 0
    version: int = 4
    prefix: int = 32  # of the address, how much is known
    places: tuple[str, ...] = ()  # from the smallest to the largest: "US-WA", "country:US", ...
    point: tuple[float, float] | None = None


NOWHERE = Client()
Pick = Callable[[Client, float], "int | None"]  # the draw is at least 0 and below 1


@dataclass(frozen=True, slots=True)
class Group:
    """The sets that may answer, and how one of them is chosen."""

    policy: str
    sets: tuple[RRset, ...]
    pick: Pick
    drawn: bool = False  # whether the draw decides
    located: bool = False  # whether who asks decides, so that the answer is for its network


def choose(
    sets: Sequence[RRset], client: Client, healthy: Callable[[RRset], bool], draw: float
) -> RRset | None:
    """The set that answers."""
    group = group_of(sets, healthy)
    at = group.pick(client, draw)
    return None if at is None else group.sets[at]


def group_of(sets: Sequence[RRset], healthy: Callable[[RRset], bool]) -> Group:
    """How to choose among sets of one name and type, whose health is as it is now."""
    routing = sets[0].routing
    if routing is None:
        return Group("simple", tuple(sets[:1]), first)
    return POLICIES[routing.policy](tuple(sets), healthy)


def routing_of(rrset: RRset) -> Routing:
    assert rrset.routing is not None
    return rrset.routing


def first(client: Client, draw: float) -> int:
    return 0


def alive(sets: Sequence[RRset], healthy: Callable[[RRset], bool]) -> tuple[RRset, ...]:
    """The healthy ones; where none is, all count as healthy."""
    return tuple(each for each in sets if healthy(each)) or tuple(sets)


def weighted(sets: tuple[RRset, ...], healthy: Callable[[RRset], bool]) -> Group:
    """By weight; those of weight zero, all alike, when every other fails or there is no other."""
    some = [each for each in sets if routing_of(each).weight]
    zero = [each for each in sets if not routing_of(each).weight]
    well = ([each for each in group if healthy(each)] for group in (some, zero))
    found = next(filter(None, (*well, some, zero)))
    if len(found) == 1:
        return Group("weighted", tuple(found), first)
    sums = list(accumulate(routing_of(each).weight or 1 for each in found))
    total = sums[-1]
    return Group("weighted", tuple(found), lambda _, draw: bisect_right(sums, draw * total), True)


def failover(sets: tuple[RRset, ...], healthy: Callable[[RRset], bool]) -> Group:
    """The primary while it is healthy, or the secondary is not."""
    primary = [each for each in sets if routing_of(each).primary]
    secondary = [each for each in sets if not routing_of(each).primary]
    found = primary or secondary
    if primary and secondary and not healthy(primary[0]) and healthy(secondary[0]):
        found = secondary
    return Group("failover", tuple(found[:1]), first)


def multivalue(sets: tuple[RRset, ...], healthy: Callable[[RRset], bool]) -> Group:
    """Up to eight healthy ones; each turn begins at another, so that all are served alike."""
    from forecourt.planes.dns.snapshot import RRset

    found = alive(sets, healthy)
    count = min(len(found), MOST_VALUES)
    turns = tuple(
        RRset(
            found[0].type,
            min(each.ttl for each in found),
            tuple(
                dict.fromkeys(
                    value
                    for at in range(start, start + count)
                    for value in found[at % len(found)].rdata
                )
            ),
        )
        for start in range(len(found))
    )
    return Group("multivalue", turns, lambda _, draw: int(draw * len(turns)), drawn=True)


def geolocation(sets: tuple[RRset, ...], healthy: Callable[[RRset], bool]) -> Group:
    """The smallest place that holds the client and is healthy, larger ones else."""
    by_place = {place: at for at, each in enumerate(sets) for place in routing_of(each).places}
    well = [healthy(each) for each in sets]

    def pick(client: Client, draw: float) -> int | None:
        found = [by_place[p] for p in (*client.places, EVERYWHERE) if p in by_place]
        return next((at for at in found if well[at]), found[0] if found else None)

    return Group("geolocation", sets, pick, located=True)


def nearest(policy: str) -> Callable[[tuple[RRset, ...], Callable[[RRset], bool]], Group]:
    """By distance: latency, where regions stand for themselves, and geoproximity with its bias."""

    def group(sets: tuple[RRset, ...], healthy: Callable[[RRset], bool]) -> Group:
        found = alive(sets, healthy)

        def pick(client: Client, draw: float) -> int:
            if client.point is None:
                return 0
            here = client.point
            return min(range(len(found)), key=lambda at: biased(here, routing_of(found[at])))

        return Group(policy, found, pick, located=True)

    return group


def biased(here: tuple[float, float], routing: Routing) -> float:
    """The distance to a set, as its bias stretches or shrinks it: +b: d(1-b/100), -b: d/(1+b/100)."""
    assert routing.point is not None
    length = distance(here, routing.point)
    if routing.bias >= 0:
        return length * (1 - routing.bias / 100)
    return length / (1 + routing.bias / 100)


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres along a great circle."""
    (lat1, lon1), (lat2, lon2) = ((math.radians(a), math.radians(b)) for a, b in (one, other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


def cidr(sets: tuple[RRset, ...], healthy: Callable[[RRset], bool]) -> Group:
    """The longest block that holds what is known of the client, never a longer one; then "*"."""
    blocks: dict[tuple[int, int, int], int] = {}  # version, prefix, network -> set
    default: list[int] = []
    for at, each in enumerate(sets):
        for block in routing_of(each).blocks:
            if block == EVERYWHERE:
                default.append(at)
                continue
            network = ip_network(block)
            blocks[network.version, network.prefixlen, key_of(network)] = at
    prefixes = sorted({(version, prefix) for version, prefix, _ in blocks}, reverse=True)
    well = [healthy(each) for each in sets]

    def pick(client: Client, draw: float) -> int | None:
        found = []
        bits = 32 if client.version == 4 else 128
        for version, prefix in prefixes:
            if version == client.version and prefix <= client.prefix:
                at = blocks.get((version, prefix, client.address >> (bits - prefix)))
                if at is not None:
                    found.append(at)
        found += default
        return next((at for at in found if well[at]), found[0] if found else None)

    return Group("cidr", sets, pick, located=True)


def key_of(network: IPv4Network | IPv6Network) -> int:
    return int(network.network_address) >> (network.max_prefixlen - network.prefixlen)


POLICIES: Mapping[str, Callable[[tuple[RRset, ...], Callable[[RRset], bool]], Group]] = {
    "weighted": weighted,
    "failover": failover,
    "multivalue": multivalue,
    "geolocation": geolocation,
    "latency": nearest("latency"),
    "geoproximity": nearest("geoproximity"),
    "cidr": cidr,
}
