"""The chapter on receiving: a failure is told (the whole story: cli/test_tour.py)."""

from __future__ import annotations

import pytest

from forecourt.tour import Guide, receiving, tell
from forecourt.tour.receiving import record
from tests.harness import World


def test_without_a_registry_it_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "wait_for", lambda check: None)
    listeners = [{"name": "ns1", "address": "127.0.0.1", "port": 53}]
    guide = Guide({"listeners": listeners}, lambda service, key=None: world.client(service))
    (step,) = tell(guide, ("receiving",), None)
    assert step.status == "failed"
    assert world.client("ses").list_receipt_rule_sets()["RuleSets"] == []


def test_a_record() -> None:
    found = record("a.test", "MX", "10 m.test")["ResourceRecordSet"]
    assert (found["Type"], found["ResourceRecords"]) == ("MX", [{"Value": "10 m.test"}])
