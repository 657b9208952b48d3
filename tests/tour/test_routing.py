"""The chapter on routing: what it makes goes away, also when a step fails (the whole story: cli/test_tour.py)."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from forecourt.tour import Guide, routing, tell
from forecourt.tour.routing import endpoint, wait_for
from tests.harness import World


def test_its_endpoint_is_well_and_then_gone() -> None:
    with endpoint("127.0.0.1") as port:
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).status == 200
    with pytest.raises(OSError, match=r".*"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)


def test_what_was_made_goes_when_nothing_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "WITHIN", 0.2)
    guide = Guide({"listeners": []}, lambda service, key=None: world.client(service))
    (step,) = tell(guide, ("routing",), None)
    assert step.status == "failed"
    assert "no name server answers" in step.evidence
    assert world.client("route53").list_hosted_zones()["HostedZones"] == []
    assert world.client("route53").list_health_checks()["HealthChecks"] == []


def test_waiting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "WITHIN", 0.1)
    said: list[Any] = [0, 0, "yes"]
    assert wait_for(lambda: said.pop(0)) == "yes"
    with pytest.raises(TimeoutError):
        wait_for(lambda: 0)
