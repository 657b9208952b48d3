"""Captured mail, as it is listed."""

from __future__ import annotations

import pytest

from forecourt.platform.mail import people, sink
from tests.harness import World
from tests.platform.mail.placing import put


def test_the_latest_are_listed_the_oldest_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.store.read_now(sink.messages) == []
    world.store.write_now(people.ensure_sink)
    for subject in ("one", "two", "three"):
        world.store.write_now(put, people.SINK, subject)
    assert [each.subject for each in world.store.read_now(sink.messages)] == ["one", "two", "three"]
    monkeypatch.setattr(sink, "MOST", 2)
    found = world.store.read_now(sink.messages)
    assert [each.document["subject"] for each in found] == ["two", "three"]
