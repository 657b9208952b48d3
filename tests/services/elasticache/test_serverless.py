"""Serverless caches: what may be asked for, and what is shown.  Those that run: tests/e2e/test_caches.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness import SECOND_KEY, World
from tests.services.elasticache.calls import refused

LIMITS = {"DataStorage": {"Maximum": 2, "Unit": "GB"}, "ECPUPerSecond": {"Maximum": 5000}}


def made(caches: Any, **members: Any) -> Any:
    given = {"ServerlessCacheName": "Shop", "Engine": "valkey", **members}
    return caches.create_serverless_cache(**given)["ServerlessCache"]


def test_one_has_nodes_that_nobody_sees(world: World, caches: Any) -> None:
    shown = made(
        caches, MajorEngineVersion="9", CacheUsageLimits=LIMITS, DailySnapshotTime="23:30",
        SnapshotRetentionLimit=3, Tags=[{"Key": "a", "Value": "b"}],
    )  # fmt: skip
    assert (shown["ServerlessCacheName"], shown["Status"]) == ("shop", "creating")
    assert (shown["MajorEngineVersion"], shown["CacheUsageLimits"]) == ("9", LIMITS)
    assert (shown["DailySnapshotTime"], shown["SnapshotRetentionLimit"]) == ("23:30", 3)
    assert "Endpoint" not in shown  # before it is available
    arn = "arn:aws:elasticache:us-east-1:000000000000:serverlesscache:shop"
    assert shown["ARN"] == arn
    assert caches.list_tags_for_resource(ResourceName=arn)["TagList"] == [
        {"Key": "a", "Value": "b"}
    ]
    assert caches.describe_cache_clusters()["CacheClusters"] == []
    assert caches.describe_replication_groups()["ReplicationGroups"] == []
    with refused("ServerlessCacheAlreadyExistsFault"):
        made(caches)
    other = world.client("elasticache", SECOND_KEY)
    with refused("ServerlessCacheNotFoundFault", "shop not found"):
        other.describe_serverless_caches(ServerlessCacheName="shop")
    changes: list[Callable[[], Any]] = [
        lambda: caches.modify_serverless_cache(ServerlessCacheName="shop", Description="d"),
        lambda: caches.delete_serverless_cache(ServerlessCacheName="shop", FinalSnapshotName="f"),
        lambda: caches.create_serverless_cache_snapshot(
            ServerlessCacheName="shop", ServerlessCacheSnapshotName="s"
        ),
    ]
    for change in changes:
        with refused("InvalidServerlessCacheStateFault", "creating"):
            change()
    gone = caches.delete_serverless_cache(ServerlessCacheName="shop")["ServerlessCache"]
    assert gone["Status"] == "deleting"
    with refused("InvalidServerlessCacheStateFault", "being deleted"):
        caches.delete_serverless_cache(ServerlessCacheName="shop")


def test_listings_are_paged(caches: Any) -> None:
    for at in range(21):
        made(caches, ServerlessCacheName=f"c{at:02}", CacheUsageLimits=LIMITS)
    first = caches.describe_serverless_caches(MaxResults=20)
    rest = caches.describe_serverless_caches(MaxResults=20, NextToken=first["NextToken"])
    names = [e["ServerlessCacheName"] for e in first["ServerlessCaches"] + rest["ServerlessCaches"]]
    assert names == [f"c{at:02}" for at in range(21)] and "NextToken" not in rest


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"ServerlessCacheName": "1a"}, "InvalidParameterValue", "not a valid identifier"),
        ({"Engine": "redis"}, "InvalidParameterValue", "TLS"),
        ({"MajorEngineVersion": "8"}, "InvalidParameterValue", "9.1.2"),
        ({"CacheUsageLimits": {"DataStorage": {"Maximum": 0, "Unit": "GB"}}}, "InvalidParameterValue", "1 to 5000"),
        ({"CacheUsageLimits": {"DataStorage": {"Minimum": 3, "Maximum": 2, "Unit": "GB"}}}, "InvalidParameterValue", "1 to 5000"),
        ({"CacheUsageLimits": {"ECPUPerSecond": {"Maximum": 10}}}, "InvalidParameterValue", "1000"),
        ({"CacheUsageLimits": {"DataStorage": {"Maximum": 5000, "Unit": "GB"}}}, "InvalidParameterValue", "MiB"),
        ({"SnapshotRetentionLimit": 36}, "InvalidParameterValue", "35"),
        ({"DailySnapshotTime": "24:00"}, "InvalidParameterValue", "24:00"),
        ({"SubnetIds": ["subnet-1"]}, "InvalidParameterValue", "subnet-1"),
        ({"SecurityGroupIds": ["sg-1"]}, "InvalidParameterValue", "sg-1"),
        ({"UserGroupId": "none"}, "UserGroupNotFound", "none"),
        ({"KmsKeyId": "k"}, "InvalidParameterValue", "at rest"),
        ({"NetworkType": "ipv6"}, "InvalidParameterValue", "ipv4 is"),
        ({"SnapshotArnsToRestore": ["arn:aws:elasticache:us-east-1:000000000000:snapshot:none"]}, "InvalidParameterValue", "here"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    caches: Any, members: dict[str, Any], code: str, words: str
) -> None:
    with refused(code, words):
        made(caches, **members)
    assert caches.describe_serverless_caches()["ServerlessCaches"] == []


def test_snapshots_that_are_not_there(caches: Any) -> None:
    with refused("ServerlessCacheSnapshotNotFoundFault"):
        caches.describe_serverless_cache_snapshots(ServerlessCacheSnapshotName="none")
    with refused("ServerlessCacheSnapshotNotFoundFault"):
        caches.delete_serverless_cache_snapshot(ServerlessCacheSnapshotName="none")
    with refused("ServerlessCacheSnapshotNotFoundFault"):
        caches.copy_serverless_cache_snapshot(
            SourceServerlessCacheSnapshotName="none", TargetServerlessCacheSnapshotName="a"
        )
    with refused("InvalidParameterValue", "SnapshotType"):
        caches.describe_serverless_cache_snapshots(SnapshotType="odd")
    assert caches.describe_serverless_cache_snapshots()["ServerlessCacheSnapshots"] == []
