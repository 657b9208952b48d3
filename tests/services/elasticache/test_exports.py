"""Snapshots out to S3, and caches out of files there."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.services.elasticache import exports
from forecourt.services.elasticache.stored import SNAPSHOTS
from forecourt.store.blobs import Blobs
from forecourt.store.tx import Tx
from tests.harness import World
from tests.services.elasticache.calls import Keeping, group
from tests.services.elasticache.test_snapshots import WANTED, fill, found
from tests.services.elasticache.test_snapshots import snapshot as taken


def snapshot(world: World, blob: str, size: int) -> None:
    cache = {
        "NodeType": "cache.t3.micro", "Engine": "valkey", "Version": "8.1", "Maintenance": "",
        "Port": 6379, "ParameterGroup": "p", "SubnetGroup": "s", "AutoMinor": True,
        "SnapshotRetention": 0, "SnapshotWindow": "", "Shards": [{}], "Description": "",
        "AutomaticFailover": False,
    }  # fmt: skip
    shard = {
        "Id": "0001",
        "Slots": "",
        "Blob": blob,
        "Size": size,
        "Cluster": "c",
        "Made": 0,
        "Taken": 0,
    }
    spec = {"Of": "arn", "Name": "g", "Source": "manual", "Cache": cache, "Shards": [shard]}

    def create(tx: Tx) -> None:
        SNAPSHOTS.create(tx, "snap", spec, {"State": "available"})

    world.store.write_now(create)


def test_a_snapshot_becomes_an_object(world: World, caches: Any, tmp_path: Any) -> None:
    s3, kept = world.client("s3"), Blobs(tmp_path)
    s3.create_bucket(Bucket="exported")
    snapshot(world, kept.put([b"REDIS0011 data"]), 14)
    given = {
        "SourceSnapshotName": "snap",
        "TargetSnapshotName": "backup",
        "TargetBucket": "exported",
    }
    shown = caches.copy_snapshot(**given)["Snapshot"]
    assert shown["SnapshotStatus"] == "exporting"
    with pytest.raises(ClientError):
        caches.copy_snapshot(**given)  # one at a time
    reconcile = partial(exports.reconcile, world.store, kept, world.objects)
    assert world.work_off(exports.WORK, reconcile) == 1
    made = s3.get_object(Bucket="exported", Key="backup-0001.rdb")
    assert made["Body"].read() == b"REDIS0011 data"
    (after,) = caches.describe_snapshots()["Snapshots"]
    assert after["SnapshotStatus"] == "available"
    (event,) = caches.describe_events()["Events"]
    assert event["Message"] == "Export of snapshot snap to bucket exported succeeded"


def test_what_cannot_be_read_is_told(world: World, caches: Any, tmp_path: Any) -> None:
    world.client("s3").create_bucket(Bucket="exported")
    snapshot(world, "0" * 32, 1)
    caches.copy_snapshot(SourceSnapshotName="snap", TargetSnapshotName="b", TargetBucket="exported")
    reconcile = partial(exports.reconcile, world.store, Blobs(tmp_path), world.objects)
    world.work_off(exports.WORK, reconcile)
    (event,) = caches.describe_events()["Events"]
    assert event["Message"].endswith("failed")
    assert caches.describe_snapshots()["Snapshots"][0]["SnapshotStatus"] == "available"


def test_buckets_that_are_none(world: World, caches: Any) -> None:
    snapshot(world, "0" * 32, 1)
    with pytest.raises(ClientError) as raised:
        caches.copy_snapshot(
            SourceSnapshotName="snap", TargetSnapshotName="b", TargetBucket="none-such"
        )
    assert raised.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_files_that_are_none(world: World, caches: Any) -> None:
    for arns in (["arn:aws:s3:::none/x"], ["arn:aws:s3:::a/b", "arn:aws:s3:::a/c"]):
        with pytest.raises(ClientError) as raised:
            caches.create_replication_group(
                ReplicationGroupId="g", ReplicationGroupDescription="d", Engine="valkey",
                CacheNodeType="cache.t3.micro", SnapshotArns=arns,
            )  # fmt: skip
        assert raised.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_out_of_one_cache_into_others(world: World, keeping: Keeping, caches: Any) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="exported")
    group(caches, AtRestEncryptionEnabled=True)
    keeping.available()
    fill(keeping)
    taken(keeping, "first")
    keeping.available()
    caches.copy_snapshot(
        SourceSnapshotName="first", TargetSnapshotName="out", TargetBucket="exported"
    )
    kept = Blobs(keeping._folder.with_name("blobs"))
    reconcile = partial(exports.reconcile, world.store, kept, world.objects)
    world.work_off(exports.WORK, reconcile)
    assert s3.get_object(Bucket="exported", Key="out-0001.rdb")["Body"].read(5) == b"VALKE"
    for name, shape in (
        ("flat", {"NumCacheClusters": 1}),
        ("wide", {"NumNodeGroups": 2, "ReplicasPerNodeGroup": 0}),
    ):
        group(caches, name, SnapshotArns=["arn:aws:s3:::exported/out-0001.rdb"], **shape)
        keeping.available(name)
        assert found(keeping, name) == WANTED


def test_a_file_that_is_none(world: World, keeping: Keeping, caches: Any) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="exported")
    s3.put_object(Bucket="exported", Key="bad.rdb", Body=b"REDIS0011 and then nothing")
    group(caches, "bad", SnapshotArns=["arn:aws:s3:::exported/bad.rdb"], NumCacheClusters=1)

    def failed() -> bool:
        (one,) = caches.describe_replication_groups()["ReplicationGroups"]
        return bool(one["Status"] == "create-failed")

    keeping.wait(failed)
