"""Mailbox names: modified UTF-7 (RFC 3501 §5.1.3), INBOX, and LIST's patterns."""

from __future__ import annotations

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
