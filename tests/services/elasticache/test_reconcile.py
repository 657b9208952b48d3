"""Caches on real engines: what the API says of them is so."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from valkey.exceptions import ReadOnlyError, ResponseError

from forecourt.services.elasticache import happenings, nodes
from tests.services.elasticache.calls import DOMAIN, SMALL, Keeping, group, refused


def test_a_group_is_available_when_it_is(keeping: Keeping, caches: Any) -> None:
    assert group(caches, NumCacheClusters=3, AutomaticFailoverEnabled=True)["Status"] == "creating"
    found = keeping.available()
    (shard,) = found["NodeGroups"]
    assert shard["PrimaryEndpoint"]["Address"].endswith(f".ng.0001.use1.cache.{DOMAIN}")
    primary, replica = keeping.role("primary"), keeping.role("replica")
    with keeping.client(primary) as writer, keeping.client(replica) as reader:
        writer.set("a", "1")
        writer.wait(2, 5000)
        assert reader.get("a") == "1"
        with pytest.raises(ReadOnlyError):
            reader.set("a", "2")
        with pytest.raises(ResponseError, match="NOPERM|no permissions"):
            writer.config_get("save")
        assert "forecourt" not in str(writer.acl_whoami())
    assert keeping.events("shop")[-1] == "Replication group shop created"


def test_a_primary_that_is_killed_is_replaced(keeping: Keeping, caches: Any) -> None:
    group(caches)
    keeping.available()
    old, new = keeping.role("primary"), keeping.role("replica")
    with keeping.client(old) as writer:
        writer.set("a", "1")
        writer.wait(1, 5000)
    os.kill(keeping.pid(old), signal.SIGKILL)
    keeping.wait(lambda: keeping.role("primary").id == new.id)
    keeping.available()
    with keeping.client(new) as writer, keeping.client(old) as reader:
        assert writer.set("b", "2") and writer.wait(1, 5000) == 1
        assert reader.get("a") == "1" and reader.info("replication")["role"] == "slave"
    assert keeping.events(old.cluster)[-2:] == [
        "Recovering cache nodes 0001",
        "Finished recovery for cache nodes 0001",
    ]
    steps = keeping.world.store.read_now(happenings.steps, keeping.group()["ARN"])
    assert [name for _, _, name, _ in steps] == [
        "detected", "decided", "promoted", "endpoint moved", "rejoined",
    ]  # fmt: skip
    times = [at for *_, at in steps]
    assert times == sorted(times)


def test_one_that_hangs_is_replaced(keeping: Keeping, caches: Any) -> None:
    group(caches)
    keeping.available()
    old, new = keeping.role("primary"), keeping.role("replica")
    os.kill(keeping.pid(old), signal.SIGSTOP)
    keeping.wait(lambda: keeping.role("primary").id == new.id)
    keeping.available()


def test_failing_over_on_purpose_loses_nothing(keeping: Keeping, caches: Any) -> None:
    group(caches)
    keeping.available()
    old, new = keeping.role("primary"), keeping.role("replica")
    with keeping.client(old) as writer:
        writer.set("a", "1")
    caches.test_failover(ReplicationGroupId="shop", NodeGroupId="0001")
    with refused("InvalidReplicationGroupState"):
        caches.test_failover(ReplicationGroupId="shop", NodeGroupId="0001")
    keeping.wait(lambda: keeping.role("primary").id == new.id)
    keeping.available()
    with keeping.client(new) as writer:
        assert writer.get("a") == "1"
    assert keeping.events("shop")[-2:] == [
        "Test Failover API called for node group 0001",
        f"Failover from primary node {old.cluster} to replica node {new.cluster} completed",
    ]


def test_shards_come_and_go_with_their_keys(keeping: Keeping, caches: Any) -> None:
    group(caches, NumNodeGroups=2, ReplicasPerNodeGroup=0)
    keeping.available()
    before = {node.shard: node for node in keeping.nodes()}
    with keeping.client(before["0001"]) as client:
        client.set("{b}foo", "1")  # in slot 3300
    caches.modify_replication_group_shard_configuration(
        ReplicationGroupId="shop", NodeGroupCount=3, ApplyImmediately=True
    )
    shards = keeping.available()["NodeGroups"]
    assert [each["NodeGroupId"] for each in shards] == ["0001", "0002", "0003"]
    caches.modify_replication_group_shard_configuration(
        ReplicationGroupId="shop",
        NodeGroupCount=1,
        NodeGroupsToRetain=["0003"],
        ApplyImmediately=True,
    )
    keeping.wait(lambda: len(keeping.group()["NodeGroups"]) == 1)
    (shard,) = keeping.available()["NodeGroups"]
    assert shard["Slots"] == "0-16383"
    (left,) = keeping.nodes()
    with keeping.client(left) as client:
        assert client.get("{b}foo") == "1"
        assert client.cluster("info")["cluster_state"] == "ok"


def test_replicas_come_and_go(keeping: Keeping, caches: Any) -> None:
    group(caches)
    keeping.available()
    caches.increase_replica_count(
        ReplicationGroupId="shop", NewReplicaCount=3, ApplyImmediately=True
    )
    assert len(keeping.available()["MemberClusters"]) == 4
    with keeping.client(keeping.role("primary")) as writer:
        assert writer.info("replication")["connected_slaves"] == 3
    caches.decrease_replica_count(
        ReplicationGroupId="shop", NewReplicaCount=1, ApplyImmediately=True
    )
    assert len(keeping.available()["MemberClusters"]) == 2


def test_parameters_and_memory_change_in_place(keeping: Keeping, caches: Any) -> None:
    caches.create_cache_parameter_group(
        CacheParameterGroupName="mine", CacheParameterGroupFamily="valkey9", Description="d"
    )
    group(caches, CacheParameterGroupName="mine")
    keeping.available()
    node = keeping.role("primary")
    caches.modify_cache_parameter_group(
        CacheParameterGroupName="mine",
        ParameterNameValues=[
            {"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lfu"}
        ],
    )
    with keeping.client(node) as client:
        keeping.wait(lambda: client.info("memory")["maxmemory_policy"] == "allkeys-lfu")
        before = client.info("memory")["maxmemory"]
        caches.modify_replication_group(
            ReplicationGroupId="shop", CacheNodeType="cache.t3.medium", ApplyImmediately=True
        )
        keeping.available()
        assert client.info("memory")["maxmemory"] > 5 * before


def test_one_by_itself_is_rebooted_empty_and_deleted(keeping: Keeping, caches: Any) -> None:
    caches.create_cache_cluster(
        CacheClusterId="solo", Engine="valkey", NumCacheNodes=1, CacheNodeType=SMALL
    )

    def is_(state: str) -> Any:
        (found,) = caches.describe_cache_clusters(CacheClusterId="solo", ShowCacheNodeInfo=True)[
            "CacheClusters"
        ]
        return found["CacheClusterStatus"] == state and found

    found = keeping.wait(lambda: is_("available"))
    (node,) = keeping.world.store.read_now(nodes.of, found["ARN"])
    with keeping.client(node) as client:
        client.set("a", "1")
        caches.reboot_cache_cluster(CacheClusterId="solo", CacheNodeIdsToReboot=["0001"])
        keeping.wait(lambda: is_("available"))
        assert keeping.wait(lambda: keeping.events("solo")[-1].startswith("Finished"))
    with keeping.client(node) as client:
        assert client.get("a") is None
    folder = keeping._folder / node.id
    assert folder.exists()
    caches.delete_cache_cluster(CacheClusterId="solo")
    keeping.wait(lambda: not caches.describe_cache_clusters()["CacheClusters"])
    assert not folder.exists()


def test_one_deleted_while_it_is_made_goes(keeping: Keeping, caches: Any) -> None:
    group(caches, NumNodeGroups=2, ReplicasPerNodeGroup=1)
    caches.delete_replication_group(ReplicationGroupId="shop")
    keeping.wait(lambda: not caches.describe_replication_groups()["ReplicationGroups"])
    assert keeping.wait(lambda: not any(keeping._folder.iterdir()))
    assert caches.describe_cache_clusters()["CacheClusters"] == []


def test_a_lone_node_that_ends_is_started_again(keeping: Keeping, caches: Any) -> None:
    group(caches, NumCacheClusters=1)
    keeping.available()
    (node,) = keeping.nodes()
    os.kill(keeping.pid(node), signal.SIGKILL)
    keeping.wait(lambda: keeping.events(node.cluster)[-1].startswith("Finished recovery"))
    with keeping.client(node) as client:
        assert client.ping()
