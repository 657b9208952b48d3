"""What is forgotten of what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forecourt.services.elasticache import happenings
from tests.harness import World


def test_old_events_and_steps_go(
    world: World, caches: Any, later: Callable[[float], None], monkeypatch: Any
) -> None:
    monkeypatch.setattr(happenings, "STEPS_KEPT", 2)
    world.store.write_now(happenings.tell, happenings.GROUP, "shop", "made")
    for at in range(5):
        world.store.write_now(happenings.step, "arn", "f", "n", f"step {at}")
    later(15)
    world.store.write_now(happenings.forget)
    count = world.store.read_now(lambda tx: tx.value("SELECT count(*) FROM cache_event"))
    assert count == 0
    found = world.store.read_now(happenings.steps, "arn")
    assert [name for _, _, name, _ in found] == ["step 3", "step 4"]
