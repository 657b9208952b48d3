"""What topics and functions are told of a message that came."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from forecourt.services.ses.received import Received, mail, new_id, receipt

from .receipts import VERDICTS


def came(header: str) -> Received:
    return Received(
        "id", "1", "r", "bob@far.test", ["a@app.test"], 0.0, {**VERDICTS, "dmarcPolicy": "reject"},
        "c", 1, header, [], 0, 0,
    )  # fmt: skip


def test_mail_and_receipt() -> None:
    header = "From: Bob <bob@far.test>\r\nTo: a@app.test\r\nSubject: =?utf-8?q?h=C3=A4?=\r\n"
    found = mail(came(header))
    assert found["commonHeaders"]["returnPath"] == "bob@far.test"
    assert found["commonHeaders"]["subject"] == "hä"
    assert found["headers"][2] == {"name": "Subject", "value": "hä"}
    assert not found["headersTruncated"]
    shown = receipt(came(header), ["a@app.test"], datetime.fromtimestamp(1, UTC), {"type": "S3"})
    assert (shown["dmarcPolicy"], shown["action"]) == ("reject", {"type": "S3"})
    assert shown["processingTimeMillis"] == 1000


def test_headers_are_cut() -> None:
    found = mail(came("".join(f"X-{n}: {'y' * 900}\r\n" for n in range(20))))
    assert found["headersTruncated"]
    assert len(found["headers"]) == 11


def test_ids() -> None:
    assert len(new_id()) == 40
    assert new_id() != new_id()


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_whatever_comes(header: str) -> None:
    mail(came(header))
