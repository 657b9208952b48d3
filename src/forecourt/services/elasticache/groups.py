"""Replication groups: made, shown, changed, deleted.

https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.planes.cache import slots
from forecourt.platform.objects import exporting
from forecourt.platform.objects.exporting import NotThere
from forecourt.store.resources import Resource

from . import access, documents, endpoints, logs, nodes, parameter_groups, placing, subnet_groups
from .happenings import GROUP, tell
from .nodes import PRIMARY, REPLICA
from .stored import (
    AVAILABLE,
    CLUSTERS,
    CREATING,
    DELETING,
    GROUPS,
    MODIFYING,
    SERVERLESS_SNAPSHOTS,
    SNAPSHOTS,
    USER_GROUPS,
    WORK,
    Installation,
    InvalidParameterCombination,
    InvalidParameterValue,
    cluster,
    errors,
    group,
    identifier,
    installation,
    page,
    tags_of,
)

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
LONGEST = 40  # characters of an id
NOT_YET = {
    "GlobalReplicationGroupId": "Nothing is replicated between regions here: secondaries cannot join.",
    "KmsKeyId": "Encryption at rest is with the installation's own key.",
    "DataTieringEnabled": "Data tiering is not implemented.",
}


@ops.write
def create_replication_group(
    tx: Tx, req: t.CreateReplicationGroupMessage
) -> t.CreateReplicationGroupResult:
    here = installation(tx)
    name = identifier("ReplicationGroupId", req["ReplicationGroupId"], LONGEST)
    if GROUPS.find(tx, name) is not None:
        raise errors.ReplicationGroupAlreadyExistsFault(f"Replication group {name} already exists.")
    refuse(req)
    if "PrimaryClusterId" in req:
        return {"ReplicationGroup": documents.group(tx, around(tx, here, name, req))}
    engine = req.get("Engine", "valkey").lower()
    if engine not in ("valkey", "redis"):
        raise InvalidParameterValue(
            f"The engine of a replication group is valkey or redis, not {engine}."
        )
    clustered, group_name = mode(tx, req, here, engine)
    asked: dict[str, Any] = {**req, "CacheParameterGroupName": group_name}
    spec = placing.common(tx, asked, here, engine) | placing.snapshots(req)
    failover = bool(req.get("AutomaticFailoverEnabled", clustered))
    spec |= {
        "Description": req["ReplicationGroupDescription"],
        "Clustered": clustered,
        "ClusterMode": "enabled" if clustered else "disabled",
        "AutomaticFailover": failover,
        "MultiAZ": req.get("MultiAZEnabled", False),
        "Durability": req.get("Durability", "default"),
        "AtRest": at_rest(req, here),
        **encryption(req, engine, clustered),
        **who(tx, req),
    }
    places = subnet_groups.places(tx, spec["SubnetGroup"])
    shards = layout(req, places, clustered)
    check(spec, shards)
    check_durability(spec, [each["Zones"] for each in shards])
    total = sum(len(each["Zones"]) for each in shards)
    placing.check_quota(tx, total)
    placing.check_capacity(tx, here, spec, total)
    spec["Shards"] = [{"Id": each["Id"], "Slots": each["Slots"]} for each in shards]
    extra: list[str] = []
    if (
        sum(each in req for each in ("SnapshotName", "ServerlessCacheSnapshotName", "SnapshotArns"))
        > 1
    ):
        raise InvalidParameterCombination("There is one snapshot to restore.")
    if arns := req.get("SnapshotArns"):
        spec["Seeds"] = {shards[0]["Id"]: seed_of(tx, arns)}
    if "SnapshotName" in req or "ServerlessCacheSnapshotName" in req:
        spec["Seeds"] = seeds(source(tx, req, clustered), shards)
        extra = [id for id in spec["Seeds"] if id not in [each["Id"] for each in shards]]
        spec["Leaving"] = extra
    made = GROUPS.create(
        tx, name, spec, {"State": CREATING, "Secret": placing.new_secret(tx)}, tags_of(req)
    )
    populate(tx, here, made, shards, extra, name)
    endpoints.point(tx, nodes.of(tx, made.arn), **documents.names(tx, made))
    tx.enqueue(WORK, made.arn)
    return {"ReplicationGroup": documents.group(tx, made)}


def around(tx: Tx, here: Installation, name: str, req: t.CreateReplicationGroupMessage) -> Resource:
    """A group whose primary is a cluster that is there, with its data; the rest of it are new replicas."""
    found = cluster(tx, req["PrimaryClusterId"])
    if found.status["State"] != AVAILABLE:
        raise errors.InvalidCacheClusterStateFault(
            f"Cache cluster {found.name} must be available; it is {found.status['State']}."
        )
    if "Group" in found.spec or found.spec["Engine"] == "memcached":
        raise InvalidParameterCombination(
            f"Cache cluster {found.name} is no single cluster of valkey or redis."
        )
    for member in (
        "NumNodeGroups", "ReplicasPerNodeGroup", "NodeGroupConfiguration", "SnapshotName", "CacheNodeType",
        "TransitEncryptionEnabled", "AuthToken", "UserGroupIds", "AtRestEncryptionEnabled", "Durability",
        "Port", "Engine", "EngineVersion", "CacheParameterGroupName", "CacheSubnetGroupName",
    ):  # fmt: skip
        if req.get(member):
            raise InvalidParameterCombination(f"{member} is the primary cluster's already.")
    count = req.get("NumCacheClusters", 1)
    failover = req.get("AutomaticFailoverEnabled", False)
    spec = {
        **found.spec,
        "Description": req["ReplicationGroupDescription"],
        "Clustered": False,
        "ClusterMode": "disabled",
        "AutomaticFailover": failover,
        "MultiAZ": req.get("MultiAZEnabled", False),
        **encryption({}, found.spec["Engine"], clustered=False),
        **who(tx, {}),
        "Shards": [{"Id": "0001", "Slots": slots.shown([(0, slots.SLOTS - 1)])}],
    }
    places = subnet_groups.places(tx, spec["SubnetGroup"])
    (primary,) = nodes.of(tx, found.arn)
    start = [zone for zone, _ in places].index(primary.zone)
    zones = placing.zones_for(places, count, start=start)
    check(spec, [{"Id": "0001", "Slots": "", "Zones": zones}])
    placing.check_quota(tx, count - 1)
    placing.check_capacity(tx, here, spec, count - 1)
    status = {"State": MODIFYING, "Secret": found.status["Secret"]}
    made = GROUPS.create(tx, name, spec, status, tags_of(req))
    nodes.change(tx, primary, owner=made.arn, shard="0001", role=PRIMARY)
    CLUSTERS.change(tx, found, spec={"Group": name}, status={"State": MODIFYING})
    at = 0
    for zone in zones[1:]:
        at += 1
        while CLUSTERS.find(tx, f"{name}-{at:03}") is not None:
            at += 1
        placing.member(tx, here, made, f"{name}-{at:03}", zone, shard="0001", role=REPLICA)
    endpoints.point(tx, nodes.of(tx, made.arn), **documents.names(tx, made))
    tx.enqueue(WORK, made.arn)
    return made


def populate(
    tx: Tx,
    here: Installation,
    made: Resource,
    shards: Sequence[Mapping[str, Any]],
    extra: Sequence[str],
    name: str,
) -> None:
    """The nodes of something new, whose names begin with `name`; one for each shard that is there for a while."""
    for shard in shards:
        for at, (zone, role) in enumerate(
            zip(shard["Zones"], placing.roles(len(shard["Zones"])), strict=True), 1
        ):
            cluster = (
                f"{name}-{shard['Id']}-{at:03}" if made.spec["Clustered"] else f"{name}-{at:03}"
            )
            placing.member(tx, here, made, cluster, zone, shard=shard["Id"], role=role)
    for id in extra:
        zone = shards[0]["Zones"][0]
        placing.member(tx, here, made, f"{name}-{id}-001", zone, shard=id, role=PRIMARY)


def refuse(req: Mapping[str, Any]) -> None:
    for member, why in NOT_YET.items():
        if req.get(member):
            raise InvalidParameterValue(f"{why} Leave {member} out.")


def mode(
    tx: Tx, req: Mapping[str, Any], here: Installation, engine: str
) -> tuple[bool, str | None]:
    """Whether a group has shards, and its parameter group's name."""
    wanted = req.get("ClusterMode")
    if wanted == "compatible":
        raise InvalidParameterValue("Cluster mode compatible is not implemented; enabled is.")
    many = req.get("NumNodeGroups", 1) > 1 or len(req.get("NodeGroupConfiguration", ())) > 1
    name = req.get("CacheParameterGroupName")
    if name is None:
        family = placing.family_of(engine, here.version(engine, req.get("EngineVersion")))
        clustered = wanted == "enabled" or (many and wanted is None)
        return clustered, f"default.{family}.cluster.on" if clustered else None
    _, values = parameter_groups.content(tx, name)
    clustered = values.get("cluster-enabled") == "yes"
    if wanted not in (None, "enabled" if clustered else "disabled") or (many and not clustered):
        raise InvalidParameterCombination(
            "The parameter group must have cluster-enabled set to yes for a replication group with"
            " cluster mode enabled, and only then."
        )
    return clustered, name


