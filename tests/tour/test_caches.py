"""The chapter on caches: a failure is told (the whole story: cli/test_tour.py)."""

from __future__ import annotations

from forecourt.tour import Guide, tell
from tests.harness import World


def test_without_a_place_to_run_it_is_told(world: World) -> None:
    guide = Guide({"listeners": []}, lambda service, key=None: world.client(service))
    (step,) = tell(guide, ("caches",), None)
    assert step.status == "failed"
