"""Mail that comes, and what is done with it, as the mail server and the control role do it."""

from __future__ import annotations

from functools import partial
from typing import Any

from forecourt.planes.functions.snapshot import Function, Outcome
from forecourt.platform.mail import contents
from forecourt.services.ses import receipt_rules, received, receiving
from forecourt.services.ses.receiving import Places
from forecourt.store.blobs import Blobs
from forecourt.store.tx import Tx
from tests.harness import World

MAIL = (
    b"From: Bob <bob@far.test>\r\nTo: info@app.test\r\nSubject: Hello\r\n"
    b"Message-ID: <1@far.test>\r\n\r\nhi\r\n"
)
VERDICTS = {"spam": "GRAY", "virus": "GRAY", "spf": "PASS", "dkim": "GRAY", "dmarc": "GRAY"}


class Runs:
    """Functions that answer as they are told."""

    def __init__(self, *payloads: bytes) -> None:
        self.payloads, self.got = list(payloads), list[bytes]()

    async def run(self, function: Function, payload: bytes, request: str) -> Outcome:
        self.got.append(payload)
        return Outcome(self.payloads.pop(0) if self.payloads else b"null", "", "")


def rule(ses: Any, name: str, *actions: Any, after: str | None = None, **members: Any) -> None:
    given = {"Name": name, "Enabled": True, "Actions": list(actions), **members}
    more = {"After": after} if after else {}
    ses.create_receipt_rule(RuleSetName="set", Rule=given, **more)


def arrive(
    world: World, *to: str, content: bytes = MAIL, source: str = "bob@far.test",
    client: str = "192.0.2.1",
) -> str:  # fmt: skip
    """A message comes; its id, or empty where no rule takes it."""
    made = contents.prepare(content, None)

    def change(tx: Tx) -> str:
        known = {each: receipt_rules.taker(tx, each, client) for each in to}
        takers = {each: found for each, found in known.items() if found and not found.blocked}
        if not takers:
            return ""
        taker = next(iter(takers.values()))
        whom = [(each, found.rules) for each, found in takers.items()]
        id = received.new_id()
        header = receiving.header_of(content)
        receiving.accept(tx, taker, id, source, whom, VERDICTS, made, header)
        return id

    return world.store.write_now(change)


def work(world: World, runner: Any = None) -> int:
    """Carry out what is due; how many attempts that were."""
    places = Places(Blobs(world.objects._directory), world.objects, runner or Runs())
    return world.work_off(receiving.WORK, partial(receiving.reconcile, world.store, places))
