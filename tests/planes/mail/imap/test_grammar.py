"""Reading commands."""

from __future__ import annotations

import time
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.mail.imap import grammar
from forecourt.planes.mail.imap.grammar import Bad, Reader, chosen, compact


def test_strings_come_in_three_forms() -> None:
    args = Reader(b'atom "quo\\"ted\\\\" {5}\r\na b\r\n rest')
    assert args.astring() == b"atom"
    args.space()
    assert args.astring() == b'quo"ted\\'
    args.space()
    assert args.astring() == b"a b\r\n"
    assert not args.done
    with pytest.raises(Bad):
        args.end()


@pytest.mark.parametrize("raw", [b'"open', b'"a\r\n"', b"(", b"", b"{3", b'"\x00"'])
def test_what_is_no_string_is_bad(raw: bytes) -> None:
    with pytest.raises(Bad):
        Reader(raw).astring()


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"1", ((1, 1),)),
        (b"1:3,5,7:*", ((1, 3), (5, 5), (7, 0))),
        (b"*", ((0, 0),)),
        (b"*:1", ((0, 1),)),
    ],
)
def test_sets_are_ranges(raw: bytes, found: grammar.Ranges) -> None:
    assert Reader(raw).sequence_set() == found


@pytest.mark.parametrize(
    "raw",
    [b"0", b"1:", b":1", b"1,,2", b"a", b"4294967296", b"1:2:3", b"," * 9, b"1," * 30_000 + b"1"],
)
def test_what_is_no_set_is_bad(raw: bytes) -> None:
    with pytest.raises(Bad):
        Reader(raw).sequence_set()


UIDS = array("I", [2, 3, 5, 8, 13])


@pytest.mark.parametrize(
    ("raw", "by_uid", "places"),
    [(b"1:2", False, [0, 1]), (b"*", False, [4]), (b"4:*", False, [3, 4]), (b"*:4", False, [3, 4]), (b"9:*", False, [4]),
     (b"3:8", True, [1, 2, 3]), (b"*", True, [4]), (b"14:*", True, [4]), (b"1,4,6", True, []), (b"5:3", True, [1, 2])],
)  # fmt: skip
def test_a_set_chooses_messages(raw: bytes, by_uid: bool, places: list[int]) -> None:
    ranges = Reader(raw).sequence_set()
    assert chosen(ranges, UIDS, by_uid=by_uid) == places
    assert chosen(ranges, array("I"), by_uid=by_uid) == []


@given(st.sets(st.integers(1, 60)))
def test_numbers_are_written_short_and_read_back(numbers: set[int]) -> None:
    text = compact(sorted(numbers))
    if numbers:
        ranges = Reader(text.encode()).sequence_set()
        assert {n for low, high in ranges for n in range(low, high + 1)} == numbers
    else:
        assert text == ""


def test_flags_with_and_without_parentheses() -> None:
    assert Reader(b"(\\Seen $Label)").flags() == ("\\Seen", "$Label")
    assert Reader(b"\\Seen x").flags() == ("\\Seen", "x")
    assert Reader(b"()").flags() == ()
    with pytest.raises(Bad):
        Reader(b"(\\Seen").flags()


def test_dates_and_times() -> None:
    assert Reader(b"1-Feb-2026").date().isoformat() == "2026-02-01"
    assert Reader(b'"01-feb-2026"').date().isoformat() == "2026-02-01"
    found = Reader(b'" 1-Feb-2026 03:04:05 -0730"').date_time()
    assert found.isoformat() == "2026-02-01T10:34:05+00:00"
    assert grammar.internal_date(found.timestamp()) == b'" 1-Feb-2026 10:34:05 +0000"'
    for raw in (b"31-Feb-2026", b"1-Foo-2026", b"x"):
        with pytest.raises(Bad):
            Reader(raw).date()
    with pytest.raises(Bad):
        Reader(b'"01-Feb-2026 25:00:00 +0000"').date_time()


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_bad(raw: bytes) -> None:
    for read in (
        Reader.astring,
        Reader.sequence_set,
        Reader.flags,
        Reader.date,
        Reader.words,
        Reader.strings,
    ):
        try:
            read(Reader(raw))
        except Bad:
            continue


@pytest.mark.parametrize(
    "raw", [b"01-Jan-0001 00:00:00 +2359", b"31-Dec-9999 23:59:59 -2359", b"01-Jan-0900 00:00:00 +0000",
            b"01-Jan-2000 00:00:00 +9999", b"01-Jan-0001 00:00:00 +0000", b"31-Dec-9999 23:59:60 +0000"],
)  # fmt: skip
def test_a_date_that_is_taken_can_be_told_again(raw: bytes) -> None:
    try:
        found = Reader(b'"' + raw + b'"').date_time()
    except Bad:
        return
    told = Reader(grammar.internal_date(found.timestamp())).date_time()
    assert told == found


def test_numbers_have_a_bound() -> None:
    """RFC 7162 §7: 63 bits are the most there are."""
    assert Reader(b"9223372036854775807").number() == 2**63 - 1
    with pytest.raises(Bad):
        Reader(b"9" * 19).number()


@pytest.mark.parametrize("by_uid", [False, True])
def test_a_set_that_says_all_many_times_takes_no_time(by_uid: bool) -> None:
    ranges = Reader(b",".join([b"1:*", b"5:60000"] * 4_000)).sequence_set()
    uids, began = array("I", range(1, 100_001)), time.monotonic()
    assert len(chosen(ranges, uids, by_uid=by_uid)) == 100_000
    assert time.monotonic() - began < 1


@given(
    st.sets(st.integers(1, 40)),
    st.lists(st.tuples(st.integers(0, 45), st.integers(0, 45)), max_size=4),
)
def test_a_set_chooses_what_lies_in_its_ranges(
    known: set[int], ranges: list[tuple[int, int]]
) -> None:
    uids = array("I", sorted(known))
    last = max(known, default=0)
    bounds = [sorted((low or last, high or last)) for low, high in ranges]
    wanted = [
        place for place, uid in enumerate(uids) if any(low <= uid <= high for low, high in bounds)
    ]
    assert chosen(tuple(ranges), uids, by_uid=True) == wanted
