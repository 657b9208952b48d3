"""Metrics in the store: points of the present day as rows, days that are over as blocks.

    put(tx, "AWS/Route53", [Datum("HealthCheckStatus", (("HealthCheckId", id),), "None", point)])
    summaries = read(tx, ids, first, beyond, period)

What is older than 15 days goes; a metric without data for so long goes with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from forecourt.aws.errors import AwsError, common

from .points import MINUTES, Columns, Point, pack, points_of, unpack

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

DAYS = 15  # that data is kept
MOST = 100_000  # metrics of an account in a region
STALE = 60  # minutes by which the newest may be told too old
AT_ONCE = 4  # days of metrics that become blocks in one transaction
ALARMS = "alarm"  # the kind of work that evaluates one
Dimensions = tuple[tuple[str, str], ...]
TooMany: type[AwsError] = common("LimitExceeded", 400)


@dataclass(frozen=True, slots=True)
class Datum:
    """What was measured in one minute."""

    name: str
    dimensions: Dimensions  # by name
    unit: str
    point: Point


@dataclass(frozen=True, slots=True)
class Metric:
    id: int
    namespace: str
    name: str
    dimensions: Dimensions
    unit: str
    last: int


class Changed(Exception):
    """Points came while their block was made."""


def minute_of(moment: datetime | float) -> int:
    seconds = moment.timestamp() if isinstance(moment, datetime) else moment
    return int(seconds // 60)


def written(dimensions: Dimensions) -> str:
    return json.dumps(dimensions, separators=(",", ":"), ensure_ascii=False)


def put(tx: Tx, account: str, region: str, namespace: str, data: Iterable[Datum]) -> None:
    """Add measurements to an account's metrics, and let the alarms that look at them look.  LimitExceeded."""
    together: dict[tuple[str, Dimensions, str, int], Datum] = {}
    for each in data:
        known = together.setdefault(
            (each.name, each.dimensions, each.unit, each.point.minute), each
        )
        if known is not each:
            known.point.add(each.point)
    room = Room()
    for each in together.values():
        add(tx, id_of(tx, account, region, namespace, each, room), each.point)
    for name in {each.name for each in together.values()}:
        for alarm in watching(tx, account, region, namespace, name):
            tx.enqueue(ALARMS, alarm)


def watching(tx: Tx, account: str, region: str, namespace: str, name: str) -> list[str]:
    """The alarms that look at a metric, or without a namespace at an alarm."""
    found = tx.all(
        "SELECT alarm FROM cloudwatch_watch WHERE account = :account AND region = :region"
        " AND namespace = :namespace AND name = :name",
        account=account,
        region=region,
        namespace=namespace,
        name=name,
    )
    return [alarm for (alarm,) in found]


def watch(
    tx: Tx, alarm: str, account: str, region: str, watched: Iterable[tuple[str, str]]
) -> None:
    """Let an alarm look at these and nothing else."""
    tx.run("DELETE FROM cloudwatch_watch WHERE alarm = :alarm", alarm=alarm)
    for namespace, name in watched:
        tx.run(
            "INSERT INTO cloudwatch_watch (alarm, account, region, namespace, name)"
            " VALUES (:alarm, :account, :region, :namespace, :name)",
            alarm=alarm,
            account=account,
            region=region,
            namespace=namespace,
            name=name,
        )


@dataclass(slots=True)
class Room:
    """How many more metrics an account may have in a region; counted when the first is new."""

    left: int | None = None

    def take(self, tx: Tx, account: str, region: str) -> None:
        if self.left is None:
            self.left = MOST - tx.value(
                "SELECT count(*) FROM cloudwatch_metric WHERE account = :account"
                " AND region = :region",
                account=account,
                region=region,
            )
        if self.left <= 0:
            raise TooMany(f"An account has at most {MOST} metrics in a region.")
        self.left -= 1


def id_of(tx: Tx, account: str, region: str, namespace: str, datum: Datum, room: Room) -> int:
    given: dict[str, Any] = {
        "account": account,
        "region": region,
        "namespace": namespace,
        "name": datum.name,
        "dimensions": written(datum.dimensions),
        "unit": datum.unit,
    }
    row = tx.one(
        "SELECT id, last FROM cloudwatch_metric WHERE account = :account AND region = :region"
        " AND namespace = :namespace AND name = :name AND dimensions = :dimensions"
        " AND unit = :unit",
        **given,
    )
    if row is not None:
        id, last = row
        if datum.point.minute >= last + STALE:
            tx.run(
                "UPDATE cloudwatch_metric SET last = :last WHERE id = :id",
                id=id,
                last=datum.point.minute,
            )
        return int(id)
    room.take(tx, account, region)
    tx.run(
        "INSERT INTO cloudwatch_metric (account, region, namespace, name, dimensions, unit, last)"
        " VALUES (:account, :region, :namespace, :name, :dimensions, :unit, :last)",
        **given,
        last=datum.point.minute,
    )
    return id_of(tx, account, region, namespace, datum, room)


