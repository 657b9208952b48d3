"""What clients say to the POP3 server: in pieces of any size it leads to the same questions and answers."""

from __future__ import annotations

from collections.abc import Iterator

from forecourt.planes.mail.pop3 import Entry, Login, Retrieve, Session, Settings, StartTls

TOKENS = (
    b"USER a\r\n",
    b"PASS b\r\n",
    b"RETR ",
    b"TOP 1 ",
    b"DELE 1\r\n",
    b"AUTH PLAIN ",
    b"UIDL\r\n",
    b"QUIT\r\n",
)


def seeds() -> Iterator[bytes]:
    yield b"\x03USER a\r\nPASS b\r\nLIST\r\nRETR 1\r\nTOP 2 1\r\nDELE 1\r\nQUIT\r\n"
    yield b"\x02CAPA\r\nAUTH PLAIN AGEAYg==\r\nSTAT\r\nUIDL 2\r\n"


def check(data: bytes) -> None:
    size = data[0] % 32 + 1 if data else 1
    rest = data[1:]
    assert talked([rest]) == talked([rest[at : at + size] for at in range(0, len(rest), size)])


def talked(pieces: list[bytes]) -> tuple[bytes, list[str]]:
    session, said = Session(Settings("h", starttls=False, cleartext=True), tls=False), b""
    asked: list[str] = []
    for piece in pieces or [b""]:
        session.receive(piece)
        while (question := session.next()) is not None:
            asked.append(repr(question))
            match question:
                case Login():
                    session.answer([Entry("1.1", 9), Entry("1.2", 9)])
                case Retrieve():
                    session.answer(b"A: b\r\n\r\n.\r\n")
                case StartTls():
                    return said + session.outgoing(), asked
                case _:
                    session.answer(None)
        said += session.outgoing()
    return said, asked
