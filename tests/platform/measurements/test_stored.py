"""Metrics in the store: rows and blocks read as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from forecourt.platform.measurements import stored
from forecourt.platform.measurements.points import MINUTES, of_values
from forecourt.platform.measurements.stored import Datum, minute_of
from forecourt.store.tx import Tx
from tests.harness import World

ME, HERE = "000000000000", "us-east-1"


def put(tx: Tx, minute: int, *values: float, name: str = "m") -> None:
    point = of_values(minute, ((value, 1.0) for value in values))
    stored.put(tx, ME, HERE, "N", [Datum(name, (("d", "1"),), "None", point)])


def ids(tx: Tx, name: str = "m") -> list[int]:
    return [each.id for each in stored.of_name(tx, ME, HERE, "N", name, (("d", "1"),))]


def now(tx: Tx) -> int:
    return minute_of(tx.now)


def test_what_is_put_twice_adds_up(world: World) -> None:
    minute = world.store.read_now(now)
    for values in ((1.0,), (5.0, 3.0), (1.0,)):
        world.store.write_now(put, minute, *values)

    def look(tx: Tx) -> None:
        assert stored.read(tx, ids(tx), minute, minute + 1, 1) == {minute: [4, 10, 1, 5]}
        point = stored.spread(tx, ids(tx), minute, minute + 1, 1)[minute]
        assert point.spread is not None
        assert sum(point.spread.values()) == 4

    world.store.read_now(look)


def test_periods(world: World) -> None:
    first = world.store.read_now(now) - 100
    for at in range(0, 10, 2):
        world.store.write_now(put, first + at, float(at))

    def look(tx: Tx) -> None:
        assert stored.read(tx, ids(tx), first, first + 10, 5) == {
            first: [3, 6, 0, 4],
            first + 5: [2, 14, 6, 8],
        }
        assert stored.read(tx, ids(tx), first + 1, first + 9, 5) == {
            first + 1: [2, 6, 2, 4],
            first + 6: [2, 14, 6, 8],
        }
        assert stored.read(tx, [], first, first + 10, 5) == {}

    world.store.read_now(look)


def test_days_that_are_over_become_blocks(world: World) -> None:
    today = world.store.read_now(now) // MINUTES
    yesterday = (today - 1) * MINUTES

    def fill(tx: Tx) -> None:
        for name in ("m", "n"):
            for at in range(0, 200, 2):
                put(tx, yesterday + at, float(at), 1.0, name=name)
        put(tx, today * MINUTES, 7.0)

    world.store.write_now(fill)
    before = world.store.read_now(everything, yesterday)
    anyio.run(stored.compact, world.store)
    assert world.store.read_now(rows) == 1
    assert world.store.read_now(everything, yesterday) == before
    # What comes late is beside the block, and then in it.
    world.store.write_now(put, yesterday + 2, 100.0)
    late = world.store.read_now(everything, yesterday)
    assert late[0][yesterday] != before[0][yesterday]
    anyio.run(stored.compact, world.store)
    assert world.store.read_now(rows) == 1
    assert world.store.read_now(everything, yesterday) == late


def rows(tx: Tx) -> int:
    return int(tx.value("SELECT count(*) FROM cloudwatch_point"))


def everything(tx: Tx, first: int) -> list[Any]:
    beyond = first + 2 * MINUTES
    found: list[Any] = []
    for name in ("m", "n"):
        found.append(stored.read(tx, ids(tx, name), first, beyond, 60))
        spread = stored.spread(tx, ids(tx, name), first, beyond, 60)
        found.append({at: (each.samples, each.spread) for at, each in spread.items()})
    return found


def test_what_came_meanwhile_is_not_lost(world: World) -> None:
    yesterday = (world.store.read_now(now) // MINUTES - 1) * MINUTES
    world.store.write_now(put, yesterday, 1.0)
    day = yesterday // MINUTES
    (metric,) = world.store.read_now(ids)
    known = world.store.read_now(stored.day_of, metric, day)
    world.store.write_now(put, yesterday, 41.0)  # into the same minute
    with pytest.raises(stored.Changed):
        world.store.write_now(stored.replace, metric, day, known, stored.packed(known, day))


def test_what_is_old_goes(world: World, later: Callable[[float], None]) -> None:
    minute = world.store.read_now(now)
    world.store.write_now(put, minute, 1.0)
    later(1.5)
    anyio.run(stored.compact, world.store)
    world.store.write_now(stored.forget)
    assert world.store.read_now(ids)
    later(16)
    world.store.write_now(stored.forget)
    assert world.store.read_now(ids) == []
    for table in ("point", "block", "metric"):
        assert world.store.read_now(count, table) == 0


def count(tx: Tx, table: str) -> int:
    return int(tx.value(f"SELECT count(*) FROM cloudwatch_{table}"))


def test_metrics_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MOST", 2)
    minute = world.store.read_now(now)
    for name in ("a", "b", "a"):
        world.store.write_now(put, minute, 1.0, name=name)
    with pytest.raises(stored.TooMany):
        world.store.write_now(put, minute, 1.0, name="c")
