"""More and fewer replicas, more and fewer shards, and failovers on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.planes.cache import slots
from forecourt.store.resources import Resource

from . import documents, nodes, placing, subnet_groups
from .groups import demand_available, set_member_state
from .happenings import GROUP, tell
from .nodes import REPLICA, Node
from .stored import (
    DELETING,
    GROUPS,
    MODIFYING,
    WORK,
    InvalidParameterCombination,
    InvalidParameterValue,
    errors,
    group,
    installation,
)

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
TESTS, TESTS_WITHIN = 15, 86400.0  # failovers on purpose, of shards of a group in seconds
MOST_SHARDS = 90


@ops.write
def increase_replica_count(
    tx: Tx, req: t.IncreaseReplicaCountMessage
) -> t.IncreaseReplicaCountResult:
    found, wanted = counts(tx, req)
    here = installation(tx)
    known = nodes.of(tx, found.arn)
    more = {id: n - len(of(known, id)) + 1 for id, (n, _) in wanted.items()}
    if any(count <= 0 for count in more.values()):
        raise InvalidParameterValue("The new number of replicas must be more than there are now.")
    placing.check_quota(tx, sum(more.values()))
    placing.check_capacity(tx, here, found.spec, sum(more.values()))
    places = subnet_groups.places(tx, found.spec["SubnetGroup"])
    for id, count in more.items():
        mine = of(known, id)
        if len(mine) + count > placing.MOST_OF_SHARD:
            raise InvalidParameterValue(
                f"A node group has at most {placing.MOST_OF_SHARD - 1} replicas."
            )
        zones = wanted[id][1] or placing.zones_for(places, count, start=len(mine) + int(id) - 1)
        for zone in zones[-count:]:
            cluster = next_name(tx, found, id, nodes.of(tx, found.arn))
            placing.member(tx, here, found, cluster, zone, shard=id, role=REPLICA)
    return {"ReplicationGroup": documents.group(tx, modify(tx, found))}


@ops.write
def decrease_replica_count(
    tx: Tx, req: t.DecreaseReplicaCountMessage
) -> t.DecreaseReplicaCountResult:
    found, wanted = counts(tx, req, named=bool(req.get("ReplicasToRemove")))
    known = nodes.of(tx, found.arn)
    named = [each.lower() for each in req.get("ReplicasToRemove", ())]
    if named:
        going = [each for each in known if each.cluster in named]
        if len(going) < len(named):
            raise InvalidParameterValue(
                "ReplicasToRemove names nodes that the group does not have."
            )
        if any(each.role != REPLICA for each in going):
            raise InvalidParameterValue("A primary cannot be removed.")
    else:
        going = []
        for id, (count, _) in wanted.items():
            replicas = [each for each in of(known, id) if each.role == REPLICA]
            fewer = len(replicas) - count
            if fewer <= 0:
                raise InvalidParameterValue(
                    "The new number of replicas must be less than there are now."
                )
            going += replicas[-fewer:]
    for shard in found.spec["Shards"]:
        left = [each for each in of(known, shard["Id"]) if each not in going]
        if (
            len(left) < 2
            and (found.spec["MultiAZ"] or not found.spec["Clustered"])
            and (found.spec["AutomaticFailover"])
        ):
            raise InvalidParameterCombination(
                "Automatic failover must be turned off before the last replica is removed."
            )
    for each in going:
        nodes.change(tx, each, state=DELETING)
        set_member_state(tx, each.cluster, DELETING)
    return {"ReplicationGroup": documents.group(tx, modify(tx, found))}


def counts(
    tx: Tx, req: Mapping[str, Any], *, named: bool = False
) -> tuple[Resource, dict[str, tuple[int, list[str]]]]:
    """The group, and by shard the wanted number of replicas and their zones."""
    found = demand_available(group(tx, req["ReplicationGroupId"]))
    if not req.get("ApplyImmediately"):
        raise InvalidParameterValue("ApplyImmediately must be true.")
    ids = [shard["Id"] for shard in found.spec["Shards"]]
    given = req.get("ReplicaConfiguration", ())
    if given and "NewReplicaCount" in req:
        raise InvalidParameterCombination(
            "NewReplicaCount and ReplicaConfiguration cannot both be given."
        )
    if not given and "NewReplicaCount" not in req and not named:
        raise InvalidParameterCombination("The number of replicas must be given.")
    if not given:
        return found, {id: (req.get("NewReplicaCount", 0), []) for id in ids}
    wanted = {}
    for each in given:
        id = each["NodeGroupId"].zfill(4)
        if id not in ids:
            raise InvalidParameterValue(f"Node group {id} not found.")
        wanted[id] = (each["NewReplicaCount"], list(each.get("PreferredAvailabilityZones", ())))
    return found, wanted


def of(known: Sequence[Node], shard: str) -> list[Node]:
    return [each for each in known if each.shard == shard and each.state != DELETING]


def next_name(tx: Tx, found: Resource, shard: str, known: Sequence[Node]) -> str:
    """The name of one more node: the first number that is free."""
    start = f"{found.name}-{shard}" if found.spec["Clustered"] else found.name
    taken = {each.cluster for each in known}
    at = next(n for n in range(1, len(known) + 2) if f"{start}-{n:03}" not in taken)
    return f"{start}-{at:03}"


@ops.write
def modify_replication_group_shard_configuration(
    tx: Tx, req: t.ModifyReplicationGroupShardConfigurationMessage
) -> t.ModifyReplicationGroupShardConfigurationResult:
    if joined := group(tx, req["ReplicationGroupId"]).spec.get("Global"):
        raise InvalidParameterCombination(
            f"The number of node groups is changed with the global datastore {joined}."
        )
    return reshard(tx, req)


def reshard(
    tx: Tx, req: t.ModifyReplicationGroupShardConfigurationMessage
) -> t.ModifyReplicationGroupShardConfigurationResult:
    found = demand_available(group(tx, req["ReplicationGroupId"]))
    spec = found.spec
    if not spec["Clustered"]:
        raise InvalidParameterCombination(
            "The number of shards can be changed with cluster mode enabled alone."
        )
    if spec["Engine"] != "valkey":
        raise InvalidParameterCombination("Moving slots online needs the engine valkey.")
    if not req.get("ApplyImmediately"):
        raise InvalidParameterValue("ApplyImmediately must be true.")
    count, now = req["NodeGroupCount"], [shard["Id"] for shard in spec["Shards"]]
    if not 1 <= count <= MOST_SHARDS:
        raise errors.NodeGroupsPerReplicationGroupQuotaExceededFault(
            f"A replication group has 1 to {MOST_SHARDS} node groups."
        )
    if count == len(now):
        raise InvalidParameterValue("The replication group has that many node groups.")
    ids = stay(req, now, count) if count < len(now) else now + grow(tx, found, req, count)
    have = {each["Id"]: slots.parsed(each["Slots"]) for each in spec["Shards"]}
    goal = slots.balanced(have, ids)
    shards = [{"Id": id, "Slots": slots.shown(slots.ranges(goal[id]))} for id in ids]
    for each in nodes.of(tx, found.arn):
        if each.shard not in ids:
            set_member_state(tx, each.cluster, DELETING)
    tell(
        tx,
        GROUP,
        found.name,
        f"Resharding of replication group {found.name} to {count} node groups started",
    )
    gone = [shard for shard in spec["Shards"] if shard["Id"] not in ids]
    changed = modify(tx, found, {**spec, "Shards": shards, "Leaving": [s["Id"] for s in gone]})
    return {"ReplicationGroup": documents.group(tx, changed)}


def stay(req: Mapping[str, Any], now: Sequence[str], count: int) -> list[str]:
    """The shards that are left of fewer."""
    remove = [each.zfill(4) for each in req.get("NodeGroupsToRemove", ())]
    retain = [each.zfill(4) for each in req.get("NodeGroupsToRetain", ())]
    if bool(remove) == bool(retain):
        raise InvalidParameterCombination(
            "Either NodeGroupsToRemove or NodeGroupsToRetain must be given to have fewer node groups."
        )
    for id in (*remove, *retain):
        if id not in now:
            raise InvalidParameterValue(f"Node group {id} not found.")
    left = [id for id in now if (id in retain if retain else id not in remove)]
    if len(left) != count:
        raise InvalidParameterCombination(
            "NodeGroupCount does not fit the node groups that are named."
        )
    return left


def grow(tx: Tx, found: Resource, req: Mapping[str, Any], count: int) -> list[str]:
    """More shards, each with as many nodes as the first; their ids."""
    here, now = installation(tx), [shard["Id"] for shard in found.spec["Shards"]]
    known = nodes.of(tx, found.arn)
    each_has = len(of(known, now[0]))
    free = (f"{n:04}" for n in range(1, 10_000) if f"{n:04}" not in now)
    ids = [next(free) for _ in range(count - len(now))]
    given = req.get("ReshardingConfiguration", ())
    if given and len(given) != count:
        raise InvalidParameterCombination(
            "ReshardingConfiguration has a member for each of the node groups there will be."
        )
    placing.check_quota(tx, each_has * len(ids))
    placing.check_capacity(tx, here, found.spec, each_has * len(ids))
    places = subnet_groups.places(tx, found.spec["SubnetGroup"])
    for at, id in enumerate(ids, len(now)):
        wanted = given[at].get("PreferredAvailabilityZones", ()) if given else ()
        zones = placing.zones_for(places, each_has, wanted, start=at)
        for number, (zone, role) in enumerate(zip(zones, placing.roles(each_has), strict=True), 1):
            placing.member(
                tx, here, found, f"{found.name}-{id}-{number:03}", zone, shard=id, role=role
            )
    return ids


@ops.write
def test_failover(tx: Tx, req: t.TestFailoverMessage) -> t.TestFailoverResult:
    found = demand_available(group(tx, req["ReplicationGroupId"]))
    shard = req["NodeGroupId"].zfill(4)
    if shard not in [each["Id"] for each in found.spec["Shards"]]:
        raise errors.NodeGroupNotFoundFault(f"Node group {req['NodeGroupId']} not found.")
    if not found.spec["AutomaticFailover"]:
        raise InvalidParameterCombination(
            "Automatic failover is not enabled for the replication group."
        )
    if len(of(nodes.of(tx, found.arn), shard)) < 2:
        raise errors.TestFailoverNotAvailableFault("The node group has no replica to fail over to.")
    now = tx.now.timestamp()
    recent = [at for at in found.status.get("Tests", ()) if at > now - TESTS_WITHIN]
    if len(recent) >= TESTS:
        raise errors.APICallRateForCustomerExceededFault(
            f"The customer has exceeded the allowed rate of {TESTS} failovers in 24 hours."
        )
    tell(tx, GROUP, found.name, f"Test Failover API called for node group {shard}")
    status = {**found.status, "Tests": [*recent, now], "Failover": shard}
    return {"ReplicationGroup": documents.group(tx, modify(tx, found, status=status))}


def modify(
    tx: Tx,
    found: Resource,
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
) -> Resource:
    """The group on its way to what it is to be."""
    state = {**(found.status if status is None else status), "State": MODIFYING}
    changed = GROUPS.change(tx, found, spec=found.spec if spec is None else spec, status=state)
    tx.enqueue(WORK, found.arn)
    return changed