def layout(
    req: Mapping[str, Any], places: Sequence[tuple[str, str]], clustered: bool
) -> list[dict[str, Any]]:
    """The shards of a new group: their ids, slots, and the zones of their nodes, the primary's first."""
    given = req.get("NodeGroupConfiguration", ())
    if "NumCacheClusters" in req and (
        "NumNodeGroups" in req or "ReplicasPerNodeGroup" in req or given
    ):
        raise InvalidParameterCombination(
            "NumCacheClusters cannot be used with NumNodeGroups, ReplicasPerNodeGroup or"
            " NodeGroupConfiguration."
        )
    count = req.get("NumNodeGroups", len(given) or 1)
    if count < 1:
        raise InvalidParameterValue("NumNodeGroups must be at least 1.")
    if given and count != len(given):
        raise InvalidParameterCombination(
            "The number of NodeGroupConfiguration members must be NumNodeGroups."
        )
    replicas = req.get("ReplicasPerNodeGroup", req.get("NumCacheClusters", 1) - 1)
    zones = req.get("PreferredCacheClusterAZs", ())
    if zones and clustered:
        raise InvalidParameterCombination(
            "PreferredCacheClusterAZs is for groups without shards; use NodeGroupConfiguration."
        )
    ranges = slots.even(max(count, 1)) if clustered else [(0, slots.SLOTS - 1)]
    shards = []
    for at in range(count):
        config = given[at] if given else {}
        of_this = config.get("ReplicaCount", replicas)
        if of_this < 0:
            raise InvalidParameterValue("The number of replicas cannot be negative.")
        wanted = list(zones)
        if "PrimaryAvailabilityZone" in config:
            wanted = [
                config["PrimaryAvailabilityZone"],
                *config.get("ReplicaAvailabilityZones", ()),
            ]
        id = config.get("NodeGroupId", f"{at + 1:04}")
        if not (id.isdecimal() and 1 <= len(id) <= 4):
            raise InvalidParameterValue(f"Invalid NodeGroupId: {id}")
        shards.append(
            {
                "Id": f"{int(id):04}",
                "Slots": config.get("Slots") or slots.shown([ranges[at]]),
                "Zones": placing.zones_for(places, of_this + 1, wanted, start=at),
            }
        )
    return shards


