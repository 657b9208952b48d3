"""Groups and clusters as they are shown while they are made."""

from __future__ import annotations

from typing import Any

from tests.services.elasticache.calls import group


def test_names_are_told_when_they_can_be_used(caches: Any) -> None:
    made = group(caches)
    (shard,) = made["NodeGroups"]
    assert "PrimaryEndpoint" not in shard and shard["Status"] == "creating"
    assert [each["CurrentRole"] for each in shard["NodeGroupMembers"]] == ["primary", "replica"]
    (first, _) = caches.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    assert "Endpoint" not in first["CacheNodes"][0]
    assert first["CacheParameterGroup"]["CacheParameterGroupName"] == "default.valkey9"
