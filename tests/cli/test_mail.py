"""forecourt mail: the path of a message."""

from __future__ import annotations

import json

from forecourt.cli.common import open_here
from forecourt.platform.mail import contents, messages, people, steps
from forecourt.store.tx import Tx

from .conftest import Running


def test_the_path_is_told(up: Running) -> None:
    store = open_here(up.data)
    try:
        for step in ("submitted", "sent"):
            store.write_now(steps.note, "<trace@mail.test>", step, f"{step}, that is")
    finally:
        store.close()
    found = json.loads(up.run("mail", "trace", "trace@mail.test", "--json").output)
    assert [each["step"] for each in found] == ["submitted", "sent"]
    assert "submitted  submitted, that is" in up.run("mail", "trace", "<trace@mail.test>").output


def test_a_message_nobody_saw_is_an_error(up: Running) -> None:
    said = up.run("mail", "trace", "nobody@mail.test")
    assert said.exit_code == 1 and "no message" in said.output


def test_what_was_captured_is_shown(up: Running) -> None:
    store = open_here(up.data)
    try:
        store.write_now(capture)
    finally:
        store.close()
    (found,) = (
        each
        for each in json.loads(up.run("mail", "captured", "--json").output)
        if each["messageId"] == "<captured@mail.test>"
    )
    assert found["subject"] == "stays here"
    assert "to bob@outside.test: stays here" in up.run("mail", "captured").output
    whole = up.run("mail", "captured", str(found["number"])).output
    assert whole.endswith("\n\nHi\n")
    assert up.run("mail", "captured", "999999").exit_code == 1


def capture(tx: Tx) -> None:
    people.ensure_sink(tx)
    content = contents.prepare(
        b"To: bob@outside.test\r\nSubject: Stays here\r\nMessage-ID: <captured@mail.test>\r\n\r\nHi\r\n",
        None,
    )
    messages.append(tx, people.SINK, "INBOX", content, (), None)
