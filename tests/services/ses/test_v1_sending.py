"""Sending, as v1 has it."""

from __future__ import annotations

import json
from typing import Any

from tests.harness import World

from .calls import SUCCESS, fault, queued


def test_a_message(world: World, ses: Any, domain: str, production: None) -> None:
    id = ses.send_email(
        Source="A <a@app.test>",
        Destination={"ToAddresses": ["b@other.test"], "BccAddresses": ["c@other.test"]},
        Message={"Subject": {"Data": "s"}, "Body": {"Html": {"Data": "<i>h</i>"}}},
        ReplyToAddresses=["r@app.test"],
    )["MessageId"]  # fmt: skip
    ((_, recipients, message),) = queued(world)
    assert recipients == ["b@other.test", "c@other.test"]
    assert id in message["Message-ID"]
    assert (message["Reply-To"], message.get_content_type()) == ("r@app.test", "text/html")


def test_a_raw_message(world: World, ses: Any, domain: str, production: None) -> None:
    raw = b"From: a@app.test\nTo: b@other.test\nX-Own: kept\nSubject: s\n\nt"
    ses.send_raw_email(RawMessage={"Data": raw})
    ses.send_raw_email(RawMessage={"Data": raw}, Destinations=["c@other.test"])
    first, second = queued(world)
    assert (first[1], second[1]) == (["b@other.test"], ["c@other.test"])
    assert first[2]["X-Own"] == "kept"
    code, text = fault(ses.send_raw_email, RawMessage={"Data": b"Subject: s\n\n"})
    assert (code, text) == ("InvalidParameterValue", "Missing required header 'From'.")


def test_errors(ses: Any, domain: str) -> None:
    given = {
        "Source": "a@app.test", "Destination": {"ToAddresses": [SUCCESS]},
        "Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    }  # fmt: skip
    for members, code in (
        ({"Source": "a@other.test"}, "MessageRejected"),
        ({"Source": "nobody"}, "InvalidParameterValue"),
        ({"Destination": {"ToAddresses": ["a\r\nBcc: x@y.test"]}}, "InvalidParameterValue"),
        ({"ConfigurationSetName": "none"}, "ConfigurationSetDoesNotExist"),
    ):
        assert fault(ses.send_email, **{**given, **members})[0] == code
    ses.update_account_sending_enabled(Enabled=False)
    assert not ses.get_account_sending_enabled()["Enabled"]
    assert fault(ses.send_email, **given)[0] == "AccountSendingPausedException"


def test_templates(world: World, ses: Any, domain: str, production: None) -> None:
    ses.create_template(
        Template={"TemplateName": "t", "SubjectPart": "Hi {{n}}", "TextPart": "{{n}}"}
    )
    ses.send_templated_email(
        Source="a@app.test", Destination={"ToAddresses": ["b@other.test"]}, Template="t",
        TemplateData='{"n": "Ann"}',
    )  # fmt: skip
    answer = ses.send_bulk_templated_email(
        Source="a@app.test", Template="t", DefaultTemplateData='{"n": "you"}',
        Destinations=[
            {"Destination": {"ToAddresses": ["c@other.test"]},
             "ReplacementTemplateData": json.dumps({"n": "Carl"})},
            {"Destination": {"ToAddresses": ["d@other.test"]}},
        ],
    )["Status"]  # fmt: skip
    assert [each["Status"] for each in answer] == ["Success", "Success"]
    assert {m["Subject"] for _, _, m in queued(world)} == {"Hi Ann", "Hi Carl", "Hi you"}
    code, _ = fault(
        ses.send_templated_email, Source="a@app.test", Template="none", TemplateData="{}",
        Destination={"ToAddresses": ["b@other.test"]},
    )  # fmt: skip
    assert code == "TemplateDoesNotExist"


def test_quota_and_statistics(ses: Any, domain: str) -> None:
    assert ses.get_send_quota()["Max24HourSend"] == 200
    ses.send_email(
        Source="a@app.test",
        Destination={"ToAddresses": [SUCCESS, "bounce@simulator.amazonses.com"]},
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    )
    (point,) = ses.get_send_statistics()["SendDataPoints"]
    assert (point["DeliveryAttempts"], point["Bounces"]) == (2, 1)
    assert ses.get_send_quota()["SentLast24Hours"] == 2


def test_ten_megabytes(world: World, ses: Any, domain: str, production: None) -> None:
    head, most = b"From: a@app.test\r\nTo: b@other.test\r\n\r\n", 10 * 1024 * 1024
    code, text = fault(ses.send_raw_email, RawMessage={"Data": head + b"x" * most})
    assert code == "InvalidParameterValue"
    assert text.startswith(f"Message length is more than {most} bytes long: ")
    ses.send_raw_email(RawMessage={"Data": head + b"x" * (most - 1000)})
