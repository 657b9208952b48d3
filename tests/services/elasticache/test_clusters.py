"""Cache clusters: Memcached, and single nodes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.elasticache.calls import SMALL, group, refused


def make(caches: Any, name: str = "mem", **members: Any) -> Any:
    given = {"Engine": "memcached", "CacheNodeType": SMALL, "NumCacheNodes": 2, **members}
    return caches.create_cache_cluster(CacheClusterId=name, **given)["CacheCluster"]


def test_memcached_has_nodes_in_a_zone_or_in_several(caches: Any) -> None:
    assert make(caches)["PreferredAvailabilityZone"] == "us-east-1a"
    found = make(caches, "wide", AZMode="cross-az", NumCacheNodes=3)
    assert found["PreferredAvailabilityZone"] == "Multiple" and found["NumCacheNodes"] == 3
    (shown,) = caches.describe_cache_clusters(CacheClusterId="wide", ShowCacheNodeInfo=True)[
        "CacheClusters"
    ]
    assert [each["CacheNodeId"] for each in shown["CacheNodes"]] == ["0001", "0002", "0003"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"NumCacheNodes": 41}, "NodeQuotaForClusterExceeded"),
        ({"Engine": "valkey"}, "InvalidParameterValue"),
        ({"Engine": "valkey", "NumCacheNodes": 1, "CacheParameterGroupName": "default.valkey9.cluster.on"}, "InvalidParameterCombination"),
        ({"Engine": "oracle"}, "InvalidParameterValue"),
        ({"AZMode": "cross-az", "NumCacheNodes": 1}, "InvalidParameterCombination"),
        ({"AZMode": "upside"}, "ValidationError"),
        ({"SnapshotRetentionLimit": 3}, "InvalidParameterCombination"),
        ({"name": "a" * 51}, "InvalidParameterValue"),
        ({"TransitEncryptionEnabled": True, "Engine": "valkey", "NumCacheNodes": 1}, "InvalidParameterCombination"),
        ({"ReplicationGroupId": "none"}, "ReplicationGroupNotFoundFault"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(caches: Any, members: dict[str, Any], code: str) -> None:
    with refused(code):
        make(caches, **members)


def test_nodes_of_a_group_are_clusters_too(caches: Any) -> None:
    group(caches)
    found = caches.describe_cache_clusters()["CacheClusters"]
    assert [each["CacheClusterId"] for each in found] == ["shop-001", "shop-002"]
    assert {each["ReplicationGroupId"] for each in found} == {"shop"}
    alone = caches.describe_cache_clusters(ShowCacheClustersNotInReplicationGroups=True)
    assert alone["CacheClusters"] == []
    with refused("InvalidCacheClusterState"):
        caches.delete_cache_cluster(CacheClusterId="shop-002")


def test_what_is_being_made_cannot_be_changed(caches: Any) -> None:
    make(caches)
    with refused("InvalidCacheClusterState"):
        caches.modify_cache_cluster(CacheClusterId="mem", NumCacheNodes=3, ApplyImmediately=True)
    with refused("InvalidCacheClusterState"):
        caches.reboot_cache_cluster(CacheClusterId="mem", CacheNodeIdsToReboot=["0001"])
    with refused("CacheClusterAlreadyExists"):
        make(caches)
    with refused("CacheClusterNotFound"):
        caches.describe_cache_clusters(CacheClusterId="none")
    assert (
        caches.delete_cache_cluster(CacheClusterId="mem")["CacheCluster"]["CacheClusterStatus"]
        == "deleting"
    )


def test_types_one_can_go_to(caches: Any) -> None:
    group(caches)
    found = caches.list_allowed_node_type_modifications(ReplicationGroupId="shop")
    assert "cache.m6g.large" in found["ScaleUpModifications"]
    assert SMALL not in found["ScaleDownModifications"]
    assert caches.list_allowed_node_type_modifications(CacheClusterId="shop-001") | {
        "ResponseMetadata": 0
    } == found | {"ResponseMetadata": 0}
    with refused("InvalidParameterCombination"):
        caches.list_allowed_node_type_modifications()
