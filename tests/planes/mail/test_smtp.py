"""Replies, and how a message came."""

from __future__ import annotations

from forecourt.planes.mail.smtp import Peer, Reply


def test_a_reply_may_have_several_lines() -> None:
    assert Reply(250, "one\ntwo", "2.0.0").lines() == b"250-2.0.0 one\r\n250 2.0.0 two\r\n"
    assert str(Reply(550, "no", "5.1.1")) == "550 5.1.1 no"
    assert Reply(354, "go").positive and Reply(550, "no").permanent and not Reply(450, "").positive


def test_how_a_message_came_has_a_name() -> None:
    assert Peer("a").protocol == "SMTP"
    assert Peer("a", extended=True).protocol == "ESMTP"
    assert Peer("a", extended=True, tls="x", user="u").protocol == "ESMTPSA"
