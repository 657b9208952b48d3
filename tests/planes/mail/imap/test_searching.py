"""Search programs as trees.  What they find: tests/roles/mail/test_imap.py."""

from __future__ import annotations

from array import array
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.mail.imap.grammar import Bad, Reader
from forecourt.planes.mail.imap.searching import (
    And,
    BadCharset,
    Day,
    Field,
    Flag,
    Header,
    Not,
    Numbers,
    Or,
    Recent,
    Size,
    Text,
    Uids,
    program,
    settle,
    spans_of,
    uses_modseq,
)


def test_a_program_is_a_tree() -> None:
    found = program(Reader(b"CHARSET utf-8 OR SEEN NOT (LARGER 5 TEXT x) HEADER Subject y 1:2"))
    assert found == And(
        (
            Or(Flag("\\Seen"), Not(And((Size(True, 5), Text("x", True))))),
            Field("SUBJECT", "y"),
            Numbers(((1, 2),), by_uid=False),
        )
    )
    assert program(Reader(b"HEADER X-A b")) == And((Header("x-a", "b"),))


@pytest.mark.parametrize(
    "raw", [b"", b"NONSENSE", b"NOT", b"OR SEEN", b"(SEEN", b"LARGER x", b"SEEN  SEEN", b"UID x"]
)
def test_what_is_no_program_is_bad(raw: bytes) -> None:
    with pytest.raises(Bad):
        program(Reader(raw))


def test_other_charsets_are_refused() -> None:
    with pytest.raises(BadCharset):
        program(Reader(b"CHARSET KOI8-R TEXT x"))


def test_numbers_become_uids() -> None:
    found = settle(Not(Or(Recent(), Numbers(((1, 1),), False))), lambda key: ((7, 9),))
    assert found == Not(Or(Uids(((7, 9),)), Uids(((7, 9),))))
    assert spans_of(array("I", [2, 5, 6, 9]), [0, 1, 3]) == ((2, 5), (9, 9))


def test_whether_changes_are_counted() -> None:
    assert uses_modseq(program(Reader(b'OR SEEN NOT MODSEQ "/flags/\\\\Seen" all 5')))
    assert not uses_modseq(program(Reader(b"SEEN")))


@given(st.binary(max_size=80))
def test_any_bytes_are_a_program_or_bad(raw: bytes) -> None:
    try:
        program(Reader(raw))
    except (Bad, BadCharset):
        return


@pytest.mark.parametrize(
    "raw", [b"(" * 10_000 + b"SEEN", b"NOT " * 10_000 + b"SEEN", b"OR SEEN " * 10_000 + b"SEEN",
            b"SEEN " * 10_000 + b"SEEN", b"(SEEN) " * 5_000 + b"SEEN"],
)  # fmt: skip
def test_a_program_has_bounds(raw: bytes) -> None:
    with pytest.raises(Bad):
        program(Reader(raw))


def test_the_examples_of_the_rfc() -> None:
    """RFC 3501 §6.4.4"""
    found = program(Reader(b'FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"'))
    since = Day(False, "SINCE", date(1994, 2, 1))
    assert found == And((Flag("\\Flagged"), since, Not(Field("FROM", "Smith"))))
    raw = "CHARSET UTF-8 TEXT {6}\r\nмир".encode()
    assert program(Reader(raw)) == And((Text("мир", whole=True),))
