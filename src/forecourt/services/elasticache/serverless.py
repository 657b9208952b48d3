"""Serverless caches: one shard, a primary and a replica in two zones, whose nodes nobody sees.

The endpoint is the primary's, over TLS alone; clients with and without cluster mode can use it.  A node has as
much memory as the limit on data storage says, scaled as node types are.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/serverless.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.planes.cache import slots
from forecourt.platform.network import vpcs
from forecourt.store.resources import Resource, at

from . import documents, endpoints, exports, groups, nodes, placing, snapshots
from .stored import (
    AVAILABLE,
    CREATING,
    DELETING,
    MODIFYING,
    SERVERLESS,
    SERVERLESS_SNAPSHOTS,
    SNAPSHOTS,
    USER_GROUPS,
    WORK,
    Installation,
    InvalidParameterCombination,
    InvalidParameterValue,
    errors,
    identifier,
    installation,
    kind_of,
    page,
    tags_of,
)

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
LONGEST = 40
MOST = 40  # of a region
GIB = 1 << 30
UNLIMITED = 8  # GiB, where no limit is given
MOST_GB, LEAST_ECPU, MOST_ECPU = 5000, 1000, 15_000_000
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")
NODE_TYPE = "cache.m7g.large"  # never shown
NOT_YET = {
    "KmsKeyId": "Encryption at rest is with the installation's own key.",
    "Integrations": "Integrations are not implemented.",
}


@ops.write
def create_serverless_cache(
    tx: Tx, req: t.CreateServerlessCacheRequest
) -> t.CreateServerlessCacheResponse:
    here = installation(tx)
    name = identifier("ServerlessCacheName", req["ServerlessCacheName"], LONGEST)
    if SERVERLESS.find(tx, name) is not None:
        raise errors.ServerlessCacheAlreadyExistsFault(f"Serverless cache {name} already exists.")
    if SERVERLESS.count(tx) >= MOST:
        raise errors.ServerlessCacheQuotaForCustomerExceededFault(
            f"There can be {MOST} serverless caches in a region."
        )
    refuse(req)
    engine = req["Engine"].lower()
    if engine != "valkey":
        raise InvalidParameterValue(f"Serverless caches of {engine} need TLS that it has not here.")
    version = here.version(engine, req.get("MajorEngineVersion"))
    family = placing.family_of(engine, version)
    asked: dict[str, Any] = {
        "CacheNodeType": NODE_TYPE,
        "EngineVersion": version,
        "CacheParameterGroupName": f"default.{family}.cluster.on",
        "SecurityGroupIds": req.get("SecurityGroupIds", ()),
    }
    spec = placing.common(tx, asked, here, engine) | {
        "Description": req.get("Description", " "),
        "Clustered": True,
        "AutomaticFailover": True,
        "MultiAZ": True,
        "Tls": True,
        "TlsMode": "required",
        "AtRest": here.in_memory,
        "Subnets": subnets(tx, req),
        **limits(req.get("CacheUsageLimits", {})),
        **kept(req, {}),
        **who(tx, req.get("UserGroupId")),
    }
    places = placing.places(tx, spec)
    shard = {
        "Id": "0001",
        "Slots": f"0-{slots.SLOTS - 1}",
        "Zones": placing.zones_for(places, 2, start=len(name)),
    }
    spec["Shards"] = [{"Id": shard["Id"], "Slots": shard["Slots"]}]
    extra: list[str] = []
    if arns := req.get("SnapshotArnsToRestore"):
        spec["Seeds"] = groups.seeds(restored(tx, arns), [shard])
        extra = [id for id in spec["Seeds"] if id != shard["Id"]]
        spec["Leaving"] = extra
    placing.check_quota(tx, 2 + len(extra))
    check_capacity(tx, here, spec, 2 + len(extra))
    made = SERVERLESS.create(
        tx, name, spec, {"State": CREATING, "Secret": placing.new_secret(tx)}, tags_of(req)
    )
    groups.populate(tx, here, made, [shard], extra, f"0-{name}")  # no id begins so
    endpoints.point(tx, nodes.of(tx, made.arn), **documents.names(tx, made))
    tx.enqueue(WORK, made.arn)
    return {"ServerlessCache": document(tx, made)}


def check_capacity(tx: Tx, here: Installation, spec: Mapping[str, Any], count: int) -> None:
    """As for caches with nodes, by an error that these operations have."""
    try:
        placing.check_capacity(tx, here, spec, count)
    except errors.InsufficientCacheClusterCapacityFault:
        raise InvalidParameterValue(
            f"CacheUsageLimits take {count} times {int(spec['Memory'] * here.scale) >> 20} MiB, which this"
            " machine does not have. Give a lower Maximum of DataStorage, or lower [cache] scale."
        ) from None


def refuse(req: Mapping[str, Any]) -> None:
    for member, why in NOT_YET.items():
        if req.get(member):
            raise InvalidParameterValue(f"{why} Leave {member} out.")
    for member, only in (("NetworkType", "ipv4"), ("ConnectionType", "vpc")):
        if req.get(member, only) != only:
            raise InvalidParameterValue(f"{member} {req[member]} is not implemented; {only} is.")


def subnets(tx: Tx, req: Mapping[str, Any]) -> list[str]:
    ids = list(req.get("SubnetIds", ()))
    found = [vpcs.SUBNETS.find(tx, id) for id in ids]
    if None in found:
        raise InvalidParameterValue(f"Some input subnets are invalid: {ids}")
    if ids and len({each.spec["VpcId"] for each in found if each}) > 1:
        raise InvalidParameterCombination("All subnets must be of one VPC.")
    return ids


def limits(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of limits.  Units of computation are noted, and nobody counts them."""
    storage, units = given.get("DataStorage", {}), given.get("ECPUPerSecond", {})
    if storage.get("Unit", "GB") != "GB":
        raise InvalidParameterValue("The Unit of DataStorage is GB.")
    for what, least, most in ((storage, 1, MOST_GB), (units, LEAST_ECPU, MOST_ECPU)):
        numbers = [what[each] for each in ("Minimum", "Maximum") if each in what]
        if any(not least <= number <= most for number in numbers) or numbers != sorted(numbers):
            raise InvalidParameterValue(f"Invalid CacheUsageLimits: {least} to {most}.")
    return {"Limits": dict(given), "Memory": storage.get("Maximum", UNLIMITED) * GIB}


