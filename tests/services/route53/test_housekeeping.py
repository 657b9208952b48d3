"""What Route 53 forgets in time."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from forecourt.services.route53 import housekeeping
from forecourt.store import clock
from forecourt.store.tx import Tx
from tests.harness import World

from .calls import create, fault


def moved_by(tx: Tx) -> float:
    return tx.now.timestamp() - time.time()


def await_clock(world: World, low: float, high: float) -> None:
    """Wait until the calendar is that much ahead: an offset that was read is believed for a while."""
    end = time.monotonic() + 10
    while not low <= world.store.write_now(moved_by) <= high:
        assert time.monotonic() < end


@pytest.mark.parametrize(("days", "kept"), [(29, True), (31, False)])
def test_changes_are_kept_for_30_days(world: World, route53: Any, days: int, kept: bool) -> None:
    seconds = timedelta(days=days).total_seconds()
    await_clock(world, -1, 1)
    info = create(route53, "example.com")["ChangeInfo"]
    world.store.write_now(clock.move_forwards, seconds)
    await_clock(world, seconds - 1, seconds + 1)
    world.store.write_now(housekeeping.forget_changes)
    if kept:
        assert route53.get_change(Id=info["Id"])["ChangeInfo"]["Id"] == info["Id"]
    else:
        assert fault(route53.get_change, Id=info["Id"])[0] == "NoSuchChange"
