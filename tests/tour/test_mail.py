"""The chapter on mail: a failure is told (the whole story: cli/test_tour.py)."""

from __future__ import annotations

import pytest

from forecourt.tour import Guide, routing, tell
from forecourt.tour.mail import created
from tests.harness import World


def test_a_registration_that_nobody_carries_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "WITHIN", 0.2)
    guide = Guide({"listeners": []}, lambda service, key=None: world.client(service))
    (step,) = tell(guide, ("mail",), None)
    assert step.status == "failed" and "did not come to pass" in step.evidence
    assert world.client("workmail").list_organizations()["OrganizationSummaries"] == []


def test_long_texts_are_cut_into_strings() -> None:
    change = created({"Type": "TXT", "Hostname": "a.test.", "Value": "x" * 300})
    (record,) = change["ResourceRecordSet"]["ResourceRecords"]
    assert record["Value"] == f'"{"x" * 255}" "{"x" * 45}"'
