"""forecourt topics: letters that are dead."""

from __future__ import annotations

import json

from forecourt.cli.common import open_here
from forecourt.store.tx import Tx
from tests.cli.conftest import Running

QUEUE = "arn:aws:sqs:us-east-1:000000000000:failed"


def test_dead_letters(up: Running) -> None:
    def put(tx: Tx) -> None:
        tx.run(
            "INSERT INTO sns_dead_letter (queue, body, why, at) VALUES (:queue, 'b', 'w', 0)",
            queue=QUEUE,
        )

    store = open_here(up.data)
    store.write_now(put)
    store.close()
    (found,) = json.loads(up.run("topics", "dead-letters", QUEUE, "--json").output)
    assert (found["Body"], found["Reason"]) == ("b", "w")
    assert QUEUE in up.run("topics", "dead-letters").output
    assert up.run("topics", "dead-letters", "other").output == ""
