"""A node packed and unpacked is the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.dns.snapshot import RRset, has_type, pack, unpack
from forecourt.planes.dns.wire import NS, SOA, TXT, A

UINT16, UINT32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
RECORDS = st.builds(RRset, UINT16, UINT32, st.lists(st.binary(max_size=300), max_size=4).map(tuple))
ALIASES = st.builds(RRset, UINT16, UINT32, st.just(()), st.binary(min_size=1, max_size=255))


@given(st.lists(RECORDS | ALIASES, max_size=5))
def test_round_trip(rrsets: list[RRset]) -> None:
    assert unpack(pack(rrsets)) == rrsets


def test_the_longest_value() -> None:
    rrset = RRset(TXT, 1, (b"x" * 65535,))
    assert unpack(pack([rrset])) == [rrset]


def test_nothing_is_nothing() -> None:
    assert pack([]) == b""
    assert unpack(b"") == []


@pytest.mark.parametrize(("wanted", "there"), [(A, True), (TXT, True), (NS, False), (SOA, False)])
def test_has_type(wanted: int, there: bool) -> None:
    node = pack([RRset(A, 1, (b"1234",)), RRset(TXT, 1, (), b"\1a\0")])
    assert has_type(node, wanted) is there
