"""KMS for an account, for another, in another region; and a calendar that can be moved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from forecourt.store import clock
from forecourt.store.tx import Tx
from tests.harness import FIRST_KEY, SECOND_KEY, World

from . import calls


@pytest.fixture
def kms(world: World) -> Any:
    return world.client("kms")


@pytest.fixture
def stranger(world: World) -> Any:
    """The same API for another account."""
    return world.client("kms", SECOND_KEY)


@pytest.fixture
def elsewhere(world: World) -> Any:
    """The same account in another region."""
    return world.client("kms", FIRST_KEY, "eu-central-1")


@pytest.fixture
def key(kms: Any) -> str:
    """A symmetric key."""
    return calls.create(kms)


def ahead(tx: Tx) -> float:
    return tx.now.timestamp() - time.time()


def forget(tx: Tx) -> None:
    tx.run("DELETE FROM setting WHERE name = 'clock'")


@pytest.fixture
def later(world: World) -> Iterator[Callable[[float], None]]:
    """Moves the calendar on by days; afterwards it is back."""

    def wait_for(seconds: float) -> None:
        end = time.monotonic() + 10
        while abs(world.store.write_now(ahead) - seconds) > 5:  # an offset is believed for a while
            assert time.monotonic() < end

    wait_for(0)
    moved = 0.0

    def later(days: float) -> None:
        nonlocal moved
        seconds = timedelta(days=days).total_seconds()
        world.store.write_now(clock.move_forwards, seconds)
        moved += seconds
        wait_for(moved)

    yield later
    world.store.write_now(forget)
    wait_for(0)
