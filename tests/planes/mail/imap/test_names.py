"""Mailbox names: modified UTF-7 (RFC 3501 §5.1.3), INBOX, and LIST's patterns."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.mail.imap import names
from forecourt.planes.mail.imap.names import BadName


@pytest.mark.parametrize(
    ("name", "written"),
    [("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"), ("R&D", b"R&-D"), ("", b""), ("Entwürfe", b"Entw&APw-rfe"),
     ("😀", b"&2D3eAA-"), ("&&", b"&-&-")],
)  # fmt: skip
def test_names_are_written_in_ascii(name: str, written: bytes) -> None:
    assert names.encode(name) == written and names.decode(written) == name


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=30))
def test_every_name_comes_back(name: str) -> None:
    if names.normal(name) == name:
        assert names.decode(names.encode(name)) == name


@pytest.mark.parametrize("raw", [b"&!-", b"&AA-", b"\xff", b"&2D0-"])
def test_what_is_not_encoded_so_is_refused(raw: bytes) -> None:
    with pytest.raises(BadName):
        names.decode(raw)


def test_inbox_is_one_whatever_its_case() -> None:
    assert names.normal("inBox") == "INBOX" and names.normal("inbox/a") == "INBOX/a"
    assert names.normal("inboxes") == "inboxes"


@pytest.mark.parametrize(
    "name", ["", "/", "a//b", "/a", "a/", "a*", "a%", "a\n", "x" * 256, "a/" * 30 + "a"]
)
def test_some_names_cannot_be_given(name: str) -> None:
    with pytest.raises(BadName):
        names.check(name)


@pytest.mark.parametrize(
    ("reference", "mailbox", "found"),
    [("", "*", "INBOX a a/b a/b/c"), ("", "%", "INBOX a"), ("a/", "%", "a/b"), ("a", "*", "a a/b a/b/c"), ("", "%/%", "a/b"),
     ("", "inbox", "INBOX"), ("", "*b*", "a/b a/b/c"), ("", "a.b", ""), ("", "%*", "INBOX a a/b a/b/c")],
)  # fmt: skip
def test_patterns_choose(reference: str, mailbox: str, found: str) -> None:
    pattern = names.pattern(reference, mailbox)
    assert [name for name in ("INBOX", "a", "a/b", "a/b/c") if pattern.match(name)] == found.split()


def test_levels_above() -> None:
    assert names.parents("a/b/c") == ["a", "a/b"] and names.parents("a") == []


@pytest.mark.parametrize("wild", ["*", "%", "%*"])
def test_hostile_patterns_take_no_time(wild: str) -> None:
    began = time.monotonic()
    pattern = names.pattern("", f"{wild}a" * 100 + f"{wild}b")
    assert not pattern.match("a" * 255)
    assert pattern.match("a" * 200 + "b")
    assert time.monotonic() - began < 1


@given(st.text("ab/*%", max_size=8), st.text("ab/", max_size=8))
def test_patterns_choose_as_the_rfc_says(asked: str, name: str) -> None:
    """RFC 3501 §6.3.8, spelled out."""

    def fits(wanted: str, left: str) -> bool:
        if not wanted:
            return not left
        if wanted[0] in "*%":
            longest = len(left) if wanted[0] == "*" else len(left.partition("/")[0])
            return any(fits(wanted[1:], left[size:]) for size in range(longest + 1))
        return left[:1] == wanted[0] and fits(wanted[1:], left[1:])

    assert bool(names.pattern("", asked).match(name)) == fits(asked, name)


@given(st.binary(max_size=40) | st.from_regex(rb"&[A-Za-z0-9+,]{0,12}-?"))
def test_any_bytes_are_a_name_or_are_not(raw: bytes) -> None:
    try:
        name = names.decode(raw)
    except BadName:
        return
    assert names.decode(names.encode(name)) == name
