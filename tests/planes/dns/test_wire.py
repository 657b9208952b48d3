"""Names in wire form: built, taken apart, and shown."""

from __future__ import annotations

import itertools

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.dns import wire

LABELS = st.lists(st.binary(min_size=1, max_size=63), max_size=3)


@given(LABELS)
def test_labels_round_trip(labels: list[bytes]) -> None:
    name = wire.from_labels(labels)
    assert wire.labels(name) == labels
    assert name == dns.name.Name([*labels, b""]).to_wire()


@given(LABELS)
def test_suffixes_are_parents_down_to_the_root(labels: list[bytes]) -> None:
    found = wire.suffixes(wire.from_labels(labels))
    assert len(found) == len(labels) + 1
    assert found[-1] == wire.ROOT
    for name, above in itertools.pairwise(found):
        assert wire.parent(name) == above


@given(LABELS)
def test_shown_names_are_read_back(labels: list[bytes]) -> None:
    name = wire.from_labels(labels)
    assert dns.name.from_text(wire.to_text(name)).to_wire() == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("www.Example.com", b"\3www\7example\3com\0"),
        ("www.example.com.", b"\3www\7example\3com\0"),
        (".", b"\0"),
        ("", b"\0"),
    ],
)
def test_text(text: str, name: bytes) -> None:
    assert wire.from_text(text) == name


@pytest.mark.parametrize(
    ("label", "shown"),
    [(b"a.b", r"a\046b."), (b"\0", r"\000."), (b"\xff", r"\255."), (b" ", r"\032."), (b"*", "*.")],
)
def test_what_is_not_plain_is_escaped(label: bytes, shown: str) -> None:
    assert wire.to_text(wire.from_labels([label])) == shown


def test_types_are_those_of_the_registry() -> None:
    import dns.rdatatype

    for text, number in wire.TYPES.items():
        assert dns.rdatatype.from_text(text) == number
