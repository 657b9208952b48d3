"""Replicas, shards and failovers: what is refused before anything happens.  What happens: test_reconcile.py."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.elasticache.stored import GROUPS
from forecourt.store.tx import Call, Tx
from tests.harness import World
from tests.services.elasticache.calls import group, refused


def settle(world: World, name: str = "shop") -> None:
    """Let a group be available, as if engines ran."""

    def change(tx: Tx, _: None) -> None:
        found = GROUPS.get(tx, name, "")
        GROUPS.change(tx, found, status={**found.status, "State": "available"})

    import asyncio

    asyncio.run(world.store.write_for(Call("elasticache", "x", "000000000000"), change, None))


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("increase_replica_count", {"NewReplicaCount": 1}, "InvalidParameterValue"),
        ("increase_replica_count", {"NewReplicaCount": 6}, "InvalidParameterValue"),
        ("increase_replica_count", {"NewReplicaCount": 2, "ApplyImmediately": False}, "InvalidParameterValue"),
        ("increase_replica_count", {}, "InvalidParameterCombination"),
        ("increase_replica_count", {"ReplicaConfiguration": [{"NodeGroupId": "9", "NewReplicaCount": 2}]}, "InvalidParameterValue"),
        ("decrease_replica_count", {"NewReplicaCount": 1}, "InvalidParameterValue"),
        ("decrease_replica_count", {"NewReplicaCount": 0}, "InvalidParameterCombination"),
        ("decrease_replica_count", {"ReplicasToRemove": ["shop-001"]}, "InvalidParameterValue"),
        ("decrease_replica_count", {"ReplicasToRemove": ["none"]}, "InvalidParameterValue"),
        ("modify_replication_group_shard_configuration", {"NodeGroupCount": 2}, "InvalidParameterCombination"),
        ("test_failover", {"NodeGroupId": "0002"}, "NodeGroupNotFoundFault"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    world: World, caches: Any, operation: str, members: dict[str, Any], code: str
) -> None:
    group(caches)
    settle(world)
    if operation != "test_failover":
        members = {"ApplyImmediately": True, **members}
    with refused(code):
        getattr(caches, operation)(ReplicationGroupId="shop", **members)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"NodeGroupCount": 2}, "InvalidParameterValue"),
        ({"NodeGroupCount": 1}, "InvalidParameterCombination"),
        ({"NodeGroupCount": 1, "NodeGroupsToRemove": ["0007"]}, "InvalidParameterValue"),
        ({"NodeGroupCount": 1, "NodeGroupsToRetain": ["0001", "0002"]}, "InvalidParameterCombination"),
        ({"NodeGroupCount": 91}, "NodeGroupsPerReplicationGroupQuotaExceeded"),
        ({"NodeGroupCount": 3, "ReshardingConfiguration": [{"NodeGroupId": "1"}]}, "InvalidParameterCombination"),
    ],
)  # fmt: skip
def test_shards_that_cannot_be_are_refused(
    world: World, caches: Any, members: dict[str, Any], code: str
) -> None:
    group(caches, NumNodeGroups=2, ReplicasPerNodeGroup=0)
    settle(world)
    with refused(code):
        caches.modify_replication_group_shard_configuration(
            ReplicationGroupId="shop", ApplyImmediately=True, **members
        )


def test_failovers_on_purpose_are_fifteen_a_day(world: World, caches: Any) -> None:
    group(caches)
    for _ in range(15):
        settle(world)
        caches.test_failover(ReplicationGroupId="shop", NodeGroupId="0001")
    settle(world)
    with refused("APICallRateForCustomerExceeded"):
        caches.test_failover(ReplicationGroupId="shop", NodeGroupId="0001")


def test_more_replicas_are_named_and_placed(world: World, caches: Any) -> None:
    group(caches)
    settle(world)
    found = caches.increase_replica_count(
        ReplicationGroupId="shop", NewReplicaCount=2, ApplyImmediately=True
    )["ReplicationGroup"]
    assert found["Status"] == "modifying"
    assert found["MemberClusters"] == ["shop-001", "shop-002", "shop-003"]
    zones = [e["PreferredAvailabilityZone"] for e in found["NodeGroups"][0]["NodeGroupMembers"]]
    assert len(set(zones)) == 3
