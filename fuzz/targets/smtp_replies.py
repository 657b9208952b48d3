"""What servers answer to our SMTP client: replies for all recipients, or a failure that says so."""

from __future__ import annotations

from collections.abc import Iterator

from forecourt.planes.mail.smtp import Envelope, Recipient
from forecourt.planes.mail.smtp_client import Broken, Failed, Session

TOKENS = (
    b"220 ",
    b"250-",
    b"250 ",
    b"354 go\r\n",
    b"421 ",
    b"550 5.1.1 ",
    b"PIPELINING\r\n",
    b"SIZE 10\r\n",
)
TO = (Recipient("a@b.c"), Recipient("d@e.f"))


def seeds() -> Iterator[bytes]:
    yield b"220 hi\r\n250-h\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n250 ok\r\n"
    yield b"220 hi\r\n500 what\r\n250 h\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n452 4.2.2 full\r\n"


def check(data: bytes) -> None:
    session = Session("us")
    session.receive(data)
    try:
        for steps in (session.open(), session.send(Envelope("x@y.z", TO), [b".x\r\n"], 4)):
            session.start(steps)
            for _ in range(50):
                question = session.next()
                session.outgoing()
                if session.closed:
                    break
                if question is None:
                    return  # it waits for more
    except (Broken, Failed):
        return
    assert set(session.outcome.replies) == set(TO)
    assert all(200 <= reply.code < 600 for reply in session.outcome.replies.values())
