"""forecourt queue: what is on its way, held, tried again and dropped."""

from __future__ import annotations

import json
from typing import Any

from forecourt.cli.common import open_here
from forecourt.planes.mail.smtp import Envelope, Recipient
from forecourt.platform.mail import contents, queue
from forecourt.store.tx import Tx

from .conftest import Running

TEXT = b"Subject: waits\r\nMessage-ID: <1@queue.test>\r\n\r\nHi\r\n"


def put(tx: Tx) -> str:
    """A message that no worker takes before it is retried."""
    id = queue.new_id()
    queue.put(
        tx, id, Envelope("a@queue.test", (Recipient("b@queue.test"),)), contents.prepare(TEXT, None)
    )
    queue.hold(tx, [id])
    return id


def waiting(up: Running) -> dict[str, Any]:
    return {each["id"]: each for each in json.loads(up.run("queue", "list", "--json").output)}


def test_a_message_is_looked_at_and_dropped(up: Running) -> None:
    store = open_here(up.data)
    try:
        id = store.write_now(put)
    finally:
        store.close()
    assert waiting(up)[id]["recipients"][0]["state"] == "held"
    assert "b@queue.test" in up.run("queue", "list").output
    assert "Subject: waits" in up.run("queue", "show", id).output
    assert json.loads(up.run("queue", "show", id, "--json").output)["messageId"] == "<1@queue.test>"
    assert up.run("queue", "drop", id).output == "1 messages are dropped\n"
    assert id not in waiting(up)
    assert up.run("queue", "show", id).exit_code == 1
    assert up.run("queue", "retry").exit_code == 2
