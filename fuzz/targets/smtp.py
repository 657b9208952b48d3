"""What clients say to the SMTP server: in pieces of any size it leads to the same messages and answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forecourt.planes.mail.smtp import Envelope, Peer, Reply
from forecourt.planes.mail.smtp_server import Message, Piece, Session, Settings

TOKENS = (
    b"EHLO a\r\n", b"MAIL FROM:<a@b.c>", b"RCPT TO:<a@b.c>", b"DATA\r\n", b"\r\n.\r\n", b"BDAT 3 LAST\r\n",
    b"AUTH PLAIN ", b"STARTTLS\r\n", b" SIZE=", b" NOTIFY=", b"\r\n.", b"\n.\n", b"RSET\r\n",
)  # fmt: skip
OPENED = b"EHLO a\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\n"
Taken = list[tuple[Envelope, bytes]]


def seeds() -> Iterator[bytes]:
    yield b"\x03" + OPENED + b"DATA\r\nSubject: x\r\n\r\n..y\r\n.\r\nQUIT\r\n"
    yield b"\x01" + OPENED + b"BDAT 4\r\na\r\nbBDAT 2 LAST\r\n\r\nNOOP\r\n"
    yield b"\x09EHLO a\r\nAUTH PLAIN AGEAYg==\r\nMAIL FROM:<> RET=FULL ENVID=x\r\n"
    yield b"\x05" + OPENED + b"DATA\r\nx\n.\nMAIL FROM:<z@z>\r\n"


def check(data: bytes) -> None:
    size = data[0] % 32 + 1 if data else 1
    rest = data[1:]
    whole = talked([rest])
    assert whole == talked([rest[at : at + size] for at in range(0, len(rest), size)])
    for _, content in whole[1]:
        assert b"\0" not in content
        assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")


def talked(pieces: list[bytes]) -> tuple[bytes, Taken]:
    session, said = (
        Session(Settings("h", 2000, 3, starttls=False, cleartext=True), Peer("192.0.2.1")),
        b"",
    )
    taken: Taken = []
    content = b""
    for piece in pieces or [b""]:
        session.receive(piece)
        while (question := session.next()) is not None:
            answer: Any = None
            match question:
                case Piece(part):
                    content += part
                case Message(envelope, last):
                    taken.append((envelope, content + last))
                    content, answer = b"", Reply(250, "Ok")
            session.answer(answer)
        said += session.outgoing()
    return said, taken