def kept(req: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """How long daily snapshots are kept, and the hour in which they are taken."""
    retention = req.get("SnapshotRetentionLimit", now.get("SnapshotRetention", 0))
    window = now.get("SnapshotWindow", "")
    if given := req.get("DailySnapshotTime"):
        if not (found := TIME.match(given)):
            raise InvalidParameterValue(f"Invalid DailySnapshotTime: {given}")
        hour, minute = map(int, found.groups())
        window = f"{given}-{(hour + 1) % 24:02}:{minute:02}"
    return placing.snapshots({"SnapshotRetentionLimit": retention, "SnapshotWindow": window})


def who(tx: Tx, id: str | None) -> dict[str, Any]:
    if id is None:
        return {"UserGroups": []}
    return {"UserGroups": [USER_GROUPS.get(tx, id.lower(), f"User group {id} not found.").name]}


def restored(tx: Tx, arns: list[str]) -> Resource:
    found = at(tx, arns[0])
    mine = found is not None and found.arn.split(":")[3:5] == [tx.call.region, tx.call.account]
    if len(arns) != 1 or found is None or not mine:
        raise InvalidParameterValue("SnapshotArnsToRestore names one snapshot that is here.")
    if kind_of(found) not in (SNAPSHOTS, SERVERLESS_SNAPSHOTS) or (
        found.status["State"] != AVAILABLE
    ):
        raise InvalidParameterValue(f"{arns[0]} is no snapshot that is available.")
    return found


def get(tx: Tx, name: str) -> Resource:
    return SERVERLESS.get(tx, name.lower(), f"Serverless cache {name} not found.")


def demand_available(found: Resource) -> Resource:
    if found.status["State"] != AVAILABLE:
        raise errors.InvalidServerlessCacheStateFault(
            f"Serverless cache {found.name} must be available; it is {found.status['State']}."
        )
    return found


@ops.read
def describe_serverless_caches(
    tx: Tx, req: t.DescribeServerlessCachesRequest
) -> t.DescribeServerlessCachesResponse:
    name = req.get("ServerlessCacheName")
    found = [get(tx, name)] if name else SERVERLESS.all(tx)
    return listed("ServerlessCaches", found, req, lambda each: document(tx, each))


def listed(member: str, found: list[Resource], req: Mapping[str, Any], show: Any) -> Any:
    """A page, by the names that these listings have for its bounds."""
    asked = {"MaxRecords": req.get("MaxResults", 50), "Marker": req.get("NextToken", "")}
    answer = page(member, found, asked, by=lambda each: each.name, show=show)
    if "Marker" in answer:
        answer["NextToken"] = answer.pop("Marker")
    return answer


@ops.write
def modify_serverless_cache(
    tx: Tx, req: t.ModifyServerlessCacheRequest
) -> t.ModifyServerlessCacheResponse:
    found = demand_available(get(tx, req["ServerlessCacheName"]))
    here = installation(tx)
    spec: dict[str, Any] = {**found.spec, **kept(req, found.spec)}
    if req.get("Engine", spec["Engine"]) != spec["Engine"]:
        raise InvalidParameterValue(f"A cache of {spec['Engine']} keeps its engine.")
    if "MajorEngineVersion" in req:
        spec["Version"] = here.version(spec["Engine"], req["MajorEngineVersion"])
    if "Description" in req:
        spec["Description"] = req["Description"]
    if "SecurityGroupIds" in req:
        spec["SecurityGroupIds"] = placing.security_groups(tx, req["SecurityGroupIds"])
    if "CacheUsageLimits" in req:
        spec |= limits({**spec["Limits"], **req["CacheUsageLimits"]})
        if (more := spec["Memory"] - found.spec["Memory"]) > 0:
            check_capacity(tx, here, {**spec, "Memory": more}, 2)
    if req.get("RemoveUserGroup") and "UserGroupId" in req:
        raise InvalidParameterCombination("RemoveUserGroup and UserGroupId cannot both be given.")
    if req.get("RemoveUserGroup") or "UserGroupId" in req:
        spec |= who(tx, req.get("UserGroupId"))
    if spec != found.spec:
        status = {**found.status, "State": MODIFYING}
        found = SERVERLESS.change(tx, found, spec=spec, status=status)
        tx.enqueue(WORK, found.arn)
    return {"ServerlessCache": document(tx, found)}


@ops.write
def delete_serverless_cache(
    tx: Tx, req: t.DeleteServerlessCacheRequest
) -> t.DeleteServerlessCacheResponse:
    found = get(tx, req["ServerlessCacheName"])
    if found.status["State"] == DELETING:
        raise errors.InvalidServerlessCacheStateFault(
            f"Serverless cache {found.name} is being deleted."
        )
    final = req.get("FinalSnapshotName", "")
    if final:
        demand_available(found)
        final = free(tx, "FinalSnapshotName", final)
    status = {**found.status, "State": DELETING, "FinalSnapshot": final}
    changed = SERVERLESS.change(tx, found, status=status)
    nodes.set_state(tx, nodes.of(tx, found.arn), DELETING)
    tx.enqueue(WORK, found.arn)
    return {"ServerlessCache": document(tx, changed)}


def document(tx: Tx, found: Resource) -> Any:
    spec, state = found.spec, found.status["State"]
    shown: dict[str, Any] = {
        "ServerlessCacheName": found.name,
        "Description": spec["Description"],
        "CreateTime": found.created,
        "Status": MODIFYING if state == "snapshotting" else state,
        "Engine": spec["Engine"],
        "MajorEngineVersion": spec["Version"].partition(".")[0],
        "FullEngineVersion": spec["Version"],
        "CacheUsageLimits": spec["Limits"],
        "SecurityGroupIds": spec["SecurityGroupIds"],
        "ARN": found.arn,
        "SubnetIds": spec["Subnets"],
        "SnapshotRetentionLimit": spec["SnapshotRetention"],
        "DailySnapshotTime": spec["SnapshotWindow"].partition("-")[0],
        "NetworkType": "ipv4",
        "ConnectionType": "vpc",
    }
    if spec["AtRest"]:
        shown["StorageEncryptionType"] = "sse-elasticache"
    if spec["UserGroups"]:
        shown["UserGroupId"] = spec["UserGroups"][0]
    if state != CREATING:
        host = documents.names(tx, found)["main"]
        shown["Endpoint"] = shown["ReaderEndpoint"] = documents.endpoint(host, spec["Port"])
    return shown


# ----- snapshots


def free(tx: Tx, member: str, value: str) -> str:
    """The name of a snapshot that is to be."""
    name = identifier(member, value, snapshots.LONGEST)
    if SERVERLESS_SNAPSHOTS.find(tx, name) is not None:
        raise errors.ServerlessCacheSnapshotAlreadyExistsFault(
            f"Serverless cache snapshot {name} already exists."
        )
    return name


def snapshot(tx: Tx, name: str) -> Resource:
    return SERVERLESS_SNAPSHOTS.get(
        tx, name.lower(), f"Serverless cache snapshot {name} not found."
    )


def available(tx: Tx, name: str) -> Resource:
    found = snapshot(tx, name)
    if found.status["State"] != AVAILABLE:
        raise errors.InvalidServerlessCacheSnapshotStateFault(
            f"Snapshot {found.name} must be available; it is {found.status['State']}."
        )
    return found


@ops.write
def create_serverless_cache_snapshot(
    tx: Tx, req: t.CreateServerlessCacheSnapshotRequest
) -> t.CreateServerlessCacheSnapshotResponse:
    refuse(req)
    name = free(tx, "ServerlessCacheSnapshotName", req["ServerlessCacheSnapshotName"])
    cache = demand_available(get(tx, req["ServerlessCacheName"]))
    if snapshots.today(tx, cache) >= snapshots.A_DAY:
        raise errors.ServerlessCacheSnapshotQuotaExceededFault(
            f"A cache has at most {snapshots.A_DAY} manual snapshots in 24 hours."
        )
    made = snapshots.begin(tx, cache, name, snapshots.MANUAL, tags_of(req))
    return {"ServerlessCacheSnapshot": snapshot_document(made)}


@ops.write
def copy_serverless_cache_snapshot(
    tx: Tx, req: t.CopyServerlessCacheSnapshotRequest
) -> t.CopyServerlessCacheSnapshotResponse:
    refuse(req)
    found = available(tx, req["SourceServerlessCacheSnapshotName"])
    name = free(tx, "TargetServerlessCacheSnapshotName", req["TargetServerlessCacheSnapshotName"])
    spec = {**found.spec, "Source": snapshots.MANUAL}
    made = SERVERLESS_SNAPSHOTS.create(
        tx, name, spec, {"State": AVAILABLE}, tags_of(req) or found.tags
    )
    return {"ServerlessCacheSnapshot": snapshot_document(made)}


@ops.write
def delete_serverless_cache_snapshot(
    tx: Tx, req: t.DeleteServerlessCacheSnapshotRequest
) -> t.DeleteServerlessCacheSnapshotResponse:
    found = snapshot(tx, req["ServerlessCacheSnapshotName"])
    if found.status["State"] == CREATING:
        raise errors.InvalidServerlessCacheSnapshotStateFault(
            f"Snapshot {found.name} is being created."
        )
    SERVERLESS_SNAPSHOTS.remove(tx, found)
    return {"ServerlessCacheSnapshot": snapshot_document(found) | {"Status": DELETING}}


@ops.read
def describe_serverless_cache_snapshots(
    tx: Tx, req: t.DescribeServerlessCacheSnapshotsRequest
) -> t.DescribeServerlessCacheSnapshotsResponse:
    name, of = req.get("ServerlessCacheSnapshotName"), req.get("ServerlessCacheName", "").lower()
    wanted = req.get("SnapshotType", "").lower()
    if wanted not in ("", *snapshots.SOURCES):
        raise InvalidParameterValue(f"Invalid SnapshotType: {wanted}")
    found = [
        each
        for each in ([snapshot(tx, name)] if name else SERVERLESS_SNAPSHOTS.all(tx))
        if (not of or each.spec["Name"] == of)
        and (not wanted or each.spec["Source"] == snapshots.SOURCES[wanted])
    ]
    return listed("ServerlessCacheSnapshots", found, req, snapshot_document)


@ops.write
def export_serverless_cache_snapshot(
    tx: Tx, req: t.ExportServerlessCacheSnapshotRequest
) -> t.ExportServerlessCacheSnapshotResponse:
    found = available(tx, req["ServerlessCacheSnapshotName"])
    exported = exports.begin(tx, found, req["S3BucketName"], found.name)
    return {"ServerlessCacheSnapshot": snapshot_document(exported)}


def snapshot_document(found: Resource) -> Any:
    cache = found.spec["Cache"]
    shown: dict[str, Any] = {
        "ServerlessCacheSnapshotName": found.name,
        "ARN": found.arn,
        "SnapshotType": found.spec["Source"],
        "Status": found.status["State"],
        "CreateTime": found.created,
        "BytesUsedForCache": str(sum(each["Size"] for each in found.spec["Shards"])),
        "ServerlessCacheConfiguration": {
            "ServerlessCacheName": found.spec["Name"],
            "Engine": cache["Engine"],
            "MajorEngineVersion": cache["Version"].partition(".")[0],
        },
    }
    if found.spec["Source"] == snapshots.AUTOMATED:
        shown["ExpiryTime"] = found.created + timedelta(days=cache["SnapshotRetention"])
    return shown
