"""Metrics of 1,000 names, by the minute for 15 days: what a query costs, and what they take on disk.

    python -m bench.metrics [--metrics 1000]

Data are put as a store has them in the end: 14 days in blocks, the present one in rows.  Each query goes through the
gateway as boto3 asks it; CPU is the process's own (user and system).  Beside it: the same question asked of the same
points in a plain SQLite table with a row of each, as one would write it first.
"""

from __future__ import annotations

import argparse
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio

from forecourt.gateway.protocols import codec
from forecourt.platform.measurements import stored
from forecourt.platform.measurements.points import MINUTES, Point, of_values, pack
from forecourt.platform.measurements.stored import Datum, minute_of
from forecourt.services.cloudwatch.querying import get_metric_data
from forecourt.store.tx import Call, Tx
from tests.harness import World

ME, HERE, NAMESPACE = "000000000000", "us-east-1", "Bench"
DAYS, RUNS = 15, 10
CALL = Call("cloudwatch", "GetMetricData", ME, HERE)
AT_ONCE = 50  # metrics written together


def fill(world: World, count: int) -> None:
    chance = random.Random(1)
    today = minute_of(datetime.now(UTC)) // MINUTES
    for first in range(0, count, AT_ONCE):
        names = [f"m{n:04}" for n in range(first, min(first + AT_ONCE, count))]
        days = {name: blocks(chance, today) for name in names}
        world.store.write_now(put, names, days, today, chance)


def blocks(chance: random.Random, today: int) -> list[tuple[int, bytes]]:
    """A metric's days: what a server's load looks like, three samples a minute."""
    found = []
    for day in range(today - DAYS + 1, today):
        points = []
        for minute in range(day * MINUTES, (day + 1) * MINUTES):
            value = chance.gauss(50, 10)
            points.append(Point(minute, 3.0, 3 * value, value - 1, value + 1))
        found.append((day, pack(points, day)))
    return found


def put(
    tx: Tx,
    names: list[str],
    days: dict[str, list[tuple[int, bytes]]],
    today: int,
    chance: random.Random,
) -> None:
    for name in names:
        stored.put(
            tx,
            ME,
            HERE,
            NAMESPACE,
            [Datum(name, (), "None", of_values(today * MINUTES, ((1.0, 1.0),)))],
        )
        (metric,) = stored.of_name(tx, ME, HERE, NAMESPACE, name, ())
        tx.many(
            "INSERT INTO cloudwatch_block (metric, day, data) VALUES (:metric, :day, :data)",
            [{"metric": metric.id, "day": day, "data": data} for day, data in days[name]],
        )
        now = minute_of(tx.now)
        tx.many(
            f"{stored.INSERT} ON CONFLICT (metric, minute) DO NOTHING",
            [
                stored.row_of(metric.id, Point(at, 3.0, chance.gauss(150, 9), 40.0, 60.0))
                for at in range(today * MINUTES, now)
            ],
        )


def plain(folder: Path, count: int) -> sqlite3.Connection:
    """One row a point: of a few metrics, since all of them are a gigabyte."""
    chance = random.Random(2)
    found = sqlite3.connect(folder / "plain.db")
    found.execute(
        "CREATE TABLE point (metric INTEGER, minute INTEGER, samples REAL, total REAL, least REAL,"
        " most REAL, PRIMARY KEY (metric, minute)) WITHOUT ROWID"
    )
    today = minute_of(datetime.now(UTC)) // MINUTES
    found.executemany(
        "INSERT INTO point VALUES (?, ?, 3.0, ?, ?, ?)",
        (
            (m, at, 3 * (value := chance.gauss(50, 10)), value - 1, value + 1)
            for m in range(count)
            for at in range((today - DAYS + 1) * MINUTES, today * MINUTES)
        ),
    )
    found.commit()
    return found


def cost(ask: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds of CPU and of time, the least of some runs."""
    cpu, wall = [], []
    for _ in range(RUNS):
        before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        ask()
        wall.append(time.perf_counter() - started)
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(cpu) * 1000, min(wall) * 1000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--metrics", type=int, default=1000)
    count = options.parse_args().metrics
    folder = Path(tempfile.mkdtemp())
    world = World(folder)
    started = time.perf_counter()
    fill(world, count)
    size = sum(path.stat().st_size for path in folder.glob("store.db*"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    points = count * DAYS * MINUTES
    print(f"{count} metrics, {points:,} points, filled in {time.perf_counter() - started:.0f} s")
    print(
        f"on disk {size / 2**20:.0f} MiB, {size / points:.1f} bytes a point; memory {memory / 1024:.0f} MiB"
    )
    cloudwatch = world.client("cloudwatch")
    now = datetime.now(UTC)

    def query(
        stat: str, period: int, names: int = 1, expression: str = ""
    ) -> tuple[Callable[[], Any], Callable[[], Any]]:
        """As boto3 asks it, and our part of that alone: the handler and the answer's bytes."""
        metrics = [
            {
                "Id": f"m{n}",
                "MetricStat": {
                    "Metric": {"Namespace": NAMESPACE, "MetricName": f"m{n:04}"},
                    "Period": period,
                    "Stat": stat,
                },
                "ReturnData": not expression,
            }
            for n in range(names)
        ]
        asked = [*metrics, *([{"Id": "e", "Expression": expression}] if expression else [])]
        given = {
            "MetricDataQueries": asked,
            "StartTime": now - timedelta(days=DAYS),
            "EndTime": now,
        }
        written = codec("cloudwatch", "GetMetricData", "smithy-rpc-v2-cbor")

        def ours() -> Any:
            return written.answer(anyio.run(world.store.read_for, CALL, get_metric_data, given), "")

        return lambda: cloudwatch.get_metric_data(**given), ours

    rows = plain(folder, 3)
    today = minute_of(now) // MINUTES * MINUTES

    def by_rows() -> list[Any]:
        return rows.execute(
            "SELECT minute / 60, sum(total) / sum(samples) FROM point WHERE metric = 1 AND minute >= ?"
            " GROUP BY minute / 60",
            (today - DAYS * MINUTES,),
        ).fetchall()

    for told, (ask, ours) in (
        ("one metric, 15 days by the hour", query("Average", 3600)),
        ("one metric, 15 days by 5 minutes", query("Average", 300)),
        ("one metric, 15 days by the minute", query("Average", 60)),
        ("one metric, 15 days by the hour, p90", query("p90", 3600)),
        ("ten metrics and their sum, by the hour", query("Sum", 3600, 10, "SUM(METRICS())")),
    ):
        (cpu, _), (alone, _) = cost(ask), cost(ours)
        print(f"{told:<42} {alone:7.1f} ms of CPU, with boto3's {cpu:7.1f}")
    asked = ["m0000"]

    def inside(tx: Tx) -> Any:
        (metric,) = stored.of_name(tx, ME, HERE, NAMESPACE, asked[0], ())
        return stored.read(tx, [metric.id], today - (DAYS - 1) * MINUTES, today + MINUTES, 60)

    reading, _ = cost(lambda: world.store.read_now(inside))
    theirs, _ = cost(by_rows)
    print(
        f"reading and adding up alone: {reading:.1f} ms of CPU; a row of each point {theirs:.1f} ms, {reading / theirs:.2f} times"
    )
    plain_size = (folder / "plain.db").stat().st_size / 3 / (DAYS - 1) / MINUTES
    print(
        f"a row of each point: {plain_size:.1f} bytes a point, ours {size / points / plain_size:.2f} times"
    )
    world.close()


if __name__ == "__main__":
    main()
