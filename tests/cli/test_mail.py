"""forecourt mail: the path of a message."""

from __future__ import annotations

import json

from forecourt.cli.common import open_here
from forecourt.platform.mail import steps

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
