"""The index of a zone's names: what exists, what is cut off, whatever the order of changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.dns.snapshot import RRset, pack
from forecourt.planes.dns.wire import NS, A, from_text, suffixes
from forecourt.planes.dns.zone import Zone

from .building import APEX, START, zone_of

PLAIN, CUT = pack([RRset(A, 1, (b"1234",))]), pack([RRset(NS, 1, (from_text("ns.test"),))])
OWNERS = st.lists(st.sampled_from("abc"), max_size=4).map(lambda ls: from_text(".".join(ls)))
BELOW = OWNERS.map(lambda name: name[:-1] + APEX)


def name(text: str) -> bytes:
    return from_text(f"{text}.example")


@given(st.lists(st.tuples(BELOW, st.sampled_from([PLAIN, CUT, None]))))
def test_any_order_of_changes_leaves_what_a_fresh_zone_has(
    changes: list[tuple[bytes, bytes | None]],
) -> None:
    zone = Zone(APEX)
    for owner, node in changes:
        if node is None:
            zone.drop(owner)
        else:
            zone.put(owner, node)
    left = {owner: node for owner, node in dict(changes).items() if node is not None}
    fresh = Zone(APEX)
    for owner, node in left.items():
        fresh.put(owner, node)
    assert (zone.nodes, zone.inner, zone.cuts) == (fresh.nodes, fresh.inner, fresh.cuts)
    assert zone.cuts == {owner for owner, node in left.items() if node == CUT and owner != APEX}
    above = {each for owner in left for each in suffixes(owner)[1:] if each.endswith(APEX)}
    assert set(zone.inner) == above


def test_names_above_others_exist() -> None:
    zone = zone_of(START + "deep.empty.place A 192.0.2.1")
    assert zone.exists(name("place"))
    assert zone.exists(name("empty.place"))
    assert not zone.exists(name("other.place"))
    zone.drop(name("deep.empty.place"))
    assert not zone.exists(name("place"))


def test_the_apex_is_no_cut() -> None:
    zone = zone_of("@ NS ns.example.\nsub NS ns.sub")
    assert zone.cuts == {name("sub")}
    zone.put(name("sub"), PLAIN)
    assert zone.cuts == set()


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("example", True),
        ("www.example", True),
        ("a.b.example", True),
        ("example.com", False),
        ("notexample", False),
        ("com", False),
    ],
)
def test_holds(text: str, held: bool) -> None:
    assert Zone(APEX).holds(from_text(text)) is held


def test_a_label_that_ends_like_the_origin_is_not_in_it() -> None:
    name = b"\x09x\7example\0"  # one label of nine bytes
    assert name.endswith(APEX)
    assert not Zone(APEX).holds(name)


def test_the_root_holds_all() -> None:
    zone = Zone(b"\0")
    assert zone.holds(from_text("a.b"))
    assert zone.between(from_text("a.b")) == [from_text("b"), b"\0"]


def test_between_is_nearest_first() -> None:
    assert Zone(APEX).between(name("a.b")) == [name("b"), APEX]
    assert Zone(APEX).between(APEX) == []
