"""Bounces (what rules and SendBounce bring about: test_receiving.py, test_v1_receiving.py)."""

from __future__ import annotations

from typing import Any

from forecourt.services.ses import bouncing
from forecourt.services.ses.bouncing import Refusal
from forecourt.store.tx import Tx
from tests.harness import World

from .calls import ME, queued
from .receipts import MAIL, arrive, rule


def test_how_long_one_may_be_bounced(world: World, ses: Any, domain: str, later: Any) -> None:
    ses.create_receipt_rule_set(RuleSetName="set")
    ses.set_active_receipt_rule_set(RuleSetName="set")
    rule(ses, "r", {"StopAction": {"Scope": "RuleSet"}})
    id = arrive(world, "info@app.test")

    def known(tx: Tx) -> bool:
        tx.call = ME
        return bouncing.original(tx, id) is not None

    assert world.store.read_now(known)

    def send(tx: Tx) -> str | None:
        tx.call = ME
        found = bouncing.original(tx, id)
        assert found is not None
        return bouncing.send(tx, found, "x@app.test", [Refusal("info@app.test", "5.1.1", "no")])

    assert world.store.write_now(send)
    ((_, _, message),) = queued(world, ours=True)
    assert MAIL.partition(b"\r\n")[0].decode() in message.as_string()
    later(1.1)
    assert not world.store.read_now(known)
