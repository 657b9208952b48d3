"""Sending, as v2 has it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness import World

from .calls import SUCCESS, fault, queued, send, simple


def test_simple_with_headers_and_attachments(
    world: World, sesv2: Any, domain: str, production: None
) -> None:
    content = simple(
        Headers=[{"Name": "X-Own", "Value": "1"}],
        Attachments=[{"FileName": "a.bin", "RawContent": b"\0\1", "ContentId": "c1",
                      "ContentDisposition": "INLINE"}],
    )  # fmt: skip
    send(sesv2, "b@other.test", content=content)
    ((_, _, message),) = queued(world)
    assert message["X-Own"] == "1"
    (attached,) = message.iter_attachments()
    assert (attached["Content-ID"], attached.get_content()) == ("<c1>", b"\0\1")


def test_raw(world: World, sesv2: Any, domain: str, production: None) -> None:
    raw = b"From: a@app.test\nTo: b@other.test\nSubject: s\n\nt"
    sesv2.send_email(Content={"Raw": {"Data": raw}})
    ((_, recipients, message),) = queued(world)
    assert (recipients, message["Subject"]) == (["b@other.test"], "s")


def test_a_template_given_with_the_message(
    world: World, sesv2: Any, domain: str, production: None
) -> None:
    inline = {"Subject": "{{s}}", "Text": "t"}
    send(
        sesv2, "b@other.test",
        content={"Template": {"TemplateContent": inline, "TemplateData": '{"s": "S"}'}},
    )  # fmt: skip
    assert queued(world)[0][2]["Subject"] == "S"


def test_many(world: World, sesv2: Any, domain: str, production: None) -> None:
    sesv2.create_email_template(
        TemplateName="t", TemplateContent={"Subject": "{{n}} {{m}}", "Text": "x"}
    )
    answer = sesv2.send_bulk_email(
        FromEmailAddress="a@app.test",
        DefaultContent={"Template": {"TemplateName": "t", "TemplateData": '{"n": "N", "m": "M"}'}},
        BulkEmailEntries=[
            {"Destination": {"ToAddresses": ["b@other.test"]},
             "ReplacementEmailContent": {"ReplacementTemplate": {
                 "ReplacementTemplateData": json.dumps({"n": "B"})}}},
            {"Destination": {"ToAddresses": [f"u{n}@other.test" for n in range(51)]}},
        ],
    )["BulkEmailEntryResults"]  # fmt: skip
    assert [each["Status"] for each in answer] == ["SUCCESS", "FAILED"]
    assert [m["Subject"] for _, _, m in queued(world)] == ["B M"]


def test_what_is_refused(sesv2: Any, domain: str) -> None:
    both = {**simple(), "Raw": {"Data": b"From: a@app.test\n\n"}}
    assert fault(send, sesv2, SUCCESS, content=both)[0] == "BadRequestException"
    assert fault(sesv2.send_email, Content={})[0] == "BadRequestException"
    code, _ = fault(send, sesv2, SUCCESS, content={"Template": {"TemplateName": "none"}})
    assert code == "NotFoundException"
    assert fault(sesv2.send_email, Content=simple())[0] == "BadRequestException"


def test_nobody_sends_as_others_in_a_raw_message(sesv2: Any, domain: str, production: None) -> None:
    """What recipients see decides, whatever is said beside it."""
    raw = b"From: %s\nTo: b@other.test\nSubject: s\n\nt"
    for sender, beside in (("boss@bank.test", "a@app.test"), ("a@app.test", "x@bank.test")):
        code, text = fault(
            sesv2.send_email, FromEmailAddress=beside,
            Content={"Raw": {"Data": raw % sender.encode()}},
        )  # fmt: skip
        assert code == "MessageRejected"
        assert "bank.test" in text


@pytest.mark.parametrize(
    "sender",
    [
        "a@app.test, ceo@victim.test", '"x" <a@app.test>, "CEO" <ceo@victim.test>',
        "g: a@app.test, ceo@victim.test;", "<a@app.test> <ceo@victim.test>",
        "a@app.test <ceo@victim.test>", "<a@app.test>;ceo@victim.test", "a@app.test]ceo@victim.test",
        "a@app.test (x) ceo@victim.test", "undisclosed:;", "a@app.test\n\tceo@victim.test",
    ],
)  # fmt: skip
def test_one_sender(sesv2: Any, domain: str, production: None, sender: str) -> None:
    """What is checked is all that recipients see."""
    raw = f"From: {sender}\nTo: b@other.test\n\nt".encode()
    code, _ = fault(sesv2.send_email, Content={"Raw": {"Data": raw}})
    assert code in ("BadRequestException", "MessageRejected")
    with pytest.raises(Exception, match="BadRequest|MessageRejected|Validation"):
        send(sesv2, "b@other.test", sender=sender)


def test_a_sender_is_written_as_it_was_read(
    world: World, sesv2: Any, domain: str, production: None
) -> None:
    raw = (
        b"From : =?utf-8?q?=C3=84nn?= <a@App.test> (a comment)\nSubject : s\nTo: b@other.test\n\nt"
    )
    sesv2.send_email(Content={"Raw": {"Data": raw}})
    ((_, _, message),) = queued(world)
    assert str(message["From"]) == "Änn <a@app.test>"
    assert message["Subject"] == "s"


@pytest.mark.parametrize("name", ["Sender", "Resent-From", "Resent-Sender"])
def test_who_else_it_says_to_be_from(sesv2: Any, domain: str, production: None, name: str) -> None:
    raw = "From: a@app.test\nTo: b@other.test\n{}: {}\n\nt"
    code, text = fault(
        sesv2.send_email, Content={"Raw": {"Data": raw.format(name, "ceo@victim.test").encode()}}
    )
    assert (code, "ceo@victim.test" in text) == ("MessageRejected", True)
    sesv2.send_email(Content={"Raw": {"Data": raw.format(name, "b@app.test").encode()}})


@pytest.mark.parametrize(
    "name",
    ["Sender", "Resent-From", "DKIM-Signature", "Received", "Content-Type", "X-SES-SOURCE-ARN"],
)
def test_headers_that_are_not_for_callers(sesv2: Any, domain: str, name: str) -> None:
    content = simple(Headers=[{"Name": name, "Value": "x"}])
    assert fault(send, sesv2, SUCCESS, content=content)[0] == "BadRequestException"


def test_what_cannot_be_read(sesv2: Any, domain: str, production: None) -> None:
    for to in ("(" * 5000, "a:" * 5000, "x" * 200_000):
        raw = f"From: a@app.test\nTo: {to}\n\nt".encode()
        assert fault(sesv2.send_email, Content={"Raw": {"Data": raw}})[0] == "BadRequestException"
