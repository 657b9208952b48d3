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
    "no colon": b"x" * 300_000 + b"\r\n\r\n",
    "lines without a colon": (b"x" * 900 + b"\r\n") * 1_000 + b"\r\n",
    "semicolons": b"Content-Type: text/plain" + b";" * 1_000_000 + b"\r\n\r\n",
    "quotes": b'Content-Type: text/plain; a="' + b";" * 200_000 + b"\r\n\r\n",
    "long dispositions": (b"Content-Disposition: attachment" + b"; a=b" * 200_000 + b"\r\n\r\n"),
    "received": b"Received: from a by b; Wed, 17 Jul 1996 02:23:25 -0700\r\n" * 50_000 + b"\r\n",
    "NULs": b"Subject: \0\0\r\nFrom: \0@\0\r\nContent-Type: \0/\0; \0=\0\r\n\r\n\0",
    "not UTF-8": b"Subject: \xff\xfe\r\nFrom: \xff@\xfe\r\nContent-Type: \xff/\xfe; \xff=\xfe\r\n\r\n\xff",
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


@pytest.mark.parametrize(
    "charset", ["idna", "undefined", "punycode", "a\0b", "zip", "x" * 5000, ""]
)
@pytest.mark.parametrize("code", ["q", "b"])
def test_any_charset_is_read_somehow(charset: str, code: str) -> None:
    assert isinstance(mime.decoded(f"=?{charset}?{code}?YWFh=ff?="), str)


@pytest.mark.parametrize("value", ["=?utf-8?q?a?= " * 50_000, "=?a?q?" * 100_000, "=?" * 500_000])
def test_hostile_encoded_words_take_no_time(value: str) -> None:
    began = time.monotonic()
    mime.decoded(value)
    assert time.monotonic() - began < 2


def test_fields_are_lines() -> None:
    """RFC 5322 §2.2: neither the middle of a line nor its continuation is a field."""
    header = b"junk From: a@b\r\n: To: x\r\nCc: y\r\n\tBcc: z\r\nSubject : s\r\n\r\n"
    assert list(mime.fields(header)) == [("cc", b" y\r\n\tBcc: z"), ("subject", b" s")]


def test_an_envelope_tells_what_is_empty_from_what_is_not_there() -> None:
    """RFC 3501 §7.4.2"""
    assert mime.envelope(mime.fields(b"Subject:\r\nDate: \r\n\r\n")) == (
        b'("" "" NIL NIL NIL NIL NIL NIL NIL NIL)'
    )


def test_an_envelope_has_groups() -> None:
    """RFC 3501 §7.4.2: a group begins with an address without a host, and ends with one of nothing."""
    said = mime.envelope(mime.fields(b"To: Some: a@b.test, C <c@d.test>;\r\nCc: nobody:;\r\n\r\n"))
    group = b'((NIL NIL "Some" NIL)(NIL NIL "a" "b.test")("C" NIL "c" "d.test")(NIL NIL NIL NIL))'
    nobody = b'((NIL NIL "nobody" NIL)(NIL NIL NIL NIL))'
    assert said == b"(NIL NIL NIL NIL NIL " + group + b" " + nobody + b" NIL NIL NIL)"


def test_the_envelope_of_the_rfc() -> None:
    """RFC 3501 §7.4.2, the example of §8."""
    header = (
        b"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\nFrom: Terry Gray <gray@cac.washington.edu>\r\n"
        b"Subject: IMAP4rev1 WG mtg summary and minutes\r\nTo: imap@cac.washington.edu\r\n"
        b"cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
        b"Message-Id: <B27397-0100000@cac.washington.edu>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n"
    )
    terry = b'(("Terry Gray" NIL "gray" "cac.washington.edu"))'
    assert mime.envelope(mime.fields(header)) == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes" '
        + b" ".join([terry] * 3)
        + b' ((NIL NIL "imap" "cac.washington.edu")) ((NIL NIL "minutes" "CNRI.Reston.VA.US")'
        b'("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL "<B27397-0100000@cac.washington.edu>")'
    )


def test_the_structure_of_the_rfc() -> None:
    """RFC 3501 §7.4.2: text, and text with an attachment that is text."""
    content = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n"
        + b"a"
        * 28
        + b"\r\n\r\n--x\r\n"
        b'Content-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME="cc.diff"\r\n'
        b"Content-ID: <960723163407.20117h@cac.washington.edu>\r\n"
        b"Content-Description: Compiler diff\r\nContent-Transfer-Encoding: BASE64\r\n\r\nYQ==\r\n--x--\r\n"
    )
    assert mime.structure(content, mime.scan(content), extended=False).upper() == (
        b'(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 30 1)'
        b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII" "NAME" "CC.DIFF") '
        b'"<960723163407.20117H@CAC.WASHINGTON.EDU>" "COMPILER DIFF" "BASE64" 4 1) "MIXED")'
    )


Tree = bytes | list[Any]
LEAF = st.lists(
    st.sampled_from([b"", b"a", b"--", b"--b0", b"-", b" ", b"\xff\0"]), max_size=5
).map(b"\r\n".join)
TREES: st.SearchStrategy[Tree] = st.recursive(
    LEAF, lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=8
)


def written(tree: Tree, depth: int = 0) -> tuple[bytes, bytes]:
    """Header and body of a tree of parts; a boundary is no prefix of another."""
    if isinstance(tree, bytes):
        return b"X: %d\r\n\r\n" % depth, tree
    mark = b"=_%d_=" % depth
    parts = b"".join(
        b"--" + mark + b"\r\n" + b"".join(written(each, depth + 1)) + b"\r\n" for each in tree
    )
    return (
        b'Content-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\n',
        b"before\r\n" + parts + b"--" + mark + b"--\r\nafter",
    )


@given(TREES)
@settings(deadline=None)
def test_sections_are_exact_whatever_is_in_them(tree: Tree) -> None:
    content = b"".join(written(tree))

    def compare(each: Tree, numbers: tuple[int, ...]) -> None:
        header, body = written(each, len(numbers))
        if numbers:
            assert mime.section(content, numbers, "MIME", ()) == header
            assert mime.section(content, numbers, "", ()) == body
        if isinstance(each, list):
            for number, inner in enumerate(each, 1):
                compare(inner, (*numbers, number))
            assert mime.section(content, (*numbers, len(each) + 1), "", ()) is None

    compare(tree, ())
    if isinstance(tree, bytes):
        assert mime.section(content, (1,), "", ()) == tree


@given(
    st.binary(max_size=200) | st.from_regex(rb"(?:[A-Za-z-]{1,8}: ?[^\x00]{0,20}\r\n){0,4}\r\n.*")
)
@settings(deadline=None)
def test_any_bytes_are_a_message(content: bytes) -> None:
    tree = mime.scan(content)
    mime.structure(content, tree)
    mime.envelope(tree.fields)
    mime.date(content)
    mime.address_list(content)
    mime.decoded(mime.text(content))
    header, text = (mime.section(content, (), what, ()) for what in ("HEADER", "TEXT"))
    assert header is not None and text is not None and header + text == content
