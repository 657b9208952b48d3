"""Where parts lie, and what IMAP writes of them; RFC 3501 §6.4.5 and §7.4.2 have the examples."""

from __future__ import annotations

import email
import email.policy
import time
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planes.mail import mime

MESSAGE = (
    b"From: Terry <gray@cac.example>\r\nTo: imap@cac.example, Ned <ned@x.example>\r\n"
    b"Subject: IMAP4rev1 WG mtg summary\r\n and minutes\r\nDate: Wed, 17 Jul 1996 02:23:25 -0700\r\n"
    b"Message-ID: <B27@cac.example>\r\nContent-Type: multipart/mixed; boundary=\"b b\"\r\n\r\n"
    b"preamble\r\n--b b\r\n\r\nfirst\r\n--b b  \r\nContent-Type: message/rfc822\r\n\r\n"
    b"Subject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
    b"--c\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n--c\r\n"
    b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+\r\n--c--\r\n"
    b"\r\n--b b\r\nContent-Type: image/png; name=\"a.png\"\r\nContent-ID: <1>\r\n"
    b"Content-Disposition: attachment; filename=a.png\r\n\r\nxx\r\n--b b--\r\nepilogue\r\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("numbers", "what", "found"),
    [
        ((1,), "", b"first"), ((1,), "MIME", b"\r\n"), ((2,), "TEXT", None), ((2, 1), "", b"plain"),
        ((2, 2), "", b"PGI+"), ((2, 1), "MIME", b"Content-Type: text/plain; charset=utf-8\r\n\r\n"),
        ((3,), "", b"xx"), ((4,), "", None), ((1, 1), "", None), ((3, 1), "", None), ((0,), "", None),
        ((2,), "HEADER.FIELDS", b"Subject: inner\r\n\r\n"), ((1,), "HEADER", None),
    ],
)  # fmt: skip
def test_sections_are_byte_ranges(numbers: tuple[int, ...], what: str, found: bytes | None) -> None:
    said = mime.section(MESSAGE, numbers, what, ("SUBJECT",))
    if found is None and what == "TEXT":
        assert said is not None and said.startswith(b"--c\r\n")
    else:
        assert said == found


def test_the_whole_its_header_and_its_text() -> None:
    assert mime.section(MESSAGE, (), "", ()) == MESSAGE
    header = mime.section(MESSAGE, (), "HEADER", ())
    text = mime.section(MESSAGE, (), "TEXT", ())
    assert header is not None and text is not None and header + text == MESSAGE
    assert mime.section(MESSAGE, (), "HEADER.FIELDS", ("subject",)) == (
        b"Subject: IMAP4rev1 WG mtg summary\r\n and minutes\r\n\r\n"
    )
    rest = mime.section(MESSAGE, (), "HEADER.FIELDS.NOT", ("From", "To", "Subject", "Date"))
    assert rest is not None and rest.startswith(b"Message-ID: <B27@cac.example>\r\nContent-Type")


def test_the_envelope_is_what_the_header_says() -> None:
    assert mime.envelope(mime.scan(MESSAGE).fields) == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700" "IMAP4rev1 WG mtg summary and minutes" '
        b'(("Terry" NIL "gray" "cac.example")) (("Terry" NIL "gray" "cac.example")) '
        b'(("Terry" NIL "gray" "cac.example")) '
        b'((NIL NIL "imap" "cac.example")("Ned" NIL "ned" "x.example")) NIL NIL NIL "<B27@cac.example>")'
    )


def test_the_structure_is_that_of_the_parts() -> None:
    tree = mime.scan(MESSAGE)
    said = mime.structure(MESSAGE, tree)
    assert said.startswith(
        b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)'
        b'("message" "rfc822" NIL NIL NIL "7bit" '
    )
    assert b'("image" "png" ("name" "a.png") "<1>" NIL "7bit" 2 NIL ' in said
    assert b'("attachment" ("filename" "a.png"))' in said
    assert said.endswith(b'"mixed" ("boundary" "b b") NIL NIL NIL)')
    short = mime.structure(MESSAGE, tree, extended=False)
    assert short.endswith(b'"7bit" 2) "mixed")') and b"attachment" not in short


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, b"NIL"), ("a", b'"a"'), ('a"\\', b'"a\\"\\\\"'), ("ü", b"{2}\r\n\xc3\xbc"), ("", b'""'),
     ("x" * 2000, b"{2000}\r\n" + b"x" * 2000), ("a\r\nb", b"{4}\r\na\r\nb"), ("a\0b", b"{2}\r\nab")],
)  # fmt: skip
def test_strings_are_quoted_or_literal(value: str | None, written: bytes) -> None:
    assert mime.string(value) == written


