"""Global datastores, as far as there is one region: a primary without secondaries.

Nothing is replicated between regions here, and no secondary can join, so a global datastore stays `primary-only`,
a state that AWS has too. What is asked of it is done to its primary.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Redis-Global-Datastore.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from forecourt.aws.operations import Operations
from forecourt.planes.cache import slots
from forecourt.store.resources import Resource, at

from . import documents, groups, shards
from .stored import (
    AVAILABLE,
    GLOBALS,
    GROUPS,
    InvalidParameterCombination,
    InvalidParameterValue,
    errors,
    group,
    identifier,
    page,
    tags_of,
)

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
LONGEST = 40 - 6  # characters of a suffix
PREFIXES = {"us-east-1": "erpgt", "us-west-1": "virxk", "us-west-2": "sgaui"}


def prefix(region: str) -> str:
    """Each region has its own before the suffix that callers give."""
    made = base64.b32encode(hashlib.sha256(region.encode()).digest()).decode().lower()
    return PREFIXES.get(region) or "".join(c for c in made if c.isalpha())[:5]


@ops.write
def create_global_replication_group(
    tx: Tx, req: t.CreateGlobalReplicationGroupMessage
) -> t.CreateGlobalReplicationGroupResult:
    suffix = identifier(
        "GlobalReplicationGroupIdSuffix", req["GlobalReplicationGroupIdSuffix"], LONGEST
    )
    name = f"{prefix(tx.call.region)}-{suffix}"
    if GLOBALS.find(tx, name) is not None:
        raise errors.GlobalReplicationGroupAlreadyExistsFault(
            f"Global replication group {name} already exists."
        )
    primary = groups.demand_available(group(tx, req["PrimaryReplicationGroupId"]))
    if "Global" in primary.spec:
        raise InvalidParameterValue(
            f"Replication group {primary.name} is in a global replication group already."
        )
    if primary.spec["NodeType"].startswith("cache.t"):
        raise InvalidParameterValue(
            f"The node type {primary.spec['NodeType']} cannot be used in a global replication group."
        )
    if documents.durability(primary.spec) != "disabled":
        raise InvalidParameterValue("Durability and global replication groups exclude one another.")
    spec = {
        "Description": req.get("GlobalReplicationGroupDescription", ""),
        "Primary": primary.name,
        "Region": tx.call.region,
        "Arn": primary.arn,
    }
    GROUPS.change(tx, primary, spec={**primary.spec, "Global": name})
    made = GLOBALS.create(tx, name, spec, {}, tags_of(req))
    return {"GlobalReplicationGroup": document(tx, made)}


def get(tx: Tx, req: Mapping[str, Any]) -> Resource:
    name = req["GlobalReplicationGroupId"]
    return GLOBALS.get(tx, name.lower(), f"Global replication group {name} does not exist.")


@ops.read
def describe_global_replication_groups(
    tx: Tx, req: t.DescribeGlobalReplicationGroupsMessage
) -> t.DescribeGlobalReplicationGroupsResult:
    with_members = req.get("ShowMemberInfo", False)
    found = [get(tx, req)] if req.get("GlobalReplicationGroupId") else GLOBALS.all(tx)
    return page(  # type: ignore[return-value]
        "GlobalReplicationGroups",
        found,
        req,
        by=lambda each: each.name,
        show=lambda each: document(tx, each, with_members=with_members),
    )


@ops.write
def modify_global_replication_group(
    tx: Tx, req: t.ModifyGlobalReplicationGroupMessage
) -> t.ModifyGlobalReplicationGroupResult:
    found = changeable(tx, req)
    if "GlobalReplicationGroupDescription" in req:
        spec = {**found.spec, "Description": req["GlobalReplicationGroupDescription"]}
        found = GLOBALS.change(tx, found, spec=spec)
    members = (
        "CacheNodeType", "Engine", "EngineVersion", "CacheParameterGroupName", "AutomaticFailoverEnabled"
    )  # fmt: skip
    given = {member: value for member, value in req.items() if member in members}
    if given:
        asked = {"ReplicationGroupId": found.spec["Primary"], "ApplyImmediately": True, **given}
        groups.change(tx, cast("t.ModifyReplicationGroupMessage", asked))
    return {"GlobalReplicationGroup": document(tx, found)}


def changeable(tx: Tx, req: Mapping[str, Any]) -> Resource:
    """A global replication group whose primary can be changed now."""
    found = get(tx, req)
    if not req.get("ApplyImmediately"):
        raise InvalidParameterValue("ApplyImmediately must be true.")
    demand_here(tx, found)
    if (state := status(tx, found)) != "primary-only":
        raise errors.InvalidGlobalReplicationGroupStateFault(
            f"Global replication group {found.name} must be available; it is {state}."
        )
    return found


def demand_here(tx: Tx, found: Resource) -> None:
    if found.spec["Region"] != tx.call.region:
        raise InvalidParameterValue(f"The primary of {found.name} is in {found.spec['Region']}.")


@ops.write
def increase_node_groups_in_global_replication_group(
    tx: Tx, req: t.IncreaseNodeGroupsInGlobalReplicationGroupMessage
) -> t.IncreaseNodeGroupsInGlobalReplicationGroupResult:
    found = changeable(tx, req)
    asked: dict[str, Any] = {}
    for each in req.get("RegionalConfigurations", ()):
        if (each["ReplicationGroupId"], each["ReplicationGroupRegion"]) != (
            found.spec["Primary"],
            found.spec["Region"],
        ):
            raise InvalidParameterValue("RegionalConfigurations names a group that is no member.")
        asked["ReshardingConfiguration"] = each["ReshardingConfiguration"]
    return reshard(tx, found, req, asked, more=True)


@ops.write
def decrease_node_groups_in_global_replication_group(
    tx: Tx, req: t.DecreaseNodeGroupsInGlobalReplicationGroupMessage
) -> t.DecreaseNodeGroupsInGlobalReplicationGroupResult:
    found = changeable(tx, req)
    asked = {
        ours: [id.rpartition("-")[2] for id in req[theirs]]  # type: ignore[literal-required]
        for ours, theirs in (
            ("NodeGroupsToRemove", "GlobalNodeGroupsToRemove"),
            ("NodeGroupsToRetain", "GlobalNodeGroupsToRetain"),
        )
        if req.get(theirs)
    }
    return reshard(tx, found, req, asked, more=False)


def reshard(
    tx: Tx, found: Resource, req: Mapping[str, Any], asked: Mapping[str, Any], *, more: bool
) -> Any:
    count = req["NodeGroupCount"]
    now = len(group(tx, found.spec["Primary"]).spec["Shards"])
    if (count > now) != more or count == now:
        raise InvalidParameterValue(
            f"NodeGroupCount must be {'more' if more else 'less'} than the {now} node groups there are."
        )
    whole = {
        "ReplicationGroupId": found.spec["Primary"],
        "NodeGroupCount": count,
        "ApplyImmediately": True,
        **asked,
    }
    shards.reshard(tx, cast("t.ModifyReplicationGroupShardConfigurationMessage", whole))
    return {"GlobalReplicationGroup": document(tx, found)}


@ops.write
def rebalance_slots_in_global_replication_group(
    tx: Tx, req: t.RebalanceSlotsInGlobalReplicationGroupMessage
) -> t.RebalanceSlotsInGlobalReplicationGroupResult:
    found = changeable(tx, req)
    primary = group(tx, found.spec["Primary"])
    if not primary.spec["Clustered"]:
        raise InvalidParameterValue("Slots can be moved with cluster mode enabled alone.")
    have = {each["Id"]: slots.parsed(each["Slots"]) for each in primary.spec["Shards"]}
    goal = slots.balanced(have, list(have))
    moved = [{"Id": id, "Slots": slots.shown(slots.ranges(goal[id]))} for id in have]
    shards.modify(tx, primary, {**primary.spec, "Shards": moved})
    return {"GlobalReplicationGroup": document(tx, found)}


@ops.write
def disassociate_global_replication_group(
    tx: Tx, req: t.DisassociateGlobalReplicationGroupMessage
) -> t.DisassociateGlobalReplicationGroupResult:
    found = get(tx, req)
    member = (req["ReplicationGroupId"].lower(), req["ReplicationGroupRegion"])
    if member == (found.spec["Primary"], found.spec["Region"]):
        raise InvalidParameterCombination(
            "The primary cannot be disassociated; delete the global replication group and retain it."
        )
    raise InvalidParameterValue(f"{member[0]} in {member[1]} is no member of {found.name}.")


@ops.write
def failover_global_replication_group(
    tx: Tx, req: t.FailoverGlobalReplicationGroupMessage
) -> t.FailoverGlobalReplicationGroupResult:
    found = get(tx, req)
    member = (req["PrimaryReplicationGroupId"].lower(), req["PrimaryRegion"])
    if member == (found.spec["Primary"], found.spec["Region"]):
        raise InvalidParameterValue(f"{member[0]} is the primary already.")
    raise InvalidParameterValue(f"{member[0]} in {member[1]} is no member of {found.name}.")


@ops.write
def delete_global_replication_group(
    tx: Tx, req: t.DeleteGlobalReplicationGroupMessage
) -> t.DeleteGlobalReplicationGroupResult:
    found = get(tx, req)
    demand_here(tx, found)
    shown = document(tx, found) | {"Status": "deleting"}
    GLOBALS.remove(tx, found)
    primary = group(tx, found.spec["Primary"])
    GROUPS.change(tx, primary, spec={k: v for k, v in primary.spec.items() if k != "Global"})
    if not req["RetainPrimaryReplicationGroup"]:
        asked = {"ReplicationGroupId": found.spec["Primary"]}
        groups.delete_replication_group(tx, cast("t.DeleteReplicationGroupMessage", asked))
    return {"GlobalReplicationGroup": shown}


def status(tx: Tx, found: Resource) -> str:
    return "primary-only" if primary_of(tx, found).status["State"] == AVAILABLE else "modifying"


def primary_of(tx: Tx, found: Resource) -> Resource:
    primary = at(tx, found.spec["Arn"])
    assert primary is not None  # it cannot be deleted while it is in here
    return primary


def document(tx: Tx, found: Resource, *, with_members: bool = False) -> Any:
    primary = primary_of(tx, found)
    spec = primary.spec
    shown: dict[str, Any] = {
        "GlobalReplicationGroupId": found.name,
        "GlobalReplicationGroupDescription": found.spec["Description"],
        "Status": status(tx, found),
        "CacheNodeType": spec["NodeType"],
        "Engine": spec["Engine"],
        "EngineVersion": spec["Version"],
        "ClusterEnabled": spec["Clustered"],
        "AuthTokenEnabled": bool(spec.get("AuthTokens")),
        "TransitEncryptionEnabled": bool(spec["Tls"]),
        "AtRestEncryptionEnabled": spec.get("AtRest", False),
        "ARN": found.arn,
    }
    if spec["Clustered"]:
        shown["GlobalNodeGroups"] = [
            {"GlobalNodeGroupId": f"{found.name}-{each['Id']}", "Slots": each["Slots"]}
            for each in spec["Shards"]
        ]
    if with_members:
        shown["Members"] = [
            {
                "ReplicationGroupId": primary.name,
                "ReplicationGroupRegion": found.spec["Region"],
                "Role": "PRIMARY",
                "AutomaticFailover": "enabled" if spec["AutomaticFailover"] else "disabled",
                "Status": "associated",
            }
        ]
    return shown
