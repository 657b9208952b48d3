"""Reports, read back by the standard library."""

from __future__ import annotations

import email
from typing import Any

import pytest

from forecourt.planes.mail import reports
from forecourt.planes.mail.reports import About

MESSAGE = b"Subject: gr\xc3\xbc\xc3\x9fe\r\n\r\n\xc3\xbc body\r\n"
ABOUT = About(
    "bob@b.test", "rfc822;bob@b.test", "5.1.1", "550 no\r\nsuch user", "mx.b.test [192.0.2.1]"
)


def made(
    action: str = reports.FAILED, content: bytes = MESSAGE, **options: Any
) -> tuple[Any, bytes]:
    given: dict[str, Any] = {
        "arrived": 0.0,
        "envid": "",
        "full": True,
        "message_id": "<1@mx.test>",
        "now": 60.0,
    }
    envelope, text = reports.report(
        action, "mx.test", "alice@a.test", [ABOUT], content, **{**given, **options}
    )
    assert envelope.sender == "" and [r.address for r in envelope.recipients] == ["alice@a.test"]
    assert text.count(b"\n") == text.count(b"\r\n") == text.count(b"\r")
    return email.message_from_bytes(text), text


def test_a_failure_says_who_what_and_why() -> None:
    found, _ = made(envid="QQ1")
    assert found.get_content_type() == "multipart/report"
    assert found.get_param("report-type") == "delivery-status"
    assert found["To"] == "alice@a.test" and found["Auto-Submitted"] == "auto-replied"
    text, status, returned = found.get_payload()
    assert "<bob@b.test>: 550 no" in text.get_payload()
    of_message, of_recipient = status.get_payload()
    assert (
        of_message["Original-Envelope-Id"] == "QQ1"
        and of_message["Reporting-MTA"] == "dns; mx.test"
    )
    assert of_recipient["Final-Recipient"] == "rfc822; bob@b.test"
    assert of_recipient["Original-Recipient"] == "rfc822;bob@b.test"
    assert of_recipient["Diagnostic-Code"] == "smtp; 550 no such user"
    assert of_recipient["Remote-MTA"] == "dns; mx.b.test"
    assert returned.get_content_type() == "message/rfc822"


def test_the_message_is_returned_as_it_was() -> None:
    _, text = made()
    assert MESSAGE in text


@pytest.mark.parametrize(
    ("action", "options"),
    [(reports.FAILED, {"full": False}), (reports.DELAYED, {}), (reports.FAILED, {"content": MESSAGE + b"x" * 100_000})],
)  # fmt: skip
def test_often_the_header_is_enough(action: str, options: dict[str, Any]) -> None:
    found, text = made(action, **options)
    assert found.get_payload()[2].get_content_type() == "text/rfc822-headers"
    assert "ü body".encode() not in text


@pytest.mark.parametrize("action", list(reports.SUBJECTS))
def test_each_kind_says_which_it_is(action: str) -> None:
    found, _ = made(action)
    assert found.get_payload()[1].get_payload()[1]["Action"] == action
    assert found["Subject"] == reports.SUBJECTS[action]


@pytest.mark.parametrize(
    "said", ["=_the-message-that-is-returned_=", "x" * 2000, "\0\x0b\x85", "ü"]
)
def test_what_others_said_changes_nothing(said: str) -> None:
    _, text = reports.report(
        reports.FAILED, "mx.test", "alice@a.test", [About("b@b.test", "", "5.1.1", said, said)], MESSAGE,
        arrived=0.0, envid=said[:50], full=True, message_id="<1@mx.test>", now=60.0,
    )  # fmt: skip
    assert text.count(MESSAGE) == 1
    found: Any = email.message_from_bytes(text)
    assert [part.get_content_type() for part in found.get_payload()] == [
        "text/plain", "message/delivery-status", "message/rfc822",
    ]  # fmt: skip


@pytest.mark.parametrize("sender", ['"a b"@c.test', "x" * 64 + "@" + "y" * 60 + "." + "z" * 60])
def test_any_sender_is_told(sender: str) -> None:
    envelope, text = reports.report(
        reports.DELAYED, "mx.test", sender, [ABOUT], MESSAGE,
        arrived=0.0, envid="", full=True, message_id="<1@mx.test>", now=60.0,
    )  # fmt: skip
    assert envelope.recipients[0].address == sender
    assert "".join(email.message_from_bytes(text)["To"].split()) == "".join(sender.split())
