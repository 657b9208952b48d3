"""Windows: when they are open, and what is done in them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from forecourt.services.elasticache import windows
from forecourt.services.elasticache.reconcile import call_of
from tests.harness import World
from tests.services.elasticache.calls import group
from tests.services.elasticache.test_shards import settle

WEDNESDAY = datetime(2026, 11, 25, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "is_open"),
    [
        ("05:00-06:00", True),
        ("06:00-07:00", False),
        ("23:00-05:31", True),
        ("23:00-05:30", False),
        ("", False),
    ],
)
def test_windows_of_a_day(window: str, is_open: bool) -> None:
    assert windows.is_open_daily(window, WEDNESDAY) is is_open


@pytest.mark.parametrize(
    ("window", "is_open"),
    [
        ("wed:05:00-wed:06:00", True), ("thu:05:00-thu:06:00", False), ("sun:23:00-wed:06:00", True),
        ("wed:06:00-wed:05:00", False), ("", False),
    ],
)  # fmt: skip
def test_windows_of_a_week(window: str, is_open: bool) -> None:
    assert windows.is_open_weekly(window, WEDNESDAY) is is_open


def open_all(world: World) -> list[str]:
    found = world.store.read_now(windows.due)
    for arn in found:
        asyncio.run(world.store.write_for(call_of(arn), windows.open_, arn))
    return found


def test_snapshots_are_taken_once_a_day_and_kept(
    world: World, caches: Any, later: Callable[[float], None]
) -> None:
    arn = group(caches, SnapshotRetentionLimit=1, SnapshotWindow="00:00-23:59")["ARN"]
    assert open_all(world) == []  # it is being made
    settle(world)
    assert open_all(world) == [arn]
    (first,) = caches.describe_snapshots(SnapshotSource="system")["Snapshots"]
    assert (
        first["SnapshotName"].startswith("automatic.shop-")
        and first["SnapshotSource"] == "automated"
    )
    settle(world)
    assert open_all(world) == []
    later(2)
    settle(world)
    assert open_all(world) == [arn]
    (second,) = caches.describe_snapshots()["Snapshots"]  # the first was kept for a day
    assert second["SnapshotName"] != first["SnapshotName"]


def test_changes_wait_for_maintenance(world: World, caches: Any) -> None:
    group(caches, PreferredMaintenanceWindow="mon:00:00-sun:23:59")
    settle(world)
    changed = caches.modify_replication_group(
        ReplicationGroupId="shop", CacheNodeType="cache.t3.small", ApplyImmediately=False
    )["ReplicationGroup"]
    assert (changed["Status"], changed["CacheNodeType"]) == ("available", "cache.t3.micro")
    assert len(open_all(world)) == 1
    (found,) = caches.describe_replication_groups()["ReplicationGroups"]
    assert (found["Status"], found["CacheNodeType"]) == ("modifying", "cache.t3.small")
