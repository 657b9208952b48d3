"""Cache clusters: Memcached with its nodes, and one node of Valkey or Redis by itself or in a group.

https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.names import registry
from forecourt.store.resources import Resource

from . import (
    documents,
    groups,
    node_types,
    nodes,
    parameter_groups,
    placing,
    subnet_groups,
)
from .happenings import CLUSTER, tell
from .nodes import REPLICA
from .stored import (
    AVAILABLE,
    CLUSTERS,
    CREATING,
    DELETING,
    GROUPS,
    MODIFYING,
    REBOOTING,
    SNAPSHOTS,
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
LONGEST = 50
NOT_YET = (
    "OutpostMode", "PreferredOutpostArn", "PreferredOutpostArns", "AuthToken"
)  # fmt: skip


@ops.write
def create_cache_cluster(tx: Tx, req: t.CreateCacheClusterMessage) -> t.CreateCacheClusterResult:
    here = installation(tx)
    name = identifier("CacheClusterId", req["CacheClusterId"], LONGEST)
    if CLUSTERS.find(tx, name) is not None:
        raise errors.CacheClusterAlreadyExistsFault(f"Cache cluster {name} already exists.")
    for member in NOT_YET:
        if req.get(member):
            raise InvalidParameterValue(f"{member} is not implemented; leave it out.")
    if "ReplicationGroupId" in req:
        return {"CacheCluster": join(tx, here, name, req)}
    engine = req.get("Engine", "memcached").lower()
    if engine not in placing.PORT:
        raise InvalidParameterValue(f"Invalid engine: {engine}")
    count = req.get("NumCacheNodes", 1)
    if engine != "memcached" and count != 1:
        raise InvalidParameterValue(
            f"Cannot create a {engine} cluster with a NumCacheNodes parameter greater than 1."
        )
    if not 1 <= count <= placing.MOST_MEMCACHED:
        raise errors.NodeQuotaForClusterExceededFault(
            f"A cache cluster has 1 to {placing.MOST_MEMCACHED} nodes."
        )
    spec = placing.common(tx, req, here, engine)
    spec |= {"Tls": req.get("TransitEncryptionEnabled", False), "TlsMode": "required"}
    if spec["Tls"] and engine != "memcached":
        raise InvalidParameterCombination(
            f"Encryption in transit of {engine} is for replication groups, and for clusters of memcached."
        )
    if engine != "memcached":
        spec |= placing.snapshots(req)
        _, values = parameter_groups.content(tx, spec["ParameterGroup"])
        if values.get("cluster-enabled") == "yes":
            raise InvalidParameterCombination(
                "A cluster that is no replication group cannot have a parameter group with cluster mode."
            )
    elif any(
        req.get(member)
        for member in ("SnapshotName", "SnapshotArns", "SnapshotRetentionLimit", "SnapshotWindow")
    ):
        raise InvalidParameterCombination("Snapshots are not supported with memcached.")
    if engine == "memcached" and spec["LogDelivery"]:
        raise InvalidParameterCombination("Memcached has no logs to deliver.")
    zones = az_mode(tx, req, spec, count)
    placing.check_quota(tx, count)
    placing.check_capacity(tx, here, spec, count)
    if "SnapshotName" in req:
        spec["Seeds"] = groups.seeds(groups.source(tx, req, clustered=False), [{"Id": ""}])
    if arns := req.get("SnapshotArns"):
        spec["Seeds"] = {"": groups.seed_of(tx, arns)}
    status: dict[str, Any] = {"State": CREATING, "Secret": placing.new_secret(tx)}
    if engine == "memcached":
        status["Place"] = nodes.place(tx, dict(placing.places(tx, spec))[zones[0]], name)
    made = CLUSTERS.create(tx, name, spec, status, tags_of(req))
    for at, zone in enumerate(zones, 1):
        placing.member(tx, here, made, name, zone, number=f"{at:04}")
    if engine == "memcached":
        configured = documents.names(tx, made)["configured"]
        registry.set_hosts(tx, configured, [status["Place"]], nodes.TTL)
    tx.enqueue(WORK, made.arn)
    return {"CacheCluster": documents.cluster(tx, made, with_nodes=False)}


def az_mode(tx: Tx, req: Mapping[str, Any], spec: Mapping[str, Any], count: int) -> list[str]:
    """The zones of a new cluster's nodes."""
    places = subnet_groups.places(tx, spec["SubnetGroup"])
    mode = req.get("AZMode", "single-az")
    if mode not in ("single-az", "cross-az"):
        raise InvalidParameterValue(f"Invalid AZMode: {mode}")
    if mode == "cross-az" and (spec["Engine"] != "memcached" or count < 2):
        raise InvalidParameterCombination("cross-az needs memcached with two nodes or more.")
    one, many = req.get("PreferredAvailabilityZone"), req.get("PreferredAvailabilityZones", ())
    if one == "Multiple":
        one, mode = None, "cross-az"
    if many or mode == "cross-az":
        return placing.zones_for(places, count, many)
    return placing.zones_for(places, count, [one or places[0][0]] * count)


