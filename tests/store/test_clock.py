"""The calendar: the real clock, moved forwards and never back."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.store import clock
from forecourt.store.sqlite import SqliteStore
from forecourt.store.tx import Tx

DAY = 86400.0


def ahead(tx: Tx) -> float:
    return tx.now.timestamp() - time.time()


def await_ahead(store: SqliteStore, seconds: float) -> None:
    """Until readers and the writer are that far ahead."""
    end = time.monotonic() + 10
    while not all(
        abs(found - seconds) < 1 for found in (store.read_now(ahead), store.write_now(ahead))
    ):
        assert time.monotonic() < end


def test_the_real_time(store: SqliteStore) -> None:
    before = datetime.now(UTC)
    found = store.read_now(lambda tx: tx.now)
    assert before - timedelta(milliseconds=1) <= found <= datetime.now(UTC)
    assert found.tzinfo is UTC
    assert found.microsecond % 1000 == 0


@pytest.mark.parametrize(
    ("moves", "total"),
    [([DAY], DAY), ([DAY, 0.5, 365 * DAY], 366 * DAY + 0.5), ([-DAY], 0), ([DAY, -5.0], DAY)],
)
def test_moved(store: SqliteStore, moves: list[float], total: float) -> None:
    for seconds in moves:
        store.write_now(clock.move_forwards, seconds)
    await_ahead(store, total)


def test_other_processes_follow(store: SqliteStore) -> None:
    other = SqliteStore(store.path, store.seal)
    try:
        await_ahead(other, 0)
        store.write_now(clock.move_forwards, DAY)
        await_ahead(other, DAY)
    finally:
        other.close()


def test_within_a_transaction_time_stands_still(store: SqliteStore) -> None:
    def look(tx: Tx) -> bool:
        first = tx.now
        end = time.monotonic() + 0.003
        while time.monotonic() < end:
            pass
        return tx.now == first

    assert store.read_now(look)
