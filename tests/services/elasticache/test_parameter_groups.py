"""Parameter groups: the default ones, and one's own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.elasticache.calls import group, refused


def make(caches: Any, name: str = "mine", family: str = "valkey9") -> None:
    caches.create_cache_parameter_group(
        CacheParameterGroupName=name, CacheParameterGroupFamily=family, Description="d"
    )


def values(caches: Any, name: str, **options: Any) -> dict[str, str]:
    pages = caches.get_paginator("describe_cache_parameters").paginate(
        CacheParameterGroupName=name, PaginationConfig={"PageSize": 20}, **options
    )
    return {e["ParameterName"]: e["ParameterValue"] for p in pages for e in p["Parameters"]}


def test_defaults_are_there(caches: Any) -> None:
    found = caches.describe_cache_parameter_groups()["CacheParameterGroups"]
    names = [each["CacheParameterGroupName"] for each in found]
    assert {"default.valkey9", "default.valkey9.cluster.on", "default.memcached1.6"} <= set(names)
    assert values(caches, "default.valkey9")["maxmemory-policy"] == "volatile-lru"
    assert values(caches, "default.valkey9.cluster.on")["cluster-enabled"] == "yes"
    with refused("InvalidParameterValue"):
        caches.delete_cache_parameter_group(CacheParameterGroupName="default.valkey9")
    shown = caches.describe_engine_default_parameters(CacheParameterGroupFamily="memcached1.6")
    assert shown["EngineDefaults"]["Parameters"][0]["ParameterName"] == "backlog_queue_limit"


def test_one_s_own_is_changed_and_reset(caches: Any) -> None:
    make(caches)
    change = [{"ParameterName": "timeout", "ParameterValue": "60"}]
    caches.modify_cache_parameter_group(CacheParameterGroupName="mine", ParameterNameValues=change)
    assert values(caches, "mine", Source="user") == {"timeout": "60"}
    caches.reset_cache_parameter_group(CacheParameterGroupName="mine", ResetAllParameters=True)
    assert values(caches, "mine", Source="user") == {}
    with refused("InvalidParameterCombination"):
        caches.reset_cache_parameter_group(CacheParameterGroupName="mine")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nonsense", "1"), ("timeout", "x"), ("timeout", "5"), ("maxmemory-policy", "all"), ("databases", "4"),
        ("notify-keyspace-events", "Q"), ("maxmemory-samples", "-1"), ("max_item_size", "1"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_are_refused(caches: Any, name: str, value: str) -> None:
    make(caches)
    with refused("InvalidParameterValue"):
        caches.modify_cache_parameter_group(
            CacheParameterGroupName="mine",
            ParameterNameValues=[{"ParameterName": name, "ParameterValue": value}],
        )


def test_one_in_use_stays(caches: Any) -> None:
    make(caches)
    group(caches, CacheParameterGroupName="mine")
    with refused("InvalidCacheParameterGroupState"):
        caches.delete_cache_parameter_group(CacheParameterGroupName="mine")
    with refused("CacheParameterGroupAlreadyExists"):
        make(caches)
    make(caches, "other")
    caches.delete_cache_parameter_group(CacheParameterGroupName="other")
    with refused("CacheParameterGroupNotFound"):
        caches.delete_cache_parameter_group(CacheParameterGroupName="other")
    with refused("InvalidParameterValue", "family"):
        make(caches, "third", "oracle19")


def test_what_needs_a_reboot_waits(caches: Any) -> None:
    make(caches)
    group(caches, CacheParameterGroupName="mine")
    caches.modify_cache_parameter_group(
        CacheParameterGroupName="mine",
        ParameterNameValues=[{"ParameterName": "maxclients", "ParameterValue": "100"}],
    )
    (found, *_) = caches.describe_cache_clusters()["CacheClusters"]
    assert found["CacheParameterGroup"]["ParameterApplyStatus"] == "pending-reboot"
