"""The chapter on sending: a failure is told (the whole story: cli/test_tour.py)."""

from __future__ import annotations

import json

import pytest

from forecourt.tour import Guide, sending, tell
from forecourt.tour.sending import event_of
from tests.harness import World


def test_without_a_registry_it_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "wait_for", lambda check: None)
    listeners = [{"name": "ns1", "address": "127.0.0.1", "port": 53}]
    guide = Guide({"listeners": listeners}, lambda service, key=None: world.client(service))
    (step,) = tell(guide, ("sending",), None)
    assert step.status == "failed"
    assert world.client("sesv2").list_email_identities()["EmailIdentities"] == []


def test_events_among_what_was_posted() -> None:
    def posted(kind: str, message: object) -> bytes:
        return json.dumps({"Type": kind, "Message": json.dumps(message)}).encode()

    got = [
        posted("SubscriptionConfirmation", {}),
        posted("Notification", {"eventType": "Send"}),
        posted("Notification", {"eventType": "Bounce", "n": 1}),
    ]
    assert event_of(got, "Bounce")["n"] == 1
    assert event_of(got, "Delivery") is None
