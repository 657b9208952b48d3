"""Mail that is held until it can be sent."""

from __future__ import annotations

import pytest

from forecourt.platform import outbox
from tests.harness import World


def test_the_oldest_first(world: World) -> None:
    for subject in ("one", "two"):
        world.store.write_now(outbox.hold, "alice@example.com", subject, "Hello.")
    assert [each.spec["Subject"] for each in world.store.read_now(outbox.held)] == ["one", "two"]


def test_it_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST", 3)
    for each in range(5):
        world.store.write_now(outbox.hold, "alice@example.com", str(each), "Hello.")
    kept = [each.spec["Subject"] for each in world.store.read_now(outbox.held)]
    assert kept == ["2", "3", "4"]