def check(spec: Mapping[str, Any], shards: Sequence[Mapping[str, Any]]) -> None:
    """What members of a request cannot be together."""
    if len({each["Id"] for each in shards}) < len(shards):
        raise InvalidParameterCombination("The ids of node groups must differ.")
    counts = [len(each["Zones"]) for each in shards]
    if max(counts) > placing.MOST_OF_SHARD:
        raise InvalidParameterValue(
            f"A node group has at most {placing.MOST_OF_SHARD - 1} replicas."
        )
    if sum(counts) > placing.MOST_NODES:
        raise errors.NodeGroupsPerReplicationGroupQuotaExceededFault(
            f"A replication group has at most {placing.MOST_NODES} nodes."
        )
    if spec["Clustered"]:
        try:
            have = [slots.members(slots.parsed(each["Slots"])) for each in shards]
        except ValueError as error:
            raise InvalidParameterValue(f"Invalid slots: {error}") from None
        if sum(map(len, have)) != slots.SLOTS or len(set().union(*have)) != slots.SLOTS:
            raise InvalidParameterValue("The slots of all node groups are 0-16383, each once.")
        if not spec["AutomaticFailover"]:
            raise InvalidParameterCombination(
                "Automatic failover must be enabled for a replication group with cluster mode enabled."
            )
    elif spec["AutomaticFailover"] and min(counts) < 2:
        raise InvalidParameterCombination(
            "Automatic failover needs a replica: NumCacheClusters must be at least 2."
        )
    if spec["MultiAZ"] and not spec["AutomaticFailover"]:
        raise InvalidParameterCombination("Multi-AZ needs AutomaticFailoverEnabled.")
    if spec["MultiAZ"] and min(counts) < 2:
        raise InvalidParameterCombination("Multi-AZ needs a replica in each node group.")


