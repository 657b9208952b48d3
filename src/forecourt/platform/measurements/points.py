"""Points of a minute, many of them in a block, and statistics over periods.

A point has how many samples there were, their sum, the least and the most, and how they were spread: the
samples in buckets, each a hundredth wide, from which percentiles are told.
"""

from __future__ import annotations

import json
import math
import zlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MINUTES = 24 * 60  # of a day
WIDTH = math.log(1.01)  # of a bucket
Spread = Mapping[str, float]


@dataclass(slots=True)
class Point:
    """What one minute, or a longer period, adds up to."""

    minute: int
    samples: float
    total: float
    least: float
    most: float
    spread: dict[str, float] | None = None

    def add(self, other: Point) -> None:
        """Take another one's samples in."""
        if self.spread is None and (other.spread is not None or self.least != other.least):
            self.spread = spread_of(self)
        if self.spread is not None:
            for bucket, samples in (other.spread or spread_of(other)).items():
                self.spread[bucket] = self.spread.get(bucket, 0.0) + samples
        self.samples += other.samples
        self.total += other.total
        self.least = min(self.least, other.least)
        self.most = max(self.most, other.most)


def of_values(minute: int, values: Iterable[tuple[float, float]]) -> Point:
    """A point out of values and how often each came."""
    given = [(value, count) for value, count in values if count]
    if not given:
        return Point(minute, 0.0, 0.0, 0.0, 0.0)
    found = Point(
        minute,
        sum(count for _, count in given),
        math.fsum(value * count for value, count in given),
        min(value for value, _ in given),
        max(value for value, _ in given),
    )
    if found.least != found.most:
        spread: dict[str, float] = {}
        for value, count in given:
            bucket = bucket_of(value)
            spread[bucket] = spread.get(bucket, 0.0) + count
        found.spread = spread
    return found


def bucket_of(value: float) -> str:
    """p12, n-3, 0: the sign, and the power of a hundredth more that it is at least."""
    if value == 0:
        return "0"
    return f"{'n' if value < 0 else 'p'}{math.floor(math.log(abs(value)) / WIDTH)}"


def middle_of(bucket: str) -> float:
    if bucket == "0":
        return 0.0
    size = math.exp((int(bucket[1:]) + 0.5) * WIDTH)
    return -size if bucket[0] == "n" else size


def spread_of(point: Point) -> dict[str, float]:
    """How a point's samples lie; one of many that has no spread is all at its mean."""
    if not point.samples:
        return {}
    return {bucket_of(point.total / point.samples): point.samples}


def percentile(point: Point, part: float) -> float:
    """The value below which a part of the samples lie, to a hundredth of it."""
    if point.least == point.most or not point.spread:
        return (
            point.least if part <= 0 or point.least == point.most else point.total / point.samples
        )
    wanted = part * point.samples
    seen = 0.0
    for value, samples in sorted((middle_of(b), n) for b, n in point.spread.items()):
        seen += samples
        if seen >= wanted - 1e-9:
            return min(max(value, point.least), point.most)
    return point.most


# ----- blocks


def pack(points: Iterable[Point], day: int) -> bytes:
    """A day's points, by columns: alike values lie beside one another."""
    ordered = sorted(points, key=lambda each: each.minute)
    minutes = array("H", (each.minute - day * MINUTES for each in ordered))
    columns = [
        array("d", (getattr(each, name) for each in ordered))
        for name in ("samples", "total", "least", "most")
    ]
    spreads = {str(at): each.spread for at, each in enumerate(ordered) if each.spread is not None}
    text = json.dumps(spreads, separators=(",", ":")).encode() if spreads else b""
    raw = b"".join((
        len(ordered).to_bytes(2, "little"),
        minutes.tobytes(),
        *(each.tobytes() for each in columns),
        text,
    ))  # fmt: skip
    return zlib.compress(raw, 6)


@dataclass(slots=True)
class Columns:
    """Points as columns: what is read without making an object of each."""

    minutes: list[int]
    samples: array[float]
    totals: array[float]
    least: array[float]
    most: array[float]
    spreads: Mapping[str, dict[str, float]]


def unpack(data: bytes, day: int) -> Columns:
    raw = zlib.decompress(data)
    count = int.from_bytes(raw[:2], "little")
    at = 2
    minutes = array("H")
    minutes.frombytes(raw[at : at + 2 * count])
    at += 2 * count
    columns = []
    for _ in range(4):
        column = array("d")
        column.frombytes(raw[at : at + 8 * count])
        columns.append(column)
        at += 8 * count
    spreads = json.loads(raw[at:]) if len(raw) > at else {}
    first = day * MINUTES
    samples, totals, least, most = columns
    return Columns([first + each for each in minutes], samples, totals, least, most, spreads)


def points_of(columns: Columns) -> list[Point]:
    return [
        Point(minute, samples, total, least, most, columns.spreads.get(str(at)))
        for at, (minute, samples, total, least, most) in enumerate(
            zip(
                columns.minutes,
                columns.samples,
                columns.totals,
                columns.least,
                columns.most,
                strict=True,
            )
        )
    ]
