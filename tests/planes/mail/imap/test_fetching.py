"""FETCH items, read and written."""

from __future__ import annotations

import time

import pytest

from forecourt.planes.mail.imap import fetching
from forecourt.planes.mail.imap.fetching import HEADER_BYTES, Items, Section
from forecourt.planes.mail.imap.grammar import Bad, Reader
from forecourt.planes.mail.imap.questions import Row

ROW = Row(7, " \\Seen ", 12, 0.0, 23, b"(env)", b"(str)", b"Subject: x\r\n\r\nHi there\r\n")


def items(text: str) -> Items:
    args = Reader(text.encode())
    found = fetching.items(args)
    args.end()
    return found


@pytest.mark.parametrize(
    ("text", "content", "sees"),
    [("FAST", 0, False), ("ALL", 0, False), ("FULL", None, False), ("FLAGS", 0, False), ("(UID MODSEQ)", 0, False),
     ("BODY[]", None, True), ("BODY.PEEK[]", None, False), ("BODY.PEEK[HEADER]", HEADER_BYTES, False), ("RFC822", None, True),
     ("RFC822.HEADER", HEADER_BYTES, False), ("BODY.PEEK[HEADER.FIELDS (To)]", HEADER_BYTES, False),
     ("BODY.PEEK[]<10.20>", 30, False), ("(BODY.PEEK[HEADER] BODY.PEEK[1])", None, False), ("BODY[TEXT]", None, True),
     ("BODYSTRUCTURE", 0, False), ("BODY.PEEK[1.2.MIME]", None, False)],
)  # fmt: skip
def test_no_more_is_read_than_is_asked(text: str, content: int | None, sees: bool) -> None:
    found = items(text)
    assert (found.content, found.sees) == (content, sees)


@pytest.mark.parametrize(
    "text",
    ["NONSENSE", "BODY[", "BODY[X]", "BODY[MIME]", "BODY[]<1>", "BODY[]<1.0>", "(UID", "()", "BODY[HEADER.FIELDS]",
     "BODY[1.]", "BODY[1HEADER]", "BODY[0]", "BODY[1.0]", "BODY[1.]X", "BODY[" + "1." * 100 + "1]"],
)  # fmt: skip
def test_what_cannot_be_fetched_is_bad(text: str) -> None:
    with pytest.raises(Bad):
        items(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [("(FLAGS UID)", "UID 7 FLAGS (\\Seen)"), ("RFC822.SIZE", "RFC822.SIZE 23"), ("ENVELOPE", "ENVELOPE (env)"),
     ("INTERNALDATE", 'INTERNALDATE " 1-Jan-1970 00:00:00 +0000"'), ("BODYSTRUCTURE", "BODYSTRUCTURE (str)"),
     ("BODY.PEEK[TEXT]<3.100>", "BODY[TEXT]<3> {7}\r\nthere\r\n"), ("BODY[5]", "BODY[5] NIL"), ("MODSEQ", "MODSEQ (12)"),
     ('BODY[HEADER.FIELDS (Subject "X Y")]', 'BODY[HEADER.FIELDS (Subject "X Y")] {14}\r\nSubject: x\r\n\r\n')],
)  # fmt: skip
def test_each_item_is_written(text: str, written: str) -> None:
    wanted = items(text)
    said = fetching.line(3, ROW, wanted, "\\Seen", uid=False, modseq=False)
    assert said.decode() == f"* 3 FETCH ({written})"


def test_by_uid_the_uid_is_told() -> None:
    said = fetching.line(3, ROW, Items(("FLAGS",)), "", uid=True, modseq=True)
    assert said == b"* 3 FETCH (UID 7 FLAGS () MODSEQ (12))"
    assert Section(b"x", peek=True).peek


def test_many_sections_of_many_parts_take_no_time() -> None:
    parts = b"--b\r\nContent-Type: text/plain; charset=x\r\n\r\nx\r\n" * 1_000
    content = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts
    wanted = items("(" + " ".join(f"BODY[{number}]" for number in range(1, 500)) + ")")
    began = time.monotonic()
    said = fetching.line(1, Row(1, " ", 1, content=content), wanted, "", uid=False, modseq=False)
    assert said.count(b"{1}\r\nx") == 499 and time.monotonic() - began < 2