def join(tx: Tx, here: Installation, name: str, req: Mapping[str, Any]) -> Any:
    """One more replica of a group without shards."""
    found = groups.demand_available(group(tx, req["ReplicationGroupId"]))
    known = nodes.of(tx, found.arn)
    if found.spec["Clustered"]:
        raise InvalidParameterCombination(
            "A node cannot be added to a group with cluster mode by CreateCacheCluster; use IncreaseReplicaCount."
        )
    if len(known) >= placing.MOST_OF_SHARD:
        raise errors.NodeQuotaForClusterExceededFault(
            f"A replication group has at most {placing.MOST_OF_SHARD} nodes."
        )
    placing.check_quota(tx, 1)
    placing.check_capacity(tx, here, found.spec, 1)
    places = subnet_groups.places(tx, found.spec["SubnetGroup"])
    wanted = [req["PreferredAvailabilityZone"]] if req.get("PreferredAvailabilityZone") else []
    (zone,) = placing.zones_for(places, 1, wanted, start=len(known))
    placing.member(tx, here, found, name, zone, shard="0001", role=REPLICA)
    GROUPS.change(tx, found, status={**found.status, "State": MODIFYING})
    tx.enqueue(WORK, found.arn)
    return documents.cluster(tx, cluster(tx, name), with_nodes=False)


@ops.read
def describe_cache_clusters(tx: Tx, req: t.DescribeCacheClustersMessage) -> t.CacheClusterMessage:
    with_nodes = req.get("ShowCacheNodeInfo", False)
    if name := req.get("CacheClusterId"):
        return {"CacheClusters": [documents.cluster(tx, cluster(tx, name), with_nodes=with_nodes)]}
    alone = req.get("ShowCacheClustersNotInReplicationGroups", False)
    return page(  # type: ignore[return-value]
        "CacheClusters",
        [each for each in CLUSTERS.all(tx) if not (alone and "Group" in each.spec)],
        req,
        by=lambda each: each.name,
        show=lambda each: documents.cluster(tx, each, with_nodes=with_nodes),
    )


@ops.write
def delete_cache_cluster(tx: Tx, req: t.DeleteCacheClusterMessage) -> t.DeleteCacheClusterResult:
    found = cluster(tx, req["CacheClusterId"])
    if found.status["State"] == DELETING:
        raise errors.InvalidCacheClusterStateFault(f"Cache cluster {found.name} is being deleted.")
    if "Group" in found.spec:
        owner = group(tx, found.spec["Group"])
        if owner.status["State"] != AVAILABLE:
            raise errors.InvalidCacheClusterStateFault(
                f"The replication group of {found.name} is {owner.status['State']}."
            )
        known = nodes.of(tx, owner.arn)
        mine = next(each for each in known if each.cluster == found.name)
        if mine.role != REPLICA or owner.spec["Clustered"]:
            raise errors.InvalidCacheClusterStateFault(
                f"{found.name} cannot be deleted by itself; delete the replication group, or decrease its replicas."
            )
        if len(known) < 3 and owner.spec["AutomaticFailover"]:
            raise errors.InvalidCacheClusterStateFault(
                "Automatic failover must be turned off before the last replica is deleted."
            )
        nodes.change(tx, mine, state=DELETING)
        GROUPS.change(tx, owner, status={**owner.status, "State": MODIFYING})
        changed = CLUSTERS.change(tx, found, status={**found.status, "State": DELETING})
        tx.enqueue(WORK, owner.arn)
        return {"CacheCluster": documents.cluster(tx, changed, with_nodes=False)}
    final = req.get("FinalSnapshotIdentifier", "")
    if final:
        if found.spec["Engine"] == "memcached":
            raise InvalidParameterCombination("Snapshots are not supported with memcached.")
        demand_available(found)
        final = identifier("FinalSnapshotIdentifier", final, 255)
        if SNAPSHOTS.find(tx, final) is not None:
            raise errors.SnapshotAlreadyExistsFault(f"Snapshot {final} already exists.")
    status = {**found.status, "State": DELETING, "FinalSnapshot": final}
    changed = CLUSTERS.change(tx, found, status=status)
    nodes.set_state(tx, nodes.of(tx, found.arn), DELETING)
    tx.enqueue(WORK, found.arn)
    return {"CacheCluster": documents.cluster(tx, changed, with_nodes=False)}


