"""Data that come from a server elsewhere, online, into a group without shards.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/OnlineMigration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource

from . import documents
from .groups import demand_available
from .happenings import GROUP, tell
from .stored import (
    GROUPS,
    MODIFYING,
    WORK,
    InvalidParameterCombination,
    InvalidParameterValue,
    errors,
    group,
)

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
# A group's status["Migration"] has its source, and one of these.
STARTING, IN_SYNC, COMPLETING = "starting", "in-sync", "completing"


@ops.write
def test_migration(tx: Tx, req: t.TestMigrationMessage) -> t.TestMigrationResponse:
    found = target(tx, req)
    status = {**found.status, "State": MODIFYING, "MigrationTest": endpoint(req)}
    return {"ReplicationGroup": documents.group(tx, begin(tx, found, status))}


@ops.write
def start_migration(tx: Tx, req: t.StartMigrationMessage) -> t.StartMigrationResponse:
    refuse_serverless(req)
    found = target(tx, req)
    going = {"From": endpoint(req), "State": STARTING, "Force": False}
    tell(tx, GROUP, found.name, f"Migration to replication group {found.name} started")
    status = {**found.status, "State": MODIFYING, "Migration": going}
    return {"ReplicationGroup": documents.group(tx, begin(tx, found, status))}


@ops.write
def complete_migration(tx: Tx, req: t.CompleteMigrationMessage) -> t.CompleteMigrationResponse:
    refuse_serverless(req)
    found = group(tx, req.get("ReplicationGroupId", ""))
    going = found.status.get("Migration")
    if going is None:
        raise errors.ReplicationGroupNotUnderMigrationFault(
            f"Replication group {found.name} is not under migration."
        )
    force = req.get("Force", False)
    if going["State"] == STARTING and not force:
        raise errors.InvalidReplicationGroupStateFault(
            f"The data of replication group {found.name} are not in sync with the source yet."
        )
    status = {**found.status, "Migration": {**going, "State": COMPLETING, "Force": force}}
    return {"ReplicationGroup": documents.group(tx, begin(tx, found, status))}


@ops.read
def prepare_migration(tx: Tx, req: t.PrepareMigrationRequest) -> t.PrepareMigrationResponse:
    raise InvalidParameterValue("Migration to serverless caches is not implemented.")


@ops.read
def stop_migration(tx: Tx, req: t.StopMigrationRequest) -> t.StopMigrationResponse:
    raise InvalidParameterValue("Migration to serverless caches is not implemented.")


def refuse_serverless(req: Mapping[str, Any]) -> None:
    for member in ("ServerlessCacheName", "AutoCutover", "ClearTargetCacheData"):
        if req.get(member):
            raise InvalidParameterValue(
                f"Migration to serverless caches is not implemented; leave {member} out."
            )


def target(tx: Tx, req: Mapping[str, Any]) -> Resource:
    """The group that data are to come to, which must be able to."""
    found = group(tx, req.get("ReplicationGroupId", ""))
    if "Migration" in found.status:
        raise errors.ReplicationGroupAlreadyUnderMigrationFault(
            f"Replication group {found.name} is under migration already."
        )
    if found.spec["Clustered"]:
        raise InvalidParameterCombination(
            "Data are migrated to replication groups with cluster mode disabled."
        )
    return demand_available(found)


def endpoint(req: Mapping[str, Any]) -> list[Any]:
    given = req.get("CustomerNodeEndpointList", ())
    if len(given) != 1:
        raise InvalidParameterValue("CustomerNodeEndpointList has one element.")
    address, port = given[0].get("Address", ""), given[0].get("Port", 6379)
    if not address or not 1 <= port <= 65535:
        raise InvalidParameterValue("The endpoint has an Address, and a Port of 1 to 65535.")
    return [address, port]


def begin(tx: Tx, found: Resource, status: Mapping[str, Any]) -> Resource:
    tx.enqueue(WORK, found.arn)
    return GROUPS.change(tx, found, spec=found.spec, status=status)
