"""Events: of the last hour, or when one says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.services.elasticache.calls import refused


def happen(caches: Any) -> None:
    caches.create_cache_parameter_group(
        CacheParameterGroupName="mine", CacheParameterGroupFamily="valkey9", Description="d"
    )
    caches.modify_cache_parameter_group(
        CacheParameterGroupName="mine",
        ParameterNameValues=[{"ParameterName": "timeout", "ParameterValue": "60"}],
    )


def test_events_are_of_the_last_hour(caches: Any, later: Callable[[float], None]) -> None:
    happen(caches)
    (event,) = caches.describe_events()["Events"]
    assert event["SourceType"] == "cache-parameter-group" and event["SourceIdentifier"] == "mine"
    assert caches.describe_events(SourceType="user")["Events"] == []
    later(0.1)
    assert caches.describe_events()["Events"] == []
    assert len(caches.describe_events(Duration=60 * 24)["Events"]) == 1
    later(15)
    assert caches.describe_events(Duration=20160)["Events"] == []


def test_what_cannot_be_asked_is_refused(caches: Any) -> None:
    now = datetime.now(UTC)
    with refused("InvalidParameterCombination"):
        caches.describe_events(StartTime=now, EndTime=now - timedelta(hours=1))
    with refused("InvalidParameterCombination"):
        caches.describe_events(SourceIdentifier="mine")
    with refused("InvalidParameterValue"):
        caches.describe_events(Duration=30000)
    with refused("InvalidParameterValue"):
        caches.describe_events(MaxRecords=5)
