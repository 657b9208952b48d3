"""Replication groups: what may be asked for, and what is shown."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.elasticache import nodes
from tests.harness import SECOND_KEY, World
from tests.services.elasticache.calls import SMALL, Keeping, group, refused


def test_a_group_with_shards_is_laid_out_over_zones(caches: Any) -> None:
    made = group(caches, NumNodeGroups=2, ReplicasPerNodeGroup=2, Tags=[{"Key": "a", "Value": "b"}])
    assert made["ClusterEnabled"] and made["AutomaticFailover"] == "enabled"
    assert [each["Slots"] for each in made["NodeGroups"]] == ["0-8191", "8192-16383"]
    for shard in made["NodeGroups"]:
        zones = [each["PreferredAvailabilityZone"] for each in shard["NodeGroupMembers"]]
        assert len(set(zones)) == 3
    assert made["MemberClusters"][0] == "shop-0001-001"
    assert "ConfigurationEndpoint" not in made  # before it is available
    assert made["ARN"] == "arn:aws:elasticache:us-east-1:000000000000:replicationgroup:shop"
    tags = caches.list_tags_for_resource(ResourceName=made["ARN"])["TagList"]
    assert tags == [{"Key": "a", "Value": "b"}]


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"name": "1shop"}, "InvalidParameterValue", "not a valid identifier"),
        ({"name": "a" * 41}, "InvalidParameterValue", "at most 40"),
        ({"name": "a--b"}, "InvalidParameterValue", "not a valid identifier"),
        ({"CacheNodeType": "cache.x.y"}, "InvalidParameterValue", "Invalid Cache Node Type"),
        ({"Engine": "memcached"}, "InvalidParameterValue", "valkey or redis"),
        ({"EngineVersion": "8.0"}, "InvalidParameterValue", "this installation has 9.1.2"),
        ({"NumCacheClusters": 1, "AutomaticFailoverEnabled": True}, "InvalidParameterCombination", "at least 2"),
        ({"NumCacheClusters": 7}, "InvalidParameterValue", "at most 5 replicas"),
        ({"MultiAZEnabled": True, "NumCacheClusters": 2}, "InvalidParameterCombination", "Multi-AZ"),
        ({"NumNodeGroups": 2, "AutomaticFailoverEnabled": False}, "InvalidParameterCombination", "cluster mode"),
        ({"NumNodeGroups": 2, "NumCacheClusters": 2}, "InvalidParameterCombination", "NumCacheClusters"),
        ({"NumNodeGroups": 2, "CacheParameterGroupName": "default.valkey9"}, "InvalidParameterCombination", "cluster-enabled"),
        ({"NumNodeGroups": 101, "ReplicasPerNodeGroup": 5}, "NodeGroupsPerReplicationGroupQuotaExceeded", "500"),
        ({"CacheParameterGroupName": "default.redis7"}, "InvalidParameterCombination", "family"),
        ({"CacheParameterGroupName": "none"}, "CacheParameterGroupNotFound", "none not found"),
        ({"CacheSubnetGroupName": "none"}, "CacheSubnetGroupNotFoundFault", "does not exist"),
        ({"SecurityGroupIds": ["sg-1"]}, "InvalidParameterValue", "security groups"),
        ({"Port": 70}, "InvalidParameterValue", "port"),
        ({"PreferredMaintenanceWindow": "sun:05:00-sun:05:30"}, "InvalidParameterValue", "60 minutes"),
        ({"SnapshotRetentionLimit": 36}, "InvalidParameterValue", "35"),
        ({"SnapshotName": "none"}, "InvalidParameterValue", "none"),
        ({"PreferredCacheClusterAZs": ["us-east-1a"], "NumCacheClusters": 2}, "InvalidParameterValue", "zones"),
        ({"PreferredCacheClusterAZs": ["mars-1a", "mars-1b"], "NumCacheClusters": 2}, "InvalidParameterValue", "mars-1a"),
        ({"Durability": "sync", "NumNodeGroups": 1, "ReplicasPerNodeGroup": 1, "MultiAZEnabled": True, "ClusterMode": "enabled"}, "InvalidParameterCombination", "in transit"),
        ({"Durability": "async", "TransitEncryptionEnabled": True}, "InvalidParameterCombination", "cluster mode"),
        ({"Durability": "sync", "NumNodeGroups": 2, "TransitEncryptionEnabled": True}, "InvalidParameterCombination", "Multi-AZ"),
        ({"AtRestEncryptionEnabled": True}, "InvalidParameterValue", "/dev/shm"),
        ({"AuthToken": "a" * 16}, "InvalidParameterCombination", "TransitEncryption"),
        ({"CacheNodeType": "cache.r6g.16xlarge"}, "InsufficientCacheClusterCapacity", "MiB"),
        ({"NodeGroupConfiguration": [{"Slots": "0-5"}], "ClusterMode": "enabled"}, "InvalidParameterValue", "16383"),
        ({"NodeGroupConfiguration": [{"Slots": "x"}], "ClusterMode": "enabled"}, "InvalidParameterValue", "slots"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    caches: Any, members: dict[str, Any], code: str, words: str
) -> None:
    with refused(code, words):
        group(caches, **members)
    assert caches.describe_replication_groups()["ReplicationGroups"] == []


def test_ids_are_taken_once_and_are_an_account_s(world: World, caches: Any) -> None:
    group(caches)
    with refused("ReplicationGroupAlreadyExists"):
        group(caches, "SHOP")
    other = world.client("elasticache", SECOND_KEY)
    with refused("ReplicationGroupNotFoundFault", "shop not found"):
        other.describe_replication_groups(ReplicationGroupId="shop")


def test_what_is_being_made_cannot_be_changed(caches: Any) -> None:
    group(caches)
    with refused("InvalidReplicationGroupState", "creating"):
        caches.modify_replication_group(ReplicationGroupId="shop", SnapshotRetentionLimit=1)


def test_groups_are_deleted_by_steps(caches: Any) -> None:
    group(caches)
    assert (
        caches.delete_replication_group(ReplicationGroupId="shop")["ReplicationGroup"]["Status"]
        == "deleting"
    )
    with refused("InvalidReplicationGroupState"):
        caches.delete_replication_group(ReplicationGroupId="shop")
    with refused("ReplicationGroupNotFoundFault"):
        caches.delete_replication_group(ReplicationGroupId="none")


def test_without_a_place_to_run_it_says_so(world: World) -> None:
    with refused("InsufficientCacheClusterCapacity", "role cache"):
        group(world.client("elasticache"))


def test_a_cluster_gets_a_group_around_it_and_is_left_again(caches: Any, keeping: Keeping) -> None:
    def cluster(name: str) -> Any:
        (found,) = caches.describe_cache_clusters(CacheClusterId=name, ShowCacheNodeInfo=True)[
            "CacheClusters"
        ]
        return found["CacheClusterStatus"] == "available" and found

    caches.create_cache_cluster(CacheClusterId="one", Engine="valkey", CacheNodeType=SMALL)
    keeping.wait(lambda: cluster("one"))
    (node,) = keeping.world.store.read_now(nodes.of, cluster("one")["ARN"])
    with keeping.client(node) as client:
        client.set("a", "1")

    def around(**members: Any) -> Any:
        return caches.create_replication_group(
            ReplicationGroupId="shop", ReplicationGroupDescription="d", PrimaryClusterId="one", **members
        )  # fmt: skip

    with refused("InvalidParameterCombination", "Engine is the primary cluster's"):
        around(Engine="valkey")
    with refused("InvalidParameterCombination", "at least 2"):
        around(AutomaticFailoverEnabled=True)
    around(NumCacheClusters=2, AutomaticFailoverEnabled=True)
    assert keeping.available()["MemberClusters"] == ["one", "shop-001"]
    with refused("InvalidParameterCombination", "no single cluster"):
        caches.create_replication_group(
            ReplicationGroupId="b", ReplicationGroupDescription="d", PrimaryClusterId="one"
        )
    members = keeping.nodes()
    assert {each.role for each in members} == {"primary", "replica"}
    for each in members:
        with keeping.client(each) as client:
            assert client.get("a") == "1"
    caches.delete_replication_group(ReplicationGroupId="shop", RetainPrimaryCluster=True)
    keeping.wait(lambda: not caches.describe_replication_groups()["ReplicationGroups"])
    left = keeping.wait(lambda: cluster("one"))
    assert "ReplicationGroupId" not in left and len(left["CacheNodes"]) == 1
    assert [e["CacheClusterId"] for e in caches.describe_cache_clusters()["CacheClusters"]] == [
        "one"
    ]
    with keeping.client(node) as client:
        assert client.get("a") == "1" and client.set("b", "2")
    caches.delete_cache_cluster(CacheClusterId="one")
    keeping.wait(lambda: not caches.describe_cache_clusters()["CacheClusters"])