def add(tx: Tx, metric: int, point: Point) -> None:
    """A point beside, or into, what there is of its minute."""
    if tx.run(f"{INSERT} ON CONFLICT (metric, minute) DO NOTHING", **row_of(metric, point)):
        return
    row = tx.one(
        "SELECT samples, total, least, most, spread FROM cloudwatch_point"
        " WHERE metric = :metric AND minute = :minute",
        metric=metric,
        minute=point.minute,
    )
    assert row is not None
    known = point_of((point.minute, *row))
    known.add(point)
    tx.run(
        "UPDATE cloudwatch_point SET samples = :samples, total = :total, least = :least,"
        " most = :most, spread = :spread WHERE metric = :metric AND minute = :minute",
        **row_of(metric, known),
    )


def point_of(row: Sequence[Any]) -> Point:
    minute, samples, total, least, most, spread = row
    return Point(minute, samples, total, least, most, json.loads(spread) if spread else None)


INSERT = (
    "INSERT INTO cloudwatch_point (metric, minute, samples, total, least, most, spread)"
    " VALUES (:metric, :minute, :samples, :total, :least, :most, :spread)"
)


def row_of(metric: int, point: Point) -> dict[str, Any]:
    return {
        "metric": metric,
        "minute": point.minute,
        "samples": point.samples,
        "total": point.total,
        "least": point.least,
        "most": point.most,
        "spread": json.dumps(point.spread) if point.spread is not None else None,
    }


# ----- finding


def of_name(
    tx: Tx, account: str, region: str, namespace: str, name: str, dimensions: Dimensions
) -> list[Metric]:
    """A metric in each of its units."""
    rows = tx.all(
        f"SELECT {METRIC} FROM cloudwatch_metric WHERE account = :account AND region = :region"
        " AND namespace = :namespace AND name = :name AND dimensions = :dimensions",
        account=account,
        region=region,
        namespace=namespace,
        name=name,
        dimensions=written(dimensions),
    )
    return [metric_of(row) for row in rows]


METRIC = "id, namespace, name, dimensions, unit, last"


def metric_of(row: Sequence[Any]) -> Metric:
    id, namespace, name, dimensions, unit, last = row
    return Metric(id, namespace, name, tuple(map(tuple, json.loads(dimensions))), unit, last)


def listed(tx: Tx, namespace: str, name: str, after: int, most: int) -> list[Metric]:
    """The caller's metrics by their ids, of a namespace and of a name where they are given."""
    rows = tx.all(
        f"SELECT {METRIC} FROM cloudwatch_metric WHERE account = :account AND region = :region"
        " AND (:namespace = '' OR namespace = :namespace) AND (:name = '' OR name = :name)"
        " AND id > :after ORDER BY id LIMIT :most",
        account=tx.call.account,
        region=tx.call.region,
        namespace=namespace,
        name=name,
        after=after,
        most=most,
    )
    return [metric_of(row) for row in rows]


# ----- reading


def columns(tx: Tx, metric: int, first: int, beyond: int) -> list[Columns]:
    """All points of a metric from a minute on and before another, and some around them."""
    blocks = tx.all(
        "SELECT day, data FROM cloudwatch_block WHERE metric = :metric AND day >= :first"
        " AND day <= :last ORDER BY day",
        metric=metric,
        first=first // MINUTES,
        last=(beyond - 1) // MINUTES,
    )
    return [unpack(data, day) for day, data in blocks]


def rows(tx: Tx, metric: int, first: int, beyond: int, *, spread: bool = False) -> list[Any]:
    return tx.all(
        f"SELECT minute, samples, total, least, most{', spread' if spread else ''}"
        " FROM cloudwatch_point WHERE metric = :metric AND minute >= :first AND minute < :beyond",
        metric=metric,
        first=first,
        beyond=beyond,
    )


Summary = list[float]  # samples, total, least, most


def read(
    tx: Tx, metrics: Iterable[int], first: int, beyond: int, period: int
) -> dict[int, Summary]:
    """What there is in each period, by its first minute; periods count from `first` on."""
    found: dict[int, Summary] = {}
    for metric in metrics:
        for block in columns(tx, metric, first, beyond):
            summed = zip(
                block.minutes, block.samples, block.totals, block.least, block.most, strict=True
            )
            gather(found, summed, first, beyond, period)
        gather(found, rows(tx, metric, first, beyond), first, beyond, period)
    return found


