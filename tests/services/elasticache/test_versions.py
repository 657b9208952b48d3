"""The engines that are here."""

from __future__ import annotations

from typing import Any

from tests.services.elasticache.calls import refused


def test_engines_are_those_that_are_here(caches: Any) -> None:
    found = caches.describe_cache_engine_versions()["CacheEngineVersions"]
    shown = {e["Engine"]: (e["EngineVersion"], e["CacheParameterGroupFamily"]) for e in found}
    assert shown == {
        "memcached": ("1.6.18", "memcached1.6"),
        "redis": ("7.0", "redis7"),
        "valkey": ("9.1", "valkey9"),
    }
    one = caches.describe_cache_engine_versions(Engine="valkey")["CacheEngineVersions"]
    assert [each["Engine"] for each in one] == ["valkey"]


def test_what_is_not_sold_is_not_there(caches: Any) -> None:
    assert caches.describe_service_updates()["ServiceUpdates"] == []
    assert caches.describe_update_actions()["UpdateActions"] == []
    assert caches.describe_reserved_cache_nodes()["ReservedCacheNodes"] == []
    offers = caches.describe_reserved_cache_nodes_offerings()
    assert offers["ReservedCacheNodesOfferings"] == []
    with refused("ReservedCacheNodeNotFound"):
        caches.describe_reserved_cache_nodes(ReservedCacheNodeId="a")
    with refused("ServiceUpdateNotFoundFault"):
        caches.describe_service_updates(ServiceUpdateName="a")
    with refused("ReservedCacheNodesOfferingNotFound"):
        caches.describe_reserved_cache_nodes_offerings(ReservedCacheNodesOfferingId="a")
    with refused("ReservedCacheNodesOfferingNotFound"):
        caches.purchase_reserved_cache_nodes_offering(ReservedCacheNodesOfferingId="a")
    for act in (caches.batch_apply_update_action, caches.batch_stop_update_action):
        with refused("ServiceUpdateNotFoundFault"):
            act(ServiceUpdateName="a", ReplicationGroupIds=["shop"])