@ops.write
def modify_cache_cluster(tx: Tx, req: t.ModifyCacheClusterMessage) -> t.ModifyCacheClusterResult:
    found = demand_available(cluster(tx, req["CacheClusterId"]))
    if "Group" in found.spec:
        raise InvalidParameterCombination(
            f"Cluster {found.name} is part of a replication group; modify the group {found.spec['Group']}."
        )
    for member in ("AuthToken", "ScaleConfig"):
        if req.get(member):
            raise InvalidParameterValue(f"Changing {member} is not implemented.")
    here = installation(tx)
    spec: dict[str, Any] = {**found.spec, **groups.settings(tx, req, found.spec)}
    known = nodes.of(tx, found.arn)
    if "CacheNodeType" in req:
        if spec["Engine"] == "memcached":
            raise InvalidParameterCombination(
                "The node type of memcached cannot be changed this way."
            )
        placing.check_type(req["CacheNodeType"])
        placing.check_capacity(tx, here, spec | {"NodeType": req["CacheNodeType"]}, 1)
        spec["NodeType"] = req["CacheNodeType"]
    if "EngineVersion" in req:
        spec["Version"] = here.version(spec["Engine"], req["EngineVersion"])
    count = req.get("NumCacheNodes", len(known))
    if count != len(known):
        if spec["Engine"] != "memcached":
            raise InvalidParameterCombination(
                "The number of nodes can be changed with memcached alone."
            )
        if not req.get("ApplyImmediately"):
            raise InvalidParameterValue(
                "Changing the number of nodes in the maintenance window is not implemented; give ApplyImmediately."
            )
        resize(tx, here, found, req, count)
    if spec != found.spec or count != len(known):
        status = {**found.status, "State": MODIFYING}
        found = CLUSTERS.change(tx, found, spec=spec, status=status)
        tx.enqueue(WORK, found.arn)
    return {"CacheCluster": documents.cluster(tx, found, with_nodes=True)}


def resize(tx: Tx, here: Installation, found: Resource, req: Mapping[str, Any], count: int) -> None:
    """More nodes of Memcached, or fewer: those that are named."""
    known = nodes.of(tx, found.arn)
    if not 1 <= count <= placing.MOST_MEMCACHED:
        raise errors.NodeQuotaForClusterExceededFault(
            f"A cache cluster has 1 to {placing.MOST_MEMCACHED} nodes."
        )
    if count < len(known):
        going = list(req.get("CacheNodeIdsToRemove", ()))
        if len(going) != len(known) - count or set(going) - {each.number for each in known}:
            raise InvalidParameterCombination(
                "CacheNodeIdsToRemove must name as many nodes as are to go."
            )
        nodes.set_state(tx, [each for each in known if each.number in going], DELETING)
        return
    more = count - len(known)
    placing.check_quota(tx, more)
    placing.check_capacity(tx, here, found.spec, more)
    places = subnet_groups.places(tx, found.spec["SubnetGroup"])
    given = req.get("NewAvailabilityZones", ())
    start = 0 if req.get("AZMode") == "cross-az" or len({e.zone for e in known}) > 1 else None
    if given or start is not None:
        zones = placing.zones_for(places, more, given, start=len(known))
    else:
        zones = [known[0].zone] * more
    taken = {each.number for each in known}
    free = (f"{n:04}" for n in range(1, 10_000) if f"{n:04}" not in taken)
    for zone in zones:
        placing.member(tx, here, found, found.name, zone, number=next(free))


@ops.write
def reboot_cache_cluster(tx: Tx, req: t.RebootCacheClusterMessage) -> t.RebootCacheClusterResult:
    found = demand_available(cluster(tx, req["CacheClusterId"]))
    cache = group(tx, found.spec["Group"]) if "Group" in found.spec else found
    if cache.spec.get("Clustered"):
        raise InvalidParameterCombination(
            "A node of a replication group with cluster mode enabled cannot be rebooted by itself."
        )
    known = [each for each in nodes.of(tx, cache.arn) if each.cluster == found.name]
    wanted = req["CacheNodeIdsToReboot"]
    if not wanted or set(wanted) - {each.number for each in known}:
        raise InvalidParameterValue(
            "CacheNodeIdsToReboot names nodes that the cluster does not have."
        )
    nodes.set_state(tx, [each for each in known if each.number in wanted], REBOOTING)
    changed = CLUSTERS.change(tx, found, status={**found.status, "State": REBOOTING})
    tell(tx, CLUSTER, found.name, f"Cache nodes {', '.join(wanted)} are being rebooted")
    tx.enqueue(WORK, cache.arn)
    return {"CacheCluster": documents.cluster(tx, changed, with_nodes=True)}


@ops.read
def list_allowed_node_type_modifications(
    tx: Tx, req: t.ListAllowedNodeTypeModificationsMessage
) -> t.AllowedNodeTypeModificationsMessage:
    if ("CacheClusterId" in req) == ("ReplicationGroupId" in req):
        raise InvalidParameterCombination(
            "Either CacheClusterId or ReplicationGroupId must be given."
        )
    if "ReplicationGroupId" in req:
        found = group(tx, req["ReplicationGroupId"])
    else:
        found = cluster(tx, req["CacheClusterId"])
        if "Group" in found.spec:
            found = group(tx, found.spec["Group"])
    up, down = node_types.scaling(found.spec["NodeType"])
    return {"ScaleUpModifications": up, "ScaleDownModifications": down}


def demand_available(found: Resource) -> Resource:
    if found.status["State"] != AVAILABLE:
        raise errors.InvalidCacheClusterStateFault(
            f"Cache cluster {found.name} must be available; it is {found.status['State']}."
        )
    return found
