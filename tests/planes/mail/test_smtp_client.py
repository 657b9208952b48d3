"""The sending side by transcript, and against our own receiving side."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.mail.smtp import Envelope, Recipient
from forecourt.planes.mail.smtp_client import FLUSH, Broken, Failed, Session
from tests.planes.mail.test_smtp_server import Shell

TO = tuple(Recipient(f"{name}@d.test") for name in ("a", "b"))
ENVELOPE = Envelope("x@y.test", TO, eight_bit=True, ret="HDRS", envid="e1")
EHLO = "250-mx.test\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 DSN\r\n"


def run(session: Session, steps: Any, replies: str) -> str:
    """Run one dialogue against what the peer will say; what we said."""
    session.start(steps)
    session.receive(replies.encode())
    said = b""
    while not session.closed:
        question = session.next()
        said += session.outgoing()
        assert question is FLUSH or session.closed, "it waits for more"
    return said.decode()


def opened(ehlo: str = EHLO) -> Session:
    session = Session("us.test")
    assert run(session, session.open(), "220 hi\r\n" + ehlo) == "EHLO us.test\r\n"
    return session


def send(
    session: Session, replies: str, envelope: Envelope = ENVELOPE, content: bytes = b"x\r\n"
) -> str:
    return run(session, session.send(envelope, [content], len(content)), replies)


def codes(session: Session) -> list[int]:
    return [session.outcome.replies[each].code for each in TO]


def test_commands_are_pipelined_where_the_peer_can() -> None:
    session = opened()
    said = send(session, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 taken\r\n")
    assert said == (
        "MAIL FROM:<x@y.test> SIZE=3 BODY=8BITMIME RET=HDRS ENVID=e1\r\nRCPT TO:<a@d.test>\r\n"
        "RCPT TO:<b@d.test>\r\nDATA\r\nx\r\n.\r\n"
    )
    assert codes(session) == [250, 250]


def test_a_plain_peer_is_talked_to_plainly() -> None:
    session = Session("us.test")
    said = run(session, session.open(), "220 hi\r\n500 what\r\n250 hello\r\n")
    assert said == "EHLO us.test\r\nHELO us.test\r\n"
    said = send(session, "250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n250 ok\r\n")
    assert said.startswith("MAIL FROM:<x@y.test>\r\nRCPT TO:<a@d.test>\r\n")
    assert codes(session) == [550, 250]


def test_each_recipient_has_its_reply() -> None:
    session = opened()
    send(session, "250 ok\r\n550 5.1.1 no such\r\n250 ok\r\n354 go\r\n452 4.2.2 full\r\n")
    replies = session.outcome.replies
    assert (replies[TO[0]].status, replies[TO[0]].text) == ("5.1.1", "no such")
    assert codes(session) == [550, 452]


def test_when_nobody_is_left_nothing_is_sent() -> None:
    session = opened()
    said = send(session, "250 ok\r\n550 no\r\n450 later\r\n250 reset\r\n")
    assert said.endswith("RSET\r\n") and codes(session) == [550, 450]


def test_a_sender_that_is_refused_is_so_for_all() -> None:
    session = opened()
    send(session, "550 no\r\n503 seq\r\n503 seq\r\n")
    assert codes(session) == [550, 550]


def test_what_the_peer_cannot_take_is_not_tried() -> None:
    session = opened()
    with pytest.raises(Failed) as failure:
        send(session, "", content=b"x" * 1001)
    assert failure.value.reply.status == "5.3.4"
    with pytest.raises(Failed) as failure:
        send(opened(), "", Envelope("ü@y.test", TO, utf8=True))
    assert failure.value.reply.status == "5.6.7"


@pytest.mark.parametrize(
    "reply",
    ["nonsense\r\n", "25\r\n", "250x\r\n", "x" * 5000, "250-a\r\n" * 200, "250 a\n", "\r\n"],
)
def test_nonsense_is_not_a_reply(reply: str) -> None:
    session = opened()
    with pytest.raises(Broken):
        send(session, reply)


def test_421_ends_the_connection() -> None:
    session = opened()
    with pytest.raises(Failed) as failure:
        send(session, "421 4.3.2 closing\r\n")
    assert failure.value.step == "connection"


def test_tls_is_asked_for_and_nothing_may_come_with_the_answer() -> None:
    session = opened()
    assert run(session, session.starttls(), "220 go\r\n") == "STARTTLS\r\n"
    session = opened()
    with pytest.raises(Broken):
        run(session, session.starttls(), "220 go\r\n250 injected\r\n")


def test_signing_in() -> None:
    session = opened()
    assert run(session, session.sign_in("u", "p"), "235 ok\r\n") == "AUTH PLAIN AHUAcA==\r\n"
    with pytest.raises(Failed):
        run(session, session.sign_in("u", "p"), "535 no\r\n")


LINES = st.lists(st.sampled_from([b"", b".", b"..", b".a", b"text", b"\xc3\xbc"]), max_size=8)


@given(LINES, st.integers(1, 7), st.integers(1, 9))
def test_what_is_sent_is_what_is_received(lines: list[bytes], cut: int, piece: int) -> None:
    """Whatever the pieces it comes in, and the pieces it goes in."""
    content = b"".join(line + b"\r\n" for line in lines)
    session = opened()
    pieces = [content[at : at + cut] for at in range(0, len(content), cut)]
    session.start(session.send(Envelope("x@y.test", TO[:1]), pieces, len(content)))
    session.receive(b"250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n")
    said = b""
    while not session.closed:
        session.next()
        said += session.outgoing()
    shell = Shell()
    shell.say(b"EHLO us.test\r\n" + said, piece)
    assert shell.messages[0][1] == content


@pytest.mark.parametrize(
    "replies",
    [
        "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n354 go\r\n",  # 354 is no answer to the content
        "250 ok\r\n250 ok\r\n250 ok\r\n250 go\r\n250 ok\r\n",
        "354 go\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n",
        "250 ok\r\n354 go\r\n250 ok\r\n354 go\r\n250 ok\r\n",
        "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n150 ok\r\n",
        "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n050 ok\r\n",
    ],
)
def test_a_peer_that_is_out_of_step_is_broken(replies: str) -> None:
    """RFC 5321 §4.3.2: only 2yz says that a message was taken."""
    with pytest.raises(Broken):
        send(opened(), replies)


@pytest.mark.parametrize(
    "replies",
    ["250 ok\r\n421 bye\r\n", "250 ok\r\n250 ok\r\n250 ok\r\n421 bye\r\n", "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n421 bye\r\n"],
)  # fmt: skip
def test_421_may_come_at_any_time(replies: str) -> None:
    with pytest.raises(Failed) as failure:
        send(opened(), replies)
    assert failure.value.reply.code == 421


def test_data_can_be_refused() -> None:
    session = opened()
    said = send(session, "250 ok\r\n250 ok\r\n550 no\r\n554 5.7.1 not from you\r\n")
    assert said.endswith("DATA\r\n")
    assert codes(session) == [554, 550]


def test_a_connection_is_good_for_several_messages() -> None:
    session = opened()
    send(session, "250 ok\r\n550 no\r\n450 later\r\n250 reset\r\n")
    send(session, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n")
    assert codes(session) == [250, 250]
    assert run(session, session.quit(), "221 bye\r\n") == "QUIT\r\n"


@pytest.mark.parametrize("greeting", ["554 no\r\n", "250 hi\r\n", "220-hi\r\n554 no\r\n"])
def test_a_greeting_that_is_none_is_told(greeting: str) -> None:
    session = Session("us.test")
    with pytest.raises(Failed) as failure:
        run(session, session.open(), greeting)
    assert failure.value.step == "greeting"


@given(st.binary(max_size=60))
def test_any_bytes_are_replies_or_broken(said: bytes) -> None:
    session = opened()
    session.start(session.send(ENVELOPE, [b"x\r\n"], 3))
    session.receive(said)
    try:
        while session.next() is not None:
            pass
    except (Broken, Failed):
        return
