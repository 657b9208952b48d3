"""What is done to a message before it is ours."""

from __future__ import annotations

import pytest

from forecourt.planes.mail.smtp import Envelope, Peer, Recipient
from forecourt.roles.mail import intake

PLAIN = b"From: a@b.test\r\nSubject: x\r\n\r\nHi\r\n"


def test_what_a_message_must_have_is_added() -> None:
    found = intake.completed(PLAIN, "mail.test", "id1", 0.0)
    assert found.startswith(
        b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <id1@mail.test>\r\n"
    )
    assert found.endswith(PLAIN)
    whole = b"Date: x\r\nMessage-ID: <y>\r\n" + PLAIN
    assert intake.completed(whole, "mail.test", "id1", 0.0) == whole


def test_who_gets_a_blind_copy_is_not_told() -> None:
    text = (
        b"Bcc: secret@b.test,\r\n other@b.test\r\nDate: x\r\nMessage-ID: <y>\r\nReturn-Path: <z>\r\n"
        + PLAIN
    )
    assert (
        intake.completed(text, "mail.test", "id1", 0.0) == b"Date: x\r\nMessage-ID: <y>\r\n" + PLAIN
    )


@pytest.mark.parametrize("content", [b"", b"\r\n", b"just text\r\n", b"\r\nbody\r\n"])
def test_a_body_without_a_header_gets_one(content: bytes) -> None:
    found = intake.completed(content, "mail.test", "id1", 0.0)
    head, empty, body = found.partition(b"\r\n\r\n")
    assert head.count(b"\r\n") == 1 and empty and body == content.removeprefix(b"\r\n")


def test_received_says_how_it_came() -> None:
    envelope = Envelope("a@b.test", (Recipient("c@d.test"),))
    peer = Peer("192.0.2.1", "evil (name)\r\nX: y", extended=True, tls="TLSv1.3 AES", user="a")
    found = intake.received_field("mail.test", peer, envelope, "id1", 0.0).decode()
    assert found.startswith(
        "Received: from evilnameX:y ([192.0.2.1])\r\n\t(TLSv1.3 with cipher AES)"
    )
    assert "by mail.test with ESMTPSA id id1" in found and "for <c@d.test>" in found
    several = Envelope("", (Recipient("c@d.test"), Recipient("e@d.test")), utf8=True)
    found = intake.received_field("mail.test", Peer("::1", "h"), several, "id1", 0.0).decode()
    assert "for <" not in found and "with UTF8SMTP" in found


def test_hops_are_those_of_the_header() -> None:
    assert intake.hops(b"Received: a\r\nreceived: b\r\nX: c\r\n\r\nReceived: d\r\n") == 2


def test_long_lists_are_cut() -> None:
    envelope = Envelope("", tuple(Recipient(f"{n}@b.test") for n in range(7)))
    assert intake.listed(envelope).endswith("4@b.test and 2 more")
