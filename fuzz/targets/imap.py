"""What clients say to the IMAP server: in pieces of any size it leads to the same questions and answers."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any

from forecourt.planes.mail.imap import Session, Settings
from forecourt.planes.mail.imap import questions as q

TOKENS = (
    b"a SELECT x\r\n", b" FETCH ", b"BODY[1.2.HEADER.FIELDS (A B)]<0.9>", b"{3+}\r\nabc", b"{3}\r\n", b" SEARCH ",
    b"NOT ", b"OR ", b"SUBJECT ", b"1:*", b"UID ", b" STORE 1 +FLAGS (\\Seen)", b"IDLE\r\nDONE\r\n",
    b" APPEND x {3+}\r\nabc\r\n", b"LIST (SUBSCRIBED) \"\" (a %) RETURN (STATUS (UNSEEN))", b"(CONDSTORE)",
    b"(CHANGEDSINCE 1)", b"CHARSET UTF-8 ", b"&AAA-",
)  # fmt: skip
STATE = q.State(1, 2, 9, 5, 3, 1, 1, 30)
ROWS = [
    q.Row(uid, " \\Seen ", 5, 0.0, 20, b"()", b"()", b"A: b\r\n\r\ntext\r\n") for uid in (2, 5, 8)
]
ANSWERS: dict[str, Any] = {
    "Mailboxes": [q.Listed("INBOX", True), q.Listed("a/b", False)],
    "Status": STATE,
    "Changes": q.Changed(5, (), (), ()),
    "Fetch": ROWS,
    "Store": q.Stored((), (), 0),
    "Expunge": ((), 0),
    "Copy": q.Copied(1, (2,), (3,)),
    "Append": (1, 2),
    "Search": [(2, 5)],
    "Quota": (1, 2),
}
SIGNED_IN = b"a LOGIN u p\r\nb SELECT x\r\n"


def seeds() -> Iterator[bytes]:
    yield (
        b"\x03"
        + SIGNED_IN
        + b"c FETCH 1:* (FLAGS ENVELOPE BODY.PEEK[1.MIME])\r\nd UID SEARCH OR SEEN NOT TEXT {1+}\r\nx\r\n"
    )
    yield (
        b"\x05"
        + SIGNED_IN
        + b'c APPEND x (\\Seen) "01-Feb-2026 00:00:00 +0000" {3+}\r\nabc\r\nd IDLE\r\nDONE\r\n'
    )
    yield (
        b"\x07"
        + SIGNED_IN
        + b'c LIST "" *\r\nd STATUS x (MESSAGES)\r\ne UID MOVE 1,5:* y\r\nf LOGOUT\r\n'
    )


def check(data: bytes) -> None:
    size = data[0] % 32 + 1 if data else 1
    rest = data[1:]
    whole = talked([rest])
    assert whole == talked([rest[at : at + size] for at in range(0, len(rest), size)])


def talked(pieces: list[bytes]) -> tuple[bytes, list[str]]:
    session, said = Session(Settings("h", 2000, starttls=False, cleartext=True), tls=False), b""
    asked: list[str] = []
    for piece in pieces or [b""]:
        session.receive(piece)
        while (question := session.next()) is not None:
            asked.append(repr(question))
            name = type(question).__name__
            if name == "Open":
                session.answer(q.Opened(STATE, array("I", (2, 5, 8)), (), 5, 8))
            elif name == "StartTls":
                return said + session.outgoing(), asked
            else:
                session.answer(ANSWERS.get(name))
        said += session.outgoing()
    return said, asked
