"""Signing in."""

from __future__ import annotations

from base64 import b64encode

import pytest

from forecourt.planes.mail.imap import questions as q
from forecourt.planes.mail.imap.session import Session, Settings
from tests.planes.mail.imap.playing import Play

PLAIN = b64encode(b"\0u\0p").decode()


@pytest.mark.parametrize(
    "lines",
    [
        ["a LOGIN u p"], ['a LOGIN "u" "p"'], ["a LOGIN {1+}", "u {1+}", "p"], [f"a AUTHENTICATE PLAIN {PLAIN}"],
        ["a AUTHENTICATE PLAIN", PLAIN], ["a AUTHENTICATE LOGIN", "dQ==", "cA=="], ["a AUTHENTICATE LOGIN dQ==", "cA=="],
    ],
)  # fmt: skip
def test_each_way_of_signing_in(lines: list[str]) -> None:
    play = Play()
    said = play.say(*lines)
    assert said[-1].startswith("a OK [CAPABILITY IMAP4rev1 ") and " IDLE " in said[-1]
    assert play.questions == [q.Login("u", "p")]


@pytest.mark.parametrize(
    ("lines", "ends"),
    [
        (["a AUTHENTICATE CRAM-MD5"], "a NO"), (["a AUTHENTICATE PLAIN", "*"], "a BAD"), (["a AUTHENTICATE PLAIN !!"], "a BAD"),
        (["a AUTHENTICATE PLAIN ="], "a NO"), (["a AUTHENTICATE PLAIN " + b64encode(b"x\0u\0p").decode()], "a NO"),
        (["a LOGIN u"], "a BAD"), (["a STARTTLS now"], "a BAD"), (["a ENABLE CONDSTORE"], "a BAD"),
    ],
)  # fmt: skip
def test_signing_in_can_fail_in_many_ways(lines: list[str], ends: str) -> None:
    play = Play()
    assert play.say(*lines)[-1].startswith(ends) and play.questions == []


def test_passwords_are_for_tls_alone() -> None:
    session = Session(Settings("mail.test"), tls=False)
    session.receive(b"a LOGIN u p\r\n")
    assert session.next() is None
    said = session.outgoing().decode()
    assert "LOGINDISABLED" in said and "AUTH=" not in said and "a NO [PRIVACYREQUIRED]" in said


def test_tls_is_turned_to_and_nothing_may_follow_in_the_clear() -> None:
    session = Session(Settings("mail.test"), tls=False)
    session.receive(b"a STARTTLS\r\n")
    assert session.next() == q.StartTls()
    session.secured()
    session.answer(None)
    session.receive(b"b CAPABILITY\r\n")
    assert session.next() is None and b"AUTH=PLAIN" in session.outgoing()
    session = Session(Settings("mail.test"), tls=False)
    session.receive(b"a STARTTLS\r\nb LOGIN u p\r\n")
    assert session.next() is None and session.closed and b"* BYE" in session.outgoing()


def test_what_is_enabled_is_told() -> None:
    play = Play()
    play.say("a LOGIN u p")
    assert play.say("b ENABLE condstore X-NONE") == ["* ENABLED CONDSTORE", "b OK Done"]
    assert play.session.condstore
    assert play.say("c ID NIL")[0] == '* ID ("name" "Forecourt")'