def check_durability(spec: Mapping[str, Any], zones: Sequence[Sequence[str]]) -> None:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Durability.Limitations.html"""
    if documents.durability(spec) == "disabled":
        return
    wants = f"Durability {spec['Durability']} needs"
    if spec["Engine"] != "valkey":
        raise InvalidParameterCombination(f"{wants} the engine valkey, 9.0 or later.")
    if not spec["Clustered"]:
        raise InvalidParameterCombination(f"{wants} cluster mode enabled.")
    if not spec["Tls"]:
        raise InvalidParameterCombination(f"{wants} encryption in transit.")
    if not spec["MultiAZ"] or any(len(set(each)) < 2 for each in zones):
        raise InvalidParameterCombination(
            f"{wants} Multi-AZ, with a replica in another zone for each node group."
        )


def at_rest(req: Mapping[str, Any], here: Installation) -> bool:
    """Whether nothing of the data is ever written to a disk in the clear; durable groups have it, where it can be."""
    wanted = req.get("AtRestEncryptionEnabled")
    if wanted and not here.in_memory:
        raise InvalidParameterValue(
            "Encryption at rest needs a file system in memory at /dev/shm, which this machine does not have."
        )
    return here.in_memory and (
        bool(wanted) or (wanted is None and req.get("Durability") in ("sync", "async"))
    )


def encryption(req: Mapping[str, Any], engine: str, clustered: bool) -> dict[str, Any]:
    """Whether clients come over TLS, and whether others may."""
    mode = req.get("TransitEncryptionMode")
    if mode is not None and not req.get("TransitEncryptionEnabled"):
        raise InvalidParameterCombination("TransitEncryptionMode needs TransitEncryptionEnabled.")
    if req.get("TransitEncryptionEnabled") and engine == "redis" and clustered:
        raise InvalidParameterCombination(
            "Encryption in transit with cluster mode needs the engine valkey here."
        )
    return {"Tls": req.get("TransitEncryptionEnabled", False), "TlsMode": mode or "required"}


def who(tx: Tx, req: Mapping[str, Any]) -> dict[str, Any]:
    """The token or the user group of a new group."""
    token, ids = req.get("AuthToken"), [id.lower() for id in req.get("UserGroupIds", ())]
    if (token or ids) and not req.get("TransitEncryptionEnabled"):
        raise InvalidParameterCombination(
            "AuthToken and UserGroupIds can be used with TransitEncryptionEnabled alone."
        )
    if token and ids:
        raise InvalidParameterCombination("AuthToken and UserGroupIds cannot both be given.")
    if token:
        access.check_token(token)
    check_user_groups(tx, ids, req.get("Engine", "valkey"))
    changed = tx.now.timestamp() if token else None
    tokens = access.kept([token]) if token else []
    return {"AuthTokens": tokens, "AuthChanged": changed, "UserGroups": ids}


def check_user_groups(tx: Tx, ids: Sequence[str], engine: str) -> None:
    if len(ids) > 1:
        raise InvalidParameterCombination("A replication group has one user group.")
    for id in ids:
        found = USER_GROUPS.get(tx, id, f"User group {id} not found.")
        if found.spec["Engine"] != engine and engine == "redis":
            raise InvalidParameterCombination(f"User group {id} is not of the engine {engine}.")


def changed_access(tx: Tx, req: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """The tokens, the user group and the encryption of a group that is changed."""
    changed: dict[str, Any] = {}
    if "TransitEncryptionEnabled" in req and req["TransitEncryptionEnabled"] != spec["Tls"]:
        raise InvalidParameterValue("Turning TLS on or off on a running group is not implemented.")
    if "TransitEncryptionMode" in req:
        if not spec["Tls"]:
            raise InvalidParameterCombination("TransitEncryptionMode needs encryption in transit.")
        changed["TlsMode"] = req["TransitEncryptionMode"]
    if "AuthToken" in req or "AuthTokenUpdateStrategy" in req:
        changed |= changed_token(tx, req, spec)
    less = {id.lower() for id in req.get("UserGroupIdsToRemove", ())}
    more = [id.lower() for id in req.get("UserGroupIdsToAdd", ())]
    if req.get("RemoveUserGroups"):
        less = set(spec["UserGroups"])
    if less or more:
        if not spec["Tls"]:
            raise InvalidParameterCombination("User groups need encryption in transit.")
        left = [id for id in spec["UserGroups"] if id not in less] + more
        check_user_groups(tx, left, spec["Engine"])
        changed |= {"UserGroups": left, **({"AuthTokens": []} if more else {})}
    return changed


def changed_token(tx: Tx, req: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html"""
    if not spec["Tls"]:
        raise InvalidParameterCombination(
            "The AUTH token modification is only supported when encryption-in-transit is enabled."
        )
    strategy, token = req.get("AuthTokenUpdateStrategy", "ROTATE"), req.get("AuthToken")
    now = spec["AuthTokens"]
    if strategy == "DELETE":
        if token or not spec["UserGroups"]:
            raise InvalidParameterCombination(
                "An AUTH token is deleted without giving one, once there is a user group."
            )
        return {"AuthTokens": [], "AuthChanged": tx.now.timestamp()}
    if not token:
        raise InvalidParameterCombination("AuthTokenUpdateStrategy needs AuthToken.")
    access.check_token(token)
    (new,) = access.kept([token])
    kept = [] if strategy == "SET" else [each for each in now if each != new][-1:]
    tokens = [*kept, new]
    return {"AuthTokens": tokens, "AuthChanged": tx.now.timestamp()}


