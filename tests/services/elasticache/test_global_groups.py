"""Global datastores of one region: a primary, and what is done to it."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.elasticache.global_groups import prefix
from tests.harness import SECOND_KEY, World
from tests.services.elasticache.calls import Keeping, group, refused

LARGE = "cache.m7g.large"


def made(caches: Any, **members: Any) -> Any:
    given = {"GlobalReplicationGroupIdSuffix": "all", "PrimaryReplicationGroupId": "shop"} | members
    return caches.create_global_replication_group(**given)["GlobalReplicationGroup"]


def test_regions_have_prefixes_of_their_own() -> None:
    assert prefix("us-west-1") == "virxk"
    others = {prefix(region) for region in ("us-east-1", "eu-west-1", "ap-northeast-2")}
    assert len(others) == 3 and all(len(each) == 5 and each.isalpha() for each in others)


def test_a_datastore_is_its_primary(world: World, caches: Any, keeping: Keeping) -> None:
    group(
        caches, CacheNodeType=LARGE, NumNodeGroups=1, ReplicasPerNodeGroup=0, ClusterMode="enabled"
    )
    with refused("InvalidReplicationGroupState", "must be available"):
        made(caches)
    keeping.available()
    shown = made(caches, GlobalReplicationGroupDescription="d")
    name = shown["GlobalReplicationGroupId"]
    assert (name, shown["Status"]) == ("erpgt-all", "primary-only")
    assert shown["GlobalNodeGroups"] == [{"GlobalNodeGroupId": f"{name}-0001", "Slots": "0-16383"}]
    info = keeping.group()["GlobalReplicationGroupInfo"]
    assert info == {
        "GlobalReplicationGroupId": name, "GlobalReplicationGroupMemberRole": "PRIMARY"
    }  # fmt: skip
    for other in (world.client("elasticache", region="eu-west-1"), caches):
        (found,) = other.describe_global_replication_groups(ShowMemberInfo=True)[
            "GlobalReplicationGroups"
        ]
        assert found["Members"][0]["ReplicationGroupRegion"] == "us-east-1"
    with refused("GlobalReplicationGroupNotFoundFault"):
        world.client("elasticache", SECOND_KEY).describe_global_replication_groups(
            GlobalReplicationGroupId=name
        )
    with refused("GlobalReplicationGroupAlreadyExistsFault"):
        made(caches)
    with refused("InvalidParameterValue", "already"):
        made(caches, GlobalReplicationGroupIdSuffix="other")

    which = {"GlobalReplicationGroupId": name, "ApplyImmediately": True}
    grown = caches.increase_node_groups_in_global_replication_group(NodeGroupCount=2, **which)
    assert grown["GlobalReplicationGroup"]["Status"] == "modifying"
    with refused("InvalidGlobalReplicationGroupState"):
        caches.rebalance_slots_in_global_replication_group(**which)
    keeping.available()
    fewer = {"NodeGroupCount": 1, **which}
    with refused("InvalidParameterValue", "more"):
        caches.increase_node_groups_in_global_replication_group(**fewer)
    caches.decrease_node_groups_in_global_replication_group(
        GlobalNodeGroupsToRetain=[f"{name}-0002"], **fewer
    )
    assert [each["NodeGroupId"] for each in keeping.available()["NodeGroups"]] == ["0002"]
    caches.modify_global_replication_group(CacheNodeType="cache.m7g.xlarge", **which)
    assert keeping.available()["CacheNodeType"] == "cache.m7g.xlarge"
    caches.rebalance_slots_in_global_replication_group(**which)
    keeping.available()

    with refused("InvalidParameterCombination", "global datastore"):
        caches.modify_replication_group(ReplicationGroupId="shop", CacheNodeType=LARGE)
    with refused("InvalidParameterCombination", "global datastore"):
        caches.modify_replication_group_shard_configuration(
            ReplicationGroupId="shop", NodeGroupCount=2, ApplyImmediately=True
        )
    with refused("InvalidReplicationGroupState", "global datastore"):
        caches.delete_replication_group(ReplicationGroupId="shop")
    gone = caches.delete_global_replication_group(
        GlobalReplicationGroupId=name, RetainPrimaryReplicationGroup=True
    )
    assert gone["GlobalReplicationGroup"]["Status"] == "deleting"
    assert keeping.group()["GlobalReplicationGroupInfo"] == {}
    made(caches)
    caches.delete_global_replication_group(
        GlobalReplicationGroupId=name, RetainPrimaryReplicationGroup=False
    )
    keeping.wait(lambda: not caches.describe_replication_groups()["ReplicationGroups"])


def test_there_is_nobody_to_fail_over_to(caches: Any, keeping: Keeping) -> None:
    group(caches)
    keeping.available()
    with refused("InvalidParameterValue", "node type"):
        made(caches)
    group(caches, "big", CacheNodeType=LARGE)
    keeping.available("big")
    name = made(caches, PrimaryReplicationGroupId="big")["GlobalReplicationGroupId"]
    other = {"PrimaryRegion": "eu-west-1", "PrimaryReplicationGroupId": "other"}
    with refused("InvalidParameterValue", "no member"):
        caches.failover_global_replication_group(GlobalReplicationGroupId=name, **other)
    for region, code in (
        ("us-east-1", "InvalidParameterCombination"),
        ("eu-west-1", "InvalidParameterValue"),
    ):
        with refused(code):
            caches.disassociate_global_replication_group(
                GlobalReplicationGroupId=name,
                ReplicationGroupId="big",
                ReplicationGroupRegion=region,
            )
    with refused("InvalidParameterValue", "secondaries cannot join"):
        group(caches, "second", GlobalReplicationGroupId=name)


@pytest.mark.parametrize("suffix", ["1a", "a--b", "a" * 35])
def test_suffixes_are_identifiers(caches: Any, suffix: str) -> None:
    with refused("InvalidParameterValue", "not a valid identifier"):
        made(caches, GlobalReplicationGroupIdSuffix=suffix)
