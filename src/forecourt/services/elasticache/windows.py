"""What happens in windows: snapshots each day, and changes that were to wait for maintenance.

for arn in windows.due(tx): ...         # whose window is open, and who has something to do in it
windows.open_(tx, arn)                  # in the name of its owner
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from forecourt.store.resources import Resource, at

from . import snapshots
from .placing import DAILY, DAYS, WINDOW
from .stored import AVAILABLE, MODIFYING, WORK, kind_of

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

PREFIX = "automatic."


def due(tx: Tx) -> list[str]:
    """Caches that have something to do now."""
    rows = tx.all(
        "SELECT arn, spec, status FROM resource WHERE service = 'elasticache'"
        " AND kind IN ('replicationgroup', 'cluster', 'serverlesscache') ORDER BY arn"
    )
    found = []
    for arn, spec, status in rows:
        if wants_snapshot(tx.now, json.loads(spec), json.loads(status)) or wants_change(
            tx.now, json.loads(spec), json.loads(status)
        ):
            found.append(str(arn))
    return found


def open_(tx: Tx, arn: str) -> None:
    """Begin what is due of a cache, and forget snapshots that were kept long enough."""
    found = at(tx, arn)
    if found is None:
        return
    kind = kind_of(found)
    if wants_change(tx.now, found.spec, found.status):
        status = {k: v for k, v in found.status.items() if k not in ("Deferred", "Pending")}
        kind.change(
            tx,
            found,
            spec={**found.spec, **found.status["Deferred"]},
            status={**status, "State": MODIFYING},
        )
        tx.enqueue(WORK, arn)
    elif wants_snapshot(tx.now, found.spec, found.status):
        name = f"{PREFIX}{found.name}-{tx.now:%Y-%m-%d-%H-%M}"
        status = {**found.status, "Automatic": f"{tx.now:%Y-%m-%d}"}
        snapshots.begin(tx, kind.change(tx, found, status=status), name, snapshots.AUTOMATED)
        forget(tx, found)


def forget(tx: Tx, cache: Resource) -> None:
    before = tx.now - timedelta(days=cache.spec["SnapshotRetention"])
    kind = snapshots.kind_for(cache)
    for each in kind.all(tx):
        mine = each.spec["Of"] == cache.arn and each.spec["Source"] == snapshots.AUTOMATED
        if mine and each.created < before:
            kind.remove(tx, each)


def wants_snapshot(now: datetime, spec: Mapping[str, Any], status: Mapping[str, Any]) -> bool:
    return (
        bool(spec.get("SnapshotRetention"))
        and status["State"] == AVAILABLE
        and status.get("Automatic") != f"{now:%Y-%m-%d}"
        and is_open_daily(spec["SnapshotWindow"], now)
    )


def wants_change(now: datetime, spec: Mapping[str, Any], status: Mapping[str, Any]) -> bool:
    return (
        bool(status.get("Deferred"))
        and status["State"] == AVAILABLE
        and is_open_weekly(spec["Maintenance"], now)
    )


def is_open_daily(window: str, now: datetime) -> bool:
    """Whether a window of every day, as 05:00-06:00, is open."""
    found = DAILY.match(window)
    if found is None:
        return False
    hour, minute, last_hour, last_minute = map(int, found.groups())
    start, minutes = hour * 60 + minute, now.hour * 60 + now.minute
    length = (last_hour * 60 + last_minute - start) % (24 * 60)
    return (minutes - start) % (24 * 60) < length


def is_open_weekly(window: str, now: datetime) -> bool:
    """Whether a window of a week, as sun:05:00-sun:06:00, is open."""
    found = WINDOW.match(window)
    if found is None:
        return False
    day, hour, minute, last_day, last_hour, last_minute = found.groups()
    week = 7 * 24 * 60
    start = (DAYS.index(day) * 24 + int(hour)) * 60 + int(minute)
    end = (DAYS.index(last_day) * 24 + int(last_hour)) * 60 + int(last_minute)
    minutes = (now.weekday() * 24 + now.hour) * 60 + now.minute
    return (minutes - start) % week < (end - start) % week
