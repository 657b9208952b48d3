"""Messages: built of parts, taken as they are, and never with a header that was smuggled in."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.services.ses import building
from forecourt.services.ses.building import Built, Parts
from forecourt.services.ses.stored import Complaint

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def build(**members: Any) -> Built:
    return building.build(
        Parts(**{"sender": "a@b.test", "to": ["c@d.test"], **members}), "ID", "host.test", NOW
    )


def parsed(built: Built) -> EmailMessage:
    return message_from_bytes(built.content, policy=policy.default)


def test_a_message_of_parts() -> None:
    built = build(
        sender="Änn <a@B.test>", subject="Grüße", text="text\nwith ü", html="<b>x</b>",
        cc=["e@f.test"], bcc=["hidden@g.test"], reply_to=["r@b.test"],
        headers=[("X-Own", "1")],
        attachments=[{"FileName": "a.txt", "RawContent": b"data", "ContentType": "text/plain"}],
    )  # fmt: skip
    message = parsed(built)
    assert (message["From"], message["Subject"]) == ("Änn <a@b.test>", "Grüße")
    assert (message["Message-ID"], message["X-Own"]) == ("<ID@host.test>", "1")
    assert b"hidden@g.test" not in built.content
    body = message.get_body(("html",))
    assert body is not None
    assert body.get_content().strip() == "<b>x</b>"
    (attachment,) = message.iter_attachments()
    assert attachment.get_content().strip() == "data"
    assert built.common["subject"] == "Grüße"
    assert built.common["to"] == ["c@d.test"]
    assert b"\n" not in built.content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "members",
    [
        {"subject": "a\r\nBcc: x@y.test"},
        {"sender": "a\r\nBcc: x@y.test <a@b.test>"},
        {"to": ["c@d.test\nBcc: x@y.test"]},
        {"headers": [("X", "a\r\nBcc: x@y.test")]},
        {"headers": [("X\r\nBcc", "a")]},
        {"headers": [("From", "x@y.test")]},
        {"headers": [("Bcc", "x@y.test")]},
        {"sender": "no address"}, {"sender": ""}, {"to": ["@d.test"]}, {"to": ["a@"]},
        {"attachments": [{"FileName": "a\r\nX: y", "RawContent": b""}]},
        {"attachments": [{"FileName": "a", "RawContent": b"", "ContentType": "text"}]},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(Complaint):
        build(**members)


ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


@given(ANYTHING, ANYTHING)
def test_no_field_is_smuggled_in(subject: str, name: str) -> None:
    try:
        built = build(subject=subject, sender=f'"{name}" <a@b.test>')
    except Complaint:
        return
    names = {key.lower() for key in parsed(built)}
    assert names <= {
        "from", "to", "subject", "date", "message-id", "content-type", "content-transfer-encoding",
        "mime-version",
    }  # fmt: skip


RAW = (
    b"From: Ann <a@b.test>\nTo: c@d.test,\n e@f.test\nBcc: hidden@g.test\nDate: yesterday\n"
    b"X-SES-CONFIGURATION-SET: s\nX-SES-MESSAGE-TAGS: a=1, b=2\nSubject: raw\n\nbody\n"
)


def test_a_raw_message() -> None:
    found = building.read(RAW)
    assert found.sender == "a@b.test"
    assert found.recipients == ["c@d.test", "e@f.test", "hidden@g.test"]
    assert found.settings["x-ses-configuration-set"] == "s"
    assert building.tags_of(found.settings["x-ses-message-tags"]) == {"a": "1", "b": "2"}
    built = building.put_right(found, "ID", "host.test", NOW)
    message = parsed(built)
    assert message["Message-ID"] == "<ID@host.test>"
    assert "2026" in message["Date"]
    for name in ("Bcc", "X-SES-CONFIGURATION-SET", "X-SES-MESSAGE-TAGS"):
        assert name not in message
    assert built.content.endswith(b"\r\n\r\nbody\r\n")


@pytest.mark.parametrize(
    "raw", [b"", b"Subject: x\n\n", b"From: a@b.test\nFrom: c@d.test\n\n", b"From: x\n\n"]
)
def test_raw_messages_that_are_none(raw: bytes) -> None:
    with pytest.raises(Complaint):
        building.read(raw)


def test_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "LARGEST", 1000)
    fits = b"From: a@b.test\n\n" + b"x" * 984
    assert building.read(fits).sender == "a@b.test"
    for call in (lambda: building.read(fits + b"x"), lambda: build(text="x" * 1000)):
        with pytest.raises(Complaint) as raised:
            call()
        assert "more than 1000 bytes" in str(raised.value)


@given(st.binary(max_size=200))
def test_whatever_comes(raw: bytes) -> None:
    with suppress(Complaint):
        building.read(b"From: a@b.test\n" + raw)