def seeds(found: Resource, shards: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What each shard begins with, and shards that are there only until their slots have moved away."""
    ids = [each["Id"] for each in shards]
    more = (f"{n:04}" for n in range(1, 10_000) if f"{n:04}" not in ids)
    ids += [next(more) for _ in range(len(found.spec["Shards"]) - len(ids))]
    return {
        id: {"Slots": each["Slots"], "Blob": each["Blob"], "Key": each.get("Key", "")}
        for id, each in zip(ids, found.spec["Shards"], strict=False)
    }


def seed_of(tx: Tx, arns: Sequence[str]) -> dict[str, Any]:
    """A file in S3 that a cache begins with; which keys are where is known of one file alone."""
    if len(arns) != 1:
        raise InvalidParameterValue(
            "SnapshotArns names one file: of several the slots are not known."
        )
    try:
        found = exporting.object_of(tx, arns[0])
    except NotThere as error:
        raise InvalidParameterValue(str(error)) from None
    return {"Slots": "0-16383", "Parts": found.parts, "Size": found.length}


def source(tx: Tx, req: Mapping[str, Any], clustered: bool) -> Resource:
    kind, name = SNAPSHOTS, req.get("SnapshotName", "")
    if not name:
        kind, name = SERVERLESS_SNAPSHOTS, req["ServerlessCacheSnapshotName"]
    found = kind.find(tx, name.lower())
    if found is None or found.status["State"] != AVAILABLE:
        raise InvalidParameterValue(f"Snapshot {name} is not found, or not available.")
    if not clustered and len(found.spec["Shards"]) > 1:
        raise InvalidParameterCombination(
            "A snapshot of several node groups cannot be restored without cluster mode."
        )
    return found


@ops.read
def describe_replication_groups(
    tx: Tx, req: t.DescribeReplicationGroupsMessage
) -> t.ReplicationGroupMessage:
    if name := req.get("ReplicationGroupId"):
        return {"ReplicationGroups": [documents.group(tx, group(tx, name))]}
    return page(  # type: ignore[return-value]
        "ReplicationGroups",
        GROUPS.all(tx),
        req,
        by=lambda each: each.name,
        show=lambda each: documents.group(tx, each),
    )


@ops.write
def delete_replication_group(
    tx: Tx, req: t.DeleteReplicationGroupMessage
) -> t.DeleteReplicationGroupResult:
    found = group(tx, req["ReplicationGroupId"])
    state = found.status["State"]
    if state == DELETING:
        raise errors.InvalidReplicationGroupStateFault(
            f"Replication group {found.name} is being deleted."
        )
    if "Global" in found.spec:
        raise errors.InvalidReplicationGroupStateFault(
            f"Replication group {found.name} is part of the global datastore {found.spec['Global']}."
        )
    retain = req.get("RetainPrimaryCluster", False)
    if retain and (found.spec["Clustered"] or found.spec["Tls"] or found.spec.get("AtRest")):
        raise InvalidParameterCombination(
            "A primary is retained of groups without shards and without encryption alone."
        )
    if retain:
        demand_available(found)
    final = req.get("FinalSnapshotIdentifier", "")
    if final:
        demand_available(found)
        final = identifier("FinalSnapshotIdentifier", final, 255)
        if SNAPSHOTS.find(tx, final) is not None:
            raise errors.SnapshotAlreadyExistsFault(f"Snapshot {final} already exists.")
    status = {**found.status, "State": DELETING, "FinalSnapshot": final}
    known = nodes.of(tx, found.arn)
    if retain:
        status["Retain"] = next(each.id for each in known if each.role == PRIMARY)
    changed = GROUPS.change(tx, found, status=status)
    for each in known:
        if each.id == status.get("Retain"):
            continue
        nodes.change(tx, each, state=DELETING)
        set_member_state(tx, each.cluster, DELETING)
    tx.enqueue(WORK, found.arn)
    return {"ReplicationGroup": documents.group(tx, changed)}


@ops.write
def modify_replication_group(
    tx: Tx, req: t.ModifyReplicationGroupMessage
) -> t.ModifyReplicationGroupResult:
    found = group(tx, req["ReplicationGroupId"])
    of_all = ("CacheNodeType", "Engine", "EngineVersion", "CacheParameterGroupName", "Durability")
    if "Global" in found.spec and (given := [member for member in of_all if member in req]):
        raise InvalidParameterCombination(
            f"{given[0]} is changed with the global datastore {found.spec['Global']}."
        )
    return change(tx, req)


def change(tx: Tx, req: t.ModifyReplicationGroupMessage) -> t.ModifyReplicationGroupResult:
    found = demand_available(group(tx, req["ReplicationGroupId"]))
    if req.get("ClusterMode"):
        raise InvalidParameterValue("Changing ClusterMode is not implemented.")
    here = installation(tx)
    spec: dict[str, Any] = dict(found.spec)
    known = nodes.of(tx, found.arn)
    spec |= settings(tx, req, spec) | changed_access(tx, req, spec)
    if "AutomaticFailoverEnabled" in req:
        spec["AutomaticFailover"] = req["AutomaticFailoverEnabled"]
    if "MultiAZEnabled" in req:
        spec["MultiAZ"] = req["MultiAZEnabled"]
    if "ReplicationGroupDescription" in req:
        spec["Description"] = req["ReplicationGroupDescription"]
    check(
        spec,
        [
            {**shard, "Zones": [e.zone for e in known if e.shard == shard["Id"]]}
            for shard in spec["Shards"]
        ],
    )
    if "Durability" in req:
        spec["Durability"] = req["Durability"]
    check_durability(
        spec, [[e.zone for e in known if e.shard == shard["Id"]] for shard in spec["Shards"]]
    )
    work = {
        name: value
        for name, value in (
            ("NodeType", req.get("CacheNodeType")),
            ("Version", req.get("EngineVersion")),
        )
        if value
    }
    if "NodeType" in work:
        placing.check_type(work["NodeType"])
        placing.check_capacity(tx, here, spec | work, len(known))
    if "Version" in work or req.get("Engine", spec["Engine"]) != spec["Engine"]:
        work |= upgrade(req, here, spec)
    if "SnapshottingClusterId" in req:
        cluster = req["SnapshottingClusterId"].lower()
        if cluster not in [each.cluster for each in known]:
            raise errors.CacheClusterNotFoundFault(f"CacheCluster not found: {cluster}")
        spec["Snapshotting"] = cluster
    status = dict(found.status)
    if "PrimaryClusterId" in req:
        status["Promote"] = promotion(req["PrimaryClusterId"].lower(), spec, known)
    if work and not req.get("ApplyImmediately"):
        status["Pending"] = {**status.get("Pending", {})}
        status["Deferred"] = {**status.get("Deferred", {}), **work}
    else:
        spec |= work
    if spec != found.spec or "Promote" in status:
        status["State"] = MODIFYING
        for each in known:
            set_member_state(tx, each.cluster, MODIFYING)
        tx.enqueue(WORK, found.arn)
    changed = GROUPS.change(tx, found, spec=spec, status=status)
    return {"ReplicationGroup": documents.group(tx, changed)}


def settings(tx: Tx, req: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """What of a group or a cluster changes without its nodes' doing anything."""
    changed: dict[str, Any] = {}
    if "CacheParameterGroupName" in req:
        name = req["CacheParameterGroupName"].lower()
        family, values = parameter_groups.content(tx, name)
        if family != placing.family_of(spec["Engine"], spec["Version"]):
            raise InvalidParameterCombination(
                f"The parameter group {name} is of family {family}, which is not the engine's."
            )
        if (values.get("cluster-enabled") == "yes") != spec.get("Clustered", False):
            raise InvalidParameterCombination("The cluster mode of a group cannot be changed.")
        changed["ParameterGroup"] = name
    if "PreferredMaintenanceWindow" in req:
        changed["Maintenance"] = placing.window(req["PreferredMaintenanceWindow"])
    if "SnapshotRetentionLimit" in req or "SnapshotWindow" in req:
        changed |= placing.snapshots(
            {
                "SnapshotRetentionLimit": spec.get("SnapshotRetention", 0),
                "SnapshotWindow": spec.get("SnapshotWindow", ""),
                **{k: v for k, v in req.items() if k.startswith("Snapshot")},
            }
        )
    if "AutoMinorVersionUpgrade" in req:
        changed["AutoMinor"] = req["AutoMinorVersionUpgrade"]
    if "NotificationTopicArn" in req:
        changed["Topic"] = req["NotificationTopicArn"]
    if given := req.get("LogDeliveryConfigurations"):
        if spec["Engine"] == "memcached":
            raise InvalidParameterCombination("Memcached has no logs to deliver.")
        changed["LogDelivery"] = logs.read(given, spec["LogDelivery"])
    if "SecurityGroupIds" in req:
        changed["SecurityGroupIds"] = list(req["SecurityGroupIds"])
    return changed


def upgrade(req: Mapping[str, Any], here: Installation, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The engine and version to go to."""
    engine = req.get("Engine", spec["Engine"])
    if engine not in ("valkey", "redis"):
        raise InvalidParameterValue(f"The engine of a replication group is not {engine}.")
    if (spec["Engine"], engine) == ("valkey", "redis"):
        raise InvalidParameterCombination("A group cannot go from valkey to redis.")
    version = here.version(engine, req.get("EngineVersion"))
    family = placing.family_of(engine, version)
    changed = {"Engine": engine, "Version": version}
    if engine != spec["Engine"]:
        name = req.get("CacheParameterGroupName")
        on = ".cluster.on" if spec["Clustered"] else ""
        if name is None and not spec["ParameterGroup"].startswith("default."):
            raise InvalidParameterCombination(
                f"Give a parameter group of family {family} for the engine {engine}."
            )
        changed["ParameterGroup"] = name or f"default.{family}{on}"
    return changed


def promotion(cluster: str, spec: Mapping[str, Any], known: Sequence[nodes.Node]) -> str:
    """The node that is to be primary."""
    if spec["Clustered"]:
        raise InvalidParameterCombination("PrimaryClusterId is for groups without shards.")
    if spec["AutomaticFailover"]:
        raise InvalidParameterCombination(
            "Automatic failover must be turned off before a replica is promoted by hand."
        )
    found = next((each for each in known if each.cluster == cluster), None)
    if found is None:
        raise errors.CacheClusterNotFoundFault(f"CacheCluster not found: {cluster}")
    return found.id


def demand_available(found: Resource) -> Resource:
    if found.status["State"] != AVAILABLE:
        raise errors.InvalidReplicationGroupStateFault(
            f"Replication group {found.name} must be available; it is {found.status['State']}."
        )
    return found


def set_member_state(tx: Tx, cluster: str, state: str) -> None:
    if (found := CLUSTERS.find(tx, cluster)) is not None and found.status["State"] != state:
        CLUSTERS.change(tx, found, status={**found.status, "State": state})


def note(tx: Tx, found: Resource, message: str) -> None:
    tell(tx, GROUP, found.name, message)
