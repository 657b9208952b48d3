"""Snapshots: taken by hand or in a window, copied, restored into any number of shards, deleted.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Kind, Resource

from . import exports, nodes
from .documents import moment
from .groups import demand_available, set_member_state
from .stored import (
    AVAILABLE,
    CREATING,
    SERVERLESS,
    SERVERLESS_SNAPSHOTS,
    SNAPSHOTS,
    SNAPSHOTTING,
    WORK,
    InvalidParameterCombination,
    InvalidParameterValue,
    cluster,
    errors,
    group,
    identifier,
    kind_of,
    page,
    tags_of,
)

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
LONGEST = 255
A_DAY = 24  # snapshots of a cache by hand, in 24 hours
MANUAL, AUTOMATED = "manual", "automated"
SOURCES = {"user": MANUAL, "system": AUTOMATED}


@ops.write
def create_snapshot(tx: Tx, req: t.CreateSnapshotMessage) -> t.CreateSnapshotResult:
    if ("ReplicationGroupId" in req) == ("CacheClusterId" in req):
        raise InvalidParameterCombination(
            "Either ReplicationGroupId or CacheClusterId must be given."
        )
    if req.get("KmsKeyId"):
        raise InvalidParameterValue(
            "Encryption at rest is with the installation's own key; leave KmsKeyId out."
        )
    name = identifier("SnapshotName", req["SnapshotName"], LONGEST)
    if SNAPSHOTS.find(tx, name) is not None:
        raise errors.SnapshotAlreadyExistsFault(f"Snapshot {name} already exists.")
    cache = taken_of(tx, req)
    if today(tx, cache) >= A_DAY:
        raise errors.SnapshotQuotaExceededFault(
            f"A cache has at most {A_DAY} manual snapshots in 24 hours."
        )
    made = begin(tx, cache, name, MANUAL, tags_of(req))
    return {"Snapshot": document(made, with_shards=True)}


def today(tx: Tx, cache: Resource) -> int:
    """How many snapshots were taken of a cache by hand in 24 hours."""
    day_ago = tx.now.timestamp() - 86400
    return sum(
        each.spec["Of"] == cache.arn
        and each.spec["Source"] == MANUAL
        and each.created.timestamp() > day_ago
        for each in kind_for(cache).all(tx)
    )


def taken_of(tx: Tx, req: Mapping[str, Any]) -> Resource:
    """The cache a snapshot is to be taken of, which must be able to."""
    if "ReplicationGroupId" in req:
        return demand_available(group(tx, req["ReplicationGroupId"]))
    found = cluster(tx, req["CacheClusterId"])
    if found.status["State"] != AVAILABLE:
        raise errors.InvalidCacheClusterStateFault(
            f"Cache cluster {found.name} must be available; it is {found.status['State']}."
        )
    if "Group" in found.spec:
        owner = group(tx, found.spec["Group"])
        if owner.spec["Clustered"]:
            raise InvalidParameterCombination(
                "A snapshot with cluster mode enabled is of the replication group, not of a node."
            )
        return demand_available(owner)
    if found.spec["Engine"] == "memcached":
        raise errors.SnapshotFeatureNotSupportedFault("Memcached has no snapshots.")
    return found


def begin(
    tx: Tx, cache: Resource, name: str, source: str, tags: Mapping[str, str] | None = None
) -> Resource:
    """A snapshot that is to be taken, and the cache that it is taken of on its way."""
    kept = {k: v for k, v in cache.spec.items() if k not in ("Seeds", "From", "Leaving", "Global")}
    spec = {"Of": cache.arn, "Name": cache.name, "Source": source, "Cache": kept, "Shards": []}
    made = kind_for(cache).create(tx, name, spec, {"State": CREATING}, tags)
    status = {**cache.status, "Snapshot": name, "State": SNAPSHOTTING}
    kind_of(cache).change(tx, cache, status=status)
    for node in nodes.of(tx, cache.arn):
        set_member_state(tx, node.cluster, SNAPSHOTTING)
    tx.enqueue(WORK, cache.arn)
    return made


def kind_for(cache: Resource) -> Kind:
    """What snapshots of a cache are."""
    return SERVERLESS_SNAPSHOTS if kind_of(cache) is SERVERLESS else SNAPSHOTS


@ops.write
def copy_snapshot(tx: Tx, req: t.CopySnapshotMessage) -> t.CopySnapshotResult:
    found = available(tx, req["SourceSnapshotName"])
    if bucket := req.get("TargetBucket"):
        exported = exports.begin(tx, found, bucket, req["TargetSnapshotName"])
        return {"Snapshot": document(exported, with_shards=True)}
    if req.get("KmsKeyId"):
        raise InvalidParameterValue(
            "Encryption at rest is with the installation's own key; leave KmsKeyId out."
        )
    name = identifier("TargetSnapshotName", req["TargetSnapshotName"], LONGEST)
    if SNAPSHOTS.find(tx, name) is not None:
        raise errors.SnapshotAlreadyExistsFault(f"Snapshot {name} already exists.")
    spec = {**found.spec, "Source": MANUAL}  # the same blobs: they go with the last that names them
    made = SNAPSHOTS.create(tx, name, spec, {"State": AVAILABLE}, tags_of(req) or found.tags)
    return {"Snapshot": document(made, with_shards=True)}


@ops.write
def delete_snapshot(tx: Tx, req: t.DeleteSnapshotMessage) -> t.DeleteSnapshotResult:
    found = get(tx, req["SnapshotName"])
    if found.status["State"] == CREATING:
        raise errors.InvalidSnapshotStateFault(f"Snapshot {found.name} is being created.")
    SNAPSHOTS.remove(tx, found)
    return {"Snapshot": document(found, with_shards=True) | {"SnapshotStatus": "deleting"}}


@ops.read
def describe_snapshots(tx: Tx, req: t.DescribeSnapshotsMessage) -> t.DescribeSnapshotsListMessage:
    with_shards = req.get("ShowNodeGroupConfig", False)
    source = req.get("SnapshotSource")
    if source is not None and source not in SOURCES:
        raise InvalidParameterValue(f"Invalid SnapshotSource: {source}")
    found = [get(tx, req["SnapshotName"])] if req.get("SnapshotName") else SNAPSHOTS.all(tx)
    of = req.get("ReplicationGroupId", req.get("CacheClusterId", "")).lower()
    wanted = [
        each
        for each in found
        if (not source or each.spec["Source"] == SOURCES[source])
        and (not of or each.spec["Name"] == of)
    ]
    return page(  # type: ignore[return-value]
        "Snapshots",
        wanted,
        {"MaxRecords": 50, **req},
        by=lambda each: each.name,
        show=lambda each: document(each, with_shards=with_shards),
    )


def get(tx: Tx, name: str) -> Resource:
    return SNAPSHOTS.get(tx, name.lower(), f"Snapshot {name} not found.")


def available(tx: Tx, name: str) -> Resource:
    found = get(tx, name)
    if found.status["State"] != AVAILABLE:
        raise errors.InvalidSnapshotStateFault(
            f"Snapshot {found.name} must be available; it is {found.status['State']}."
        )
    return found


def document(found: Resource, *, with_shards: bool) -> Any:
    cache = found.spec["Cache"]
    of_group = "Shards" in cache
    shown: dict[str, Any] = {
        "SnapshotName": found.name,
        "SnapshotStatus": found.status["State"],
        "SnapshotSource": found.spec["Source"],
        "CacheNodeType": cache["NodeType"],
        "Engine": cache["Engine"],
        "EngineVersion": cache["Version"],
        "PreferredMaintenanceWindow": cache["Maintenance"],
        "Port": cache["Port"],
        "CacheParameterGroupName": cache["ParameterGroup"],
        "CacheSubnetGroupName": cache["SubnetGroup"],
        "AutoMinorVersionUpgrade": cache["AutoMinor"],
        "SnapshotRetentionLimit": cache["SnapshotRetention"],
        "SnapshotWindow": cache["SnapshotWindow"],
        "ARN": found.arn,
        "DataTiering": "disabled",
    }
    if of_group:
        shown |= {
            "ReplicationGroupId": found.spec["Name"],
            "ReplicationGroupDescription": cache["Description"],
            "NumNodeGroups": len(cache["Shards"]),
            "AutomaticFailover": "enabled" if cache["AutomaticFailover"] else "disabled",
        }
    else:
        shown |= {"CacheClusterId": found.spec["Name"], "NumCacheNodes": 1}
    if with_shards or not of_group:
        shown["NodeSnapshots"] = [shard_document(each, of_group) for each in found.spec["Shards"]]
    return shown


def shard_document(shard: Mapping[str, Any], of_group: bool) -> Any:
    shown = {
        "CacheClusterId": shard["Cluster"],
        "CacheNodeId": "0001",
        "CacheSize": f"{max(1, round(shard['Size'] / 1024**2))} MB",
        "CacheNodeCreateTime": moment(shard["Made"]),
        "SnapshotCreateTime": moment(shard["Taken"]),
    }
    if of_group:
        shown["NodeGroupId"] = shard["Id"]
        shown["NodeGroupConfiguration"] = {"NodeGroupId": shard["Id"], "Slots": shard["Slots"]}
    return shown
