"""Snapshots: taken of engines that run, and restored into any number of shards."""

from __future__ import annotations

from typing import Any

from valkey.exceptions import ResponseError

from tests.services.elasticache.calls import SMALL, Keeping, group, refused
from tests.services.elasticache.test_shards import settle

KEYS = 300


def fill(keeping: Keeping, name: str = "shop") -> None:
    for node in keeping.nodes(name):
        if node.role != "primary":
            continue
        with keeping.client(node) as client:
            for at in range(KEYS):
                try:
                    client.set(f"k{at}", f"v{at}")
                except ResponseError as moved:
                    assert "MOVED" in str(moved)


def found(keeping: Keeping, name: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for node in keeping.nodes(name):
        if node.role == "primary":
            with keeping.client(node) as client:
                for key in client.scan_iter(count=1000):
                    values[key] = client.get(key)
    return values


def snapshot(keeping: Keeping, name: str, of: str = "shop") -> Any:
    keeping.caches.create_snapshot(SnapshotName=name, ReplicationGroupId=of)

    def done() -> Any:
        (one,) = keeping.caches.describe_snapshots(SnapshotName=name, ShowNodeGroupConfig=True)[
            "Snapshots"
        ]
        return one["SnapshotStatus"] == "available" and one

    return keeping.wait(done)


WANTED = {f"k{at}": f"v{at}" for at in range(KEYS)}


def test_two_shards_become_one_and_three(keeping: Keeping, caches: Any) -> None:
    group(caches, NumNodeGroups=2, ReplicasPerNodeGroup=1)
    keeping.available()
    fill(keeping)
    assert found(keeping, "shop") == WANTED
    taken = snapshot(keeping, "first")
    keeping.available()
    assert [e["NodeGroupConfiguration"]["Slots"] for e in taken["NodeSnapshots"]] == [
        "0-8191", "8192-16383",
    ]  # fmt: skip
    for name, shards in (("one", 1), ("three", 3)):
        group(
            caches,
            name,
            NumNodeGroups=shards,
            ReplicasPerNodeGroup=0,
            SnapshotName="first",
            ClusterMode="enabled",
        )
        restored = keeping.available(name)
        assert len(restored["NodeGroups"]) == shards == len(keeping.nodes(name))
        assert found(keeping, name) == WANTED
    with refused("InvalidParameterCombination"):
        group(caches, "flat", SnapshotName="first")


def test_one_without_shards_is_restored_with_and_without(keeping: Keeping, caches: Any) -> None:
    group(caches)
    keeping.available()
    fill(keeping)
    snapshot(keeping, "first")
    keeping.available()
    caches.copy_snapshot(SourceSnapshotName="first", TargetSnapshotName="second")
    assert caches.delete_snapshot(SnapshotName="first")["Snapshot"]["SnapshotStatus"] == "deleting"
    with refused("SnapshotNotFoundFault"):
        caches.delete_snapshot(SnapshotName="first")
    group(caches, "flat", SnapshotName="second", NumCacheClusters=1)
    keeping.available("flat")
    assert found(keeping, "flat") == WANTED
    group(caches, "wide", SnapshotName="second", NumNodeGroups=2, ReplicasPerNodeGroup=0)
    keeping.available("wide")
    assert found(keeping, "wide") == WANTED


def test_what_is_encrypted_at_rest_is_in_no_file(keeping: Keeping, caches: Any) -> None:
    group(caches, AtRestEncryptionEnabled=True)
    made = keeping.available()
    assert made["AtRestEncryptionEnabled"] and made["StorageEncryptionType"] == "sse-elasticache"
    primary = next(each for each in keeping.nodes() if each.role == "primary")
    with keeping.client(primary) as client:
        client.set("secret", "not to be found")
    snapshot(keeping, "first")
    keeping.available()
    on_disk = [keeping._folder, keeping._folder.with_name("blobs")]
    files = [path for each in on_disk for path in each.rglob("*") if path.is_file()]
    assert len([path for path in files if "blobs" in str(path)]) == 1
    assert not any(b"not to be found" in path.read_bytes() for path in files)
    group(caches, "again", SnapshotName="first", AtRestEncryptionEnabled=True)
    keeping.available("again")
    assert found(keeping, "again") == {"secret": "not to be found"}
    assert list(keeping._folder.with_name("memory").rglob("*.rdb")) == []
    for name in ("shop", "again"):
        caches.delete_replication_group(ReplicationGroupId=name)
    keeping.wait(lambda: not caches.describe_replication_groups()["ReplicationGroups"])
    assert list(keeping._folder.with_name("memory").iterdir()) == []


def test_the_last_snapshot_is_taken_before_a_group_goes(keeping: Keeping, caches: Any) -> None:
    group(caches, NumCacheClusters=1)
    keeping.available()
    fill(keeping)
    caches.delete_replication_group(ReplicationGroupId="shop", FinalSnapshotIdentifier="last")
    keeping.wait(lambda: not caches.describe_replication_groups()["ReplicationGroups"])
    (last,) = caches.describe_snapshots()["Snapshots"]
    assert last["SnapshotStatus"] == "available"
    group(caches, "again", SnapshotName="last", NumCacheClusters=1)
    keeping.available("again")
    assert found(keeping, "again") == WANTED


def test_a_torn_one_is_not_loaded(keeping: Keeping, caches: Any) -> None:
    group(caches, NumCacheClusters=1)
    keeping.available()
    fill(keeping)
    snapshot(keeping, "first")
    keeping.available()
    (path,) = (p for p in keeping._folder.with_name("blobs").rglob("*") if p.is_file())
    path.write_bytes(path.read_bytes()[:-100])
    group(caches, "torn", SnapshotName="first", NumCacheClusters=1)
    assert keeping.wait(lambda: keeping.group("torn")["Status"] == "create-failed")
    assert "could not be restored" in keeping.events("torn")[-1]
    caches.delete_replication_group(ReplicationGroupId="torn")
    keeping.wait(lambda: len(caches.describe_replication_groups()["ReplicationGroups"]) == 1)


def test_what_cannot_be_taken_is_refused(world: Any, caches: Any) -> None:
    group(caches)
    with refused("InvalidReplicationGroupState"):
        caches.create_snapshot(SnapshotName="a", ReplicationGroupId="shop")
    settle(world)
    caches.create_snapshot(SnapshotName="a", ReplicationGroupId="shop")
    with refused("InvalidSnapshotState"):
        caches.delete_snapshot(SnapshotName="a")
    settle(world)
    with refused("SnapshotAlreadyExistsFault"):
        caches.create_snapshot(SnapshotName="A", ReplicationGroupId="shop")
    with refused("InvalidParameterCombination"):
        caches.create_snapshot(SnapshotName="b")
    with refused("InvalidParameterValue"):
        caches.describe_snapshots(SnapshotSource="moon")
    caches.create_cache_cluster(
        CacheClusterId="mem", Engine="memcached", NumCacheNodes=1, CacheNodeType=SMALL
    )
    with refused("InvalidCacheClusterState"):
        caches.create_snapshot(SnapshotName="b", CacheClusterId="mem")
