"""What comes back from other servers, and from those who complain."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.mail.reports import FAILED, About, report
from forecourt.services.ses import feedback
from tests.harness import World

from .calls import send, told, watched


@pytest.fixture
def topic(world: World, sesv2: Any, domain: str, production: None) -> str:
    return watched(world, sesv2)


def dsn(id: str, *failed: str, action: str = FAILED) -> bytes:
    about = [About(each, "", "5.2.1", "550 5.2.1 gone", "mx.other.test") for each in failed]
    _, text = report(
        action, "mx.other.test", f"{id}@amazonses.com", about, b"Subject: s\r\n\r\n", arrived=0.0,
        envid="", full=False, message_id="<x@y>", now=0.0,
    )  # fmt: skip
    return text


ARF = b"""\
From: fbl@other.test
To: complaints@amazonses.com
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is spam.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Loop/1.0
Version: 1
Original-Rcpt-To: <bob@other.test>

--b
Content-Type: message/rfc822

From: a@app.test
Message-ID: <%s@email.amazonses.com>

hello
--b--
"""


def test_a_bounce_that_comes_later(world: World, sesv2: Any, topic: str) -> None:
    id = send(sesv2, "bob@other.test", ConfigurationSetName="s")
    address = f"{id}@amazonses.com"
    assert world.store.read_now(feedback.takes, address)
    (found,) = feedback.read(dsn(id, "bob@other.test", "stranger@else.test"), [address])
    world.store.write_now(feedback.take, found)
    _, event = told(world, topic)
    assert event["bounce"]["bouncedRecipients"] == [
        {
            "emailAddress": "bob@other.test", "action": "failed", "status": "5.2.1",
            "diagnosticCode": "smtp; 550 5.2.1 gone",
        }
    ]  # fmt: skip
    assert sesv2.get_suppressed_destination(EmailAddress="bob@other.test")


def test_a_complaint(world: World, sesv2: Any, topic: str) -> None:
    id = send(sesv2, "bob@other.test", "carl@other.test", ConfigurationSetName="s")
    assert world.store.read_now(feedback.takes, feedback.COMPLAINTS)
    (found,) = feedback.read(ARF % id.encode(), [feedback.COMPLAINTS])
    world.store.write_now(feedback.take, found)
    _, event = told(world, topic)
    assert event["complaint"]["complainedRecipients"] == [{"emailAddress": "bob@other.test"}]
    assert event["complaint"]["complaintFeedbackType"] == "abuse"
    assert event["complaint"]["userAgent"] == "Loop/1.0"
    suppressed = sesv2.get_suppressed_destination(EmailAddress="bob@other.test")
    assert suppressed["SuppressedDestination"]["Reason"] == "COMPLAINT"


def test_what_is_no_report(world: World, sesv2: Any, topic: str) -> None:
    id = send(sesv2, "bob@other.test", ConfigurationSetName="s")
    address = f"{id}@amazonses.com"
    away = b"Auto-Submitted: auto-replied\r\nSubject: away\r\n\r\nI am away.\r\n"
    assert feedback.read(away, [address]) == []
    (delayed,) = feedback.read(dsn(id, "bob@other.test", action="delayed"), [address])
    world.store.write_now(feedback.take, delayed)
    assert len(told(world, topic)) == 1
    for other in ("bob@amazonses.com", f"{id[:-1]}1@amazonses.com", "0" * 16 + id[16:] + "@x.test"):
        assert not world.store.read_now(feedback.takes, other)


@given(st.binary(max_size=300))
def test_whatever_comes(content: bytes) -> None:
    feedback.read(content, [feedback.COMPLAINTS])
    head = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
    kind = b"Content-Type: message/delivery-status\n\n"
    feedback.read(head + kind + content, ["x@y.test"])


def test_a_report_is_told_once_and_keeps_off_whom_it_names(
    world: World, sesv2: Any, topic: str
) -> None:
    id = send(sesv2, "bob@other.test", "carl@other.test", ConfigurationSetName="s")
    anonymous = (ARF % id.encode()).replace(b"Original-Rcpt-To: <bob@other.test>\n", b"")
    for _ in range(3):
        (found,) = feedback.read(anonymous, [feedback.COMPLAINTS])
        assert found is not None
        world.store.write_now(feedback.take, found)
    assert [each["eventType"] for each in told(world, topic)] == ["Send", "Complaint"]
    assert sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"] == []


@pytest.mark.parametrize("status", ["4.2.2 (mailbox full)", "4.0.0", "4.7.1", "5.7.1"])
def test_what_is_not_for_good(world: World, sesv2: Any, topic: str, status: str) -> None:
    id = send(sesv2, "bob@other.test", ConfigurationSetName="s")
    text = dsn(id, "bob@other.test").replace(b"Status: 5.2.1", f"Status: {status}".encode())
    (found,) = feedback.read(text, [f"{id}@amazonses.com"])
    world.store.write_now(feedback.take, found)
    assert told(world, topic)[1]["bounce"]["bounceType"] == "Transient"
    assert sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"] == []


def test_reports_that_cannot_be_read() -> None:
    odd = (ARF % (b"0100" + b"0" * 12)).replace(b"<bob@other.test>", b"\xff@x")
    feedback.read(odd, [feedback.COMPLAINTS])
    nested = b"Content-Type: multipart/report; boundary=b\n\n--b\n" * 2000
    assert feedback.read(nested, [feedback.COMPLAINTS]) == []


def test_reports_of_many_parts_are_not_read() -> None:
    """Each boundary costs a look at every line."""
    head = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b0\n\n--b0\n"
    parts = b"".join(
        b"Content-Type: multipart/mixed; Boundary=b%d\n\n--b%d\n" % (at, at) for at in range(1, 17)
    )
    assert feedback.read(head + parts + b"x\n" * 100_000, [feedback.COMPLAINTS]) == []


def test_a_status_that_says_nothing() -> None:
    id = "0100" + "0" * 12 + "-00000000-0000-0000-0000-000000000000-000000"
    text = dsn(id, "bob@other.test").replace(b"Status: 5.2.1", b"Status: \x0b")
    (found,) = feedback.read(text, [f"{id}@amazonses.com"])
    assert found.failed[0]["status"] == "5.0.0"