def gather(
    found: dict[int, Summary], points: Iterable[Any], first: int, beyond: int, period: int
) -> None:
    for minute, samples, total, least, most in points:
        if not first <= minute < beyond:
            continue
        start = minute - (minute - first) % period
        if (known := found.get(start)) is None:
            found[start] = [samples, total, least, most]
            continue
        known[0] += samples
        known[1] += total
        known[2] = min(known[2], least)
        known[3] = max(known[3], most)


def spread(
    tx: Tx, metrics: Iterable[int], first: int, beyond: int, period: int
) -> dict[int, Point]:
    """The same as points with their spreads, for percentiles."""
    found: dict[int, Point] = {}
    for metric in metrics:
        each = [p for block in columns(tx, metric, first, beyond) for p in points_of(block)]
        each += [point_of(row) for row in rows(tx, metric, first, beyond, spread=True)]
        for point in each:
            if not first <= point.minute < beyond:
                continue
            start = point.minute - (point.minute - first) % period
            if start in found:
                found[start].add(point)
            else:
                point.minute = start
                found[start] = point
    return found


# ----- keeping


async def compact(store: Store) -> None:
    """Make blocks of the days that are over."""
    after: tuple[int, int] = (0, 0)
    while True:
        over = await store.read(days_over, after)
        for metric, day in over:
            known = await store.read(day_of, metric, day)
            data = await anyio.to_thread.run_sync(packed, known, day)
            try:
                await store.write(replace, metric, day, known, data)
            except Changed:
                continue
        if not over:
            return
        after = over[-1]


def days_over(tx: Tx, after: tuple[int, int]) -> list[tuple[int, int]]:
    """Some metrics and days whose points are rows and need not be."""
    today = minute_of(tx.now) // MINUTES * MINUTES
    rows = tx.all(
        "SELECT DISTINCT metric, minute / 1440 FROM cloudwatch_point WHERE minute < :today"
        " AND (metric > :metric OR (metric = :metric AND minute / 1440 > :day))"
        " ORDER BY 1, 2 LIMIT :most",
        today=today,
        metric=after[0],
        day=after[1],
        most=AT_ONCE,
    )
    return [(metric, day) for metric, day in rows]


Day = tuple[list[tuple[Any, ...]], bytes | None]  # what there is of it: rows, and a block


def day_of(tx: Tx, metric: int, day: int) -> Day:
    found = rows(tx, metric, day * MINUTES, (day + 1) * MINUTES, spread=True)
    block = tx.value(
        "SELECT data FROM cloudwatch_block WHERE metric = :metric AND day = :day",
        metric=metric,
        day=day,
    )
    return sorted(map(tuple, found)), bytes(block) if block is not None else None


def packed(known: Day, day: int) -> bytes:
    points = [point_of(row) for row in known[0]]
    if known[1] is not None:
        points += points_of(unpack(known[1], day))
    return pack(merged(points), day)


def merged(points: Iterable[Point]) -> list[Point]:
    found: dict[int, Point] = {}
    for each in points:
        if each.minute in found:
            found[each.minute].add(each)
        else:
            found[each.minute] = each
    return list(found.values())


def replace(tx: Tx, metric: int, day: int, known: Day, data: bytes) -> None:
    """A block in place of what there was.  Changed."""
    if day_of(tx, metric, day) != known:
        raise Changed
    tx.run(
        "DELETE FROM cloudwatch_point WHERE metric = :metric AND minute >= :first"
        " AND minute < :beyond",
        metric=metric,
        first=day * MINUTES,
        beyond=(day + 1) * MINUTES,
    )
    tx.run(
        "INSERT INTO cloudwatch_block (metric, day, data) VALUES (:metric, :day, :data)"
        " ON CONFLICT (metric, day) DO UPDATE SET data = excluded.data",
        metric=metric,
        day=day,
        data=data,
    )


def forget(tx: Tx) -> None:
    """What is older than is kept goes."""
    oldest = minute_of(tx.now) // MINUTES - DAYS
    tx.run("DELETE FROM cloudwatch_block WHERE day < :oldest", oldest=oldest)
    tx.run("DELETE FROM cloudwatch_point WHERE minute < :oldest", oldest=oldest * MINUTES)
    tx.run("DELETE FROM cloudwatch_metric WHERE last < :oldest", oldest=oldest * MINUTES)