@pytest.mark.parametrize(
    ("value", "read"),
    [("=?utf-8?q?J=C3=B6rg?= x", "Jörg x"), ("=?utf-8?b?!!?=", None), ("=?none?q?a?=", "a"), ("plain", "plain"),
     ("=?utf-8?q?=ff?=", "\ufffd"), ("a\udcffb", "a\ufffdb")],
)  # fmt: skip
def test_encoded_words_are_read_as_far_as_they_can_be(value: str, read: str | None) -> None:
    found = mime.decoded(value)
    assert read is None or found == read


@pytest.mark.parametrize(
    ("value", "year"),
    [(b"Wed, 17 Jul 1996 02:23:25 -0700", 1996), (b"17 Jul 96 02:23 GMT", 1996), (b"nonsense", None),
     (b"Wed, 99 Jul 1996 02:23:25 -0700", None), (b"", None), (b"1 Jan 2026 00:00:00", 2026)],
)  # fmt: skip
def test_dates_are_read_or_none(value: bytes, year: int | None) -> None:
    found = mime.date(value)
    assert (found.year if found is not None else None) == year


TEXTS = st.text(st.sampled_from("ab \r\n-="), max_size=20)


@st.composite
def trees(draw: Any, depth: int = 0) -> EmailMessage:
    """A message with parts inside parts."""
    made = EmailMessage()
    if depth < 3 and draw(st.booleans()):
        made.make_mixed()
        for part in draw(st.lists(trees(depth=depth + 1), min_size=1, max_size=3)):
            made.attach(part)
    else:
        made.set_content(draw(TEXTS) + "x\n", cte="8bit")
    return made


@given(trees())
@settings(max_examples=60, deadline=None)
def test_parts_lie_where_the_library_has_them(message: EmailMessage) -> None:
    content = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"").replace(b"\n", b"\r\n")
    tree = mime.scan(content)

    def compare(part: mime.Part, other: Any) -> None:
        assert f"{part.type}/{part.subtype}" == other.get_content_type()
        if other.is_multipart():
            assert len(part.parts) == len(other.get_payload())
            for mine, theirs in zip(part.parts, other.get_payload(), strict=True):
                compare(mine, theirs)
        else:
            theirs = other.get_payload(decode=True).replace(b"\r\n", b"\n")
            assert content[part.body : part.end].replace(b"\r\n", b"\n").strip() == theirs.strip()

    compare(tree, email.message_from_bytes(content, policy=email.policy.default))


HOSTILE = {
    "10,000 parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 10_000,
    "100 levels": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(100)
    ),
    "100 messages": b"Content-Type: message/rfc822\r\n\r\n" * 100,
    "a long boundary": b"Content-Type: multipart/mixed; boundary=" + b"b" * 100_000 + b"\r\n\r\nx",
    "no boundary": b"Content-Type: multipart/mixed\r\n\r\n--\r\nx",
    "an unclosed boundary": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx",
    "a header of a megabyte": b"Subject: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "folding without end": b"Subject: x\r\n" + b" y\r\n" * 200_000,
    "100,000 fields": b"X: y\r\n" * 100_000,
    "colons": b":" * 100_000,
    "addresses": b"From: "
    + b"<" * 50_000
    + b"\r\nTo: "
    + b"(" * 50_000
    + b"\r\nCc: "
    + b'"' * 50_001
    + b"\r\n\r\n",
    "parameters": b"Content-Type: text/plain" + b"; a*0*=b" * 5_000 + b"\r\n\r\n",
    "random": bytes(range(256)) * 400,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_take_no_time(name: str) -> None:
    content, began = HOSTILE[name], time.monotonic()
    tree = mime.scan(content)
    mime.structure(content, tree)
    mime.structure(content, tree, extended=False)
    mime.envelope(tree.fields)
    mime.section(content, (1, 1, 1), "MIME", ())
    assert time.monotonic() - began < 3


def test_there_are_bounds_to_parts_and_levels() -> None:
    wide = mime.scan(HOSTILE["10,000 parts"])
    assert len(wide.parts) <= mime.MOST_PARTS
    depth, part = 0, mime.scan(HOSTILE["100 levels"])
    while part.parts:
        depth, part = depth + 1, part.parts[0]
    assert depth <= mime.DEEPEST
