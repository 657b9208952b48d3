"""The chapter on certificates: a failure is told (the whole story: cli/test_tour.py)."""

from __future__ import annotations

import pytest

from forecourt.tour import Guide, routing, tell
from tests.harness import World


def test_a_registration_that_nobody_carries_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "WITHIN", 0.2)
    guide = Guide({"listeners": []}, lambda service, key=None: world.client(service))
    (step,) = tell(guide, ("certificates",), None)
    assert step.status == "failed"
    assert "did not come to pass" in step.evidence
    assert world.client("acm").list_certificates()["CertificateSummaryList"] == []
