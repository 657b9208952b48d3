"""The routing policies, each with everything healthy, with something failing, with nothing left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.dns.routing import (
    NOWHERE,
    Client,
    Routing,
    choose,
    distance,
    group_of,
)
from forecourt.planes.dns.snapshot import RRset, pack, unpack

DRAWS = 1000


def sets(policy: str, *each: dict[str, Any]) -> list[RRset]:
    """A group whose sets are called a, b, c, and answer so."""
    return [
        RRset(16, 60, (name.encode(),), routing=Routing(policy, name, **one))
        for name, one in zip("abcdefghijkl", each, strict=False)
    ]


def only(*names: str) -> Callable[[RRset], bool]:
    return lambda rrset: name_of(rrset) in names


def name_of(rrset: RRset) -> str:
    assert rrset.routing is not None
    return rrset.routing.identifier


def every(rrset: RRset) -> bool:
    return True


def none(rrset: RRset) -> bool:
    return False


def served(group: list[RRset], healthy: Callable[[RRset], bool], client: Client = NOWHERE) -> Any:
    """How often each set answers, of a thousand draws."""
    found: Counter[str | None] = Counter()
    for draw in range(DRAWS):
        chosen = choose(group, client, healthy, draw / DRAWS)
        found[name_of(chosen) if chosen else None] += 1
    return dict(found)


@pytest.mark.parametrize(
    ("weights", "healthy", "wanted"),
    [
        ((1, 3), every, {"a": 250, "b": 750}),
        ((1, 3), only("b"), {"b": 1000}),
        ((1, 3), none, {"a": 250, "b": 750}),
        ((0, 3), every, {"b": 1000}),
        ((0, 3), only("a"), {"a": 1000}),
        ((0, 3), none, {"b": 1000}),
        ((0, 0), every, {"a": 500, "b": 500}),
        ((0, 0), only("b"), {"b": 1000}),
        ((0, 0), none, {"a": 500, "b": 500}),
        ((0, 0, 5), only("a", "b"), {"a": 500, "b": 500}),
        ((255, 1), only("a"), {"a": 1000}),
        ((7,), none, {"a": 1000}),
    ],
)
def test_weighted(weights: tuple[int, ...], healthy: Any, wanted: dict[str, int]) -> None:
    assert served(sets("weighted", *({"weight": w} for w in weights)), healthy) == wanted


@pytest.mark.parametrize(
    ("healthy", "wanted"), [(every, "a"), (only("a"), "a"), (only("b"), "b"), (none, "a")]
)
def test_failover(healthy: Any, wanted: str) -> None:
    group = sets("failover", {"primary": True}, {"primary": False})
    assert served(group, healthy) == {wanted: DRAWS}
    assert served(group[::-1], healthy) == {wanted: DRAWS}


def test_failover_with_one_side() -> None:
    assert served(sets("failover", {"primary": False}), none) == {"a": DRAWS}


@pytest.mark.parametrize(
    ("count", "healthy", "values", "turns"),
    [
        (3, every, 3, 3),
        (3, only("a", "c"), 2, 2),
        (3, none, 3, 3),
        (12, every, 8, 12),
        (12, only(*"abcdefghij"), 8, 10),
    ],
)
def test_multivalue(count: int, healthy: Any, values: int, turns: int) -> None:
    """Up to eight, each as often as the others, and each first as often."""
    group = group_of(sets("multivalue", *({} for _ in range(count))), healthy)
    answers = [group.sets[group.pick(NOWHERE, draw / DRAWS) or 0].rdata for draw in range(DRAWS)]
    assert {len(answer) for answer in answers} == {values}
    assert all(len(set(answer)) == values for answer in answers)
    firsts = Counter(answer[0] for answer in answers)
    assert len(firsts) == turns
    assert max(firsts.values()) - min(firsts.values()) <= 1


def test_a_multivalue_answer_is_as_short_lived_as_its_shortest() -> None:
    routing = Routing("multivalue", "a")
    group = [RRset(1, ttl, (bytes((ttl,) * 4),), routing=routing) for ttl in (60, 10, 30)]
    assert {each.ttl for each in group_of(group, every).sets} == {10}


PLACES = (
    {"places": ("US-WA",)},
    {"places": ("country:US",)},
    {"places": ("continent:NA",)},
    {"places": ("*",)},
)


@pytest.mark.parametrize(
    ("places", "healthy", "wanted"),
    [
        (("US-WA", "country:US", "continent:NA"), every, "a"),
        (("US-OR", "country:US", "continent:NA"), every, "b"),
        (("country:CA", "continent:NA"), every, "c"),
        (("country:KR", "continent:AS"), every, "d"),
        ((), every, "d"),
        (("US-WA", "country:US", "continent:NA"), only("b", "c", "d"), "b"),
        (("US-WA", "country:US", "continent:NA"), only("d"), "d"),
        (("US-WA", "country:US", "continent:NA"), none, "a"),
        (("country:CA", "continent:NA"), only("a", "b"), "c"),
    ],
)
def test_geolocation(places: tuple[str, ...], healthy: Any, wanted: str) -> None:
    assert served(sets("geolocation", *PLACES), healthy, Client(places=places)) == {wanted: DRAWS}


def test_geolocation_without_a_default_answers_nobody_else() -> None:
    group = sets("geolocation", {"places": ("country:KR",)})
    assert served(group, every, Client(places=("country:JP", "continent:AS"))) == {None: DRAWS}


SEOUL, TOKYO, FRANKFURT, VIRGINIA = (37.57, 126.98), (35.68, 139.69), (50.11, 8.68), (38.9, -77.4)
REGIONS = ({"point": TOKYO}, {"point": FRANKFURT}, {"point": VIRGINIA})


@pytest.mark.parametrize(
    ("point", "healthy", "wanted"),
    [
        (SEOUL, every, "a"),
        (SEOUL, only("b", "c"), "b"),
        (FRANKFURT, every, "b"),
        (VIRGINIA, every, "c"),
        (VIRGINIA, none, "c"),
        (None, every, "a"),
        (None, only("c"), "c"),
    ],
)
@pytest.mark.parametrize("policy", ["latency", "geoproximity"])
def test_the_nearest(policy: str, point: Any, healthy: Any, wanted: str) -> None:
    assert served(sets(policy, *REGIONS), healthy, Client(point=point)) == {wanted: DRAWS}


@pytest.mark.parametrize(("bias", "wanted"), [(0, "a"), (50, "a"), (-90, "b"), (-99, "b")])
def test_bias(bias: int, wanted: str) -> None:
    """Shrinking a near region enough sends its clients to a far one."""
    group = sets("geoproximity", {"point": TOKYO, "bias": bias}, {"point": FRANKFURT})
    assert served(group, every, Client(point=SEOUL)) == {wanted: DRAWS}


def test_distances() -> None:
    assert distance(SEOUL, TOKYO) == pytest.approx(1158, rel=0.01)
    assert distance((0, 0), (0, 180)) == pytest.approx(20015, rel=0.001)
    assert distance(SEOUL, SEOUL) == 0


BLOCKS = (
    {"blocks": ("10.0.0.0/8", "2001:db8::/32")},
    {"blocks": ("10.1.0.0/16",)},
    {"blocks": ("10.1.2.0/24", "2001:db8:1::/48")},
    {"blocks": ("*",)},
)


def client_of(network: str) -> Client:
    found = ip_network(network)
    return Client(int(found.network_address), found.version, found.prefixlen)


@pytest.mark.parametrize(
    ("network", "healthy", "wanted"),
    [
        ("10.1.2.3/32", every, "c"),
        ("10.1.2.0/24", every, "c"),
        ("10.1.2.0/23", every, "b"),  # a shorter prefix never matches a longer block
        ("10.1.0.0/16", every, "b"),
        ("10.0.0.0/9", every, "a"),
        ("10.0.0.0/7", every, "d"),
        ("192.0.2.1/32", every, "d"),
        ("2001:db8::1/128", every, "a"),
        ("2001:db8:1::/56", every, "c"),
        ("2001:db9::/32", every, "d"),
        ("10.1.2.3/32", only("a", "d"), "a"),
        ("10.1.2.3/32", only("d"), "d"),
        ("10.1.2.3/32", none, "c"),
    ],
)
def test_cidr(network: str, healthy: Any, wanted: str) -> None:
    assert served(sets("cidr", *BLOCKS), healthy, client_of(network)) == {wanted: DRAWS}


def test_cidr_without_a_default_answers_nobody_else() -> None:
    assert served(sets("cidr", BLOCKS[0]), every, client_of("192.0.2.1/32")) == {None: DRAWS}


def test_simple() -> None:
    [only_one] = [RRset(1, 60, (b"abcd",))]
    assert choose([only_one], NOWHERE, none, 0.5) is only_one


routings = st.builds(
    Routing,
    st.sampled_from(["weighted", "latency", "failover", "geolocation", "cidr"]),
    st.text(max_size=20),
    check=st.text(max_size=10),
    weight=st.integers(0, 255),
    primary=st.booleans(),
    places=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    point=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    bias=st.integers(-99, 99),
    blocks=st.lists(st.sampled_from(["*", "10.0.0.0/8", "::/0"]), max_size=3).map(tuple),
)
rrsets = st.builds(
    RRset,
    st.integers(1, 300),
    st.integers(0, 1 << 31),
    st.lists(st.binary(max_size=30), max_size=4).map(tuple),
    routing=st.none() | routings,
) | st.builds(
    RRset,
    st.integers(1, 300),
    st.integers(0, 1 << 31),
    st.just(()),
    st.binary(min_size=1, max_size=30),
    st.text("Z0123", max_size=8),
    st.booleans(),
    st.none() | routings,
)


@given(st.lists(rrsets, max_size=5))
def test_packed_and_unpacked(node: list[RRset]) -> None:
    assert unpack(pack(node)) == node
