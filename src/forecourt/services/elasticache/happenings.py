"""What happened: events that DescribeEvents tells, and the steps of failovers.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ECEvents.html
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from forecourt.platform.notify import publishing
from forecourt.store.resources import at

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

GROUP, CLUSTER = "replication-group", "cache-cluster"
SERVERLESS_CACHE, SERVERLESS_SNAPSHOT = "serverless-cache", "serverless-cache-snapshot"
PARAMETERS, SUBNETS = "cache-parameter-group", "cache-subnet-group"
USER, USER_GROUP = "user", "user-group"
KEPT = 14 * 86400.0  # seconds
STEPS_KEPT = 1000  # of a cache


def tell(tx: Tx, source_type: str, source: str, message: str) -> None:
    """Something happened to what the caller, or whoever is acted for, has."""
    tx.run(
        "INSERT INTO cache_event (account, region, source_type, source, message, date)"
        " VALUES (:account, :region, :type, :source, :message, :date)",
        account=tx.call.account,
        region=tx.call.region,
        type=source_type,
        source=source,
        message=message,
        date=tx.now.timestamp(),
    )
    notify(tx, source_type, source, message)


# What topics are told of, by how its text begins.
NOTIFIED = {
    "Cache cluster created": "CacheClusterProvisioningComplete",
    "Replication group created": "CacheClusterProvisioningComplete",
    "The cache could not be": "CreateReplicationGroupFailed",
    "Failover from primary": "FailoverComplete",
    "Recovering cache nodes": "CacheNodeReplaceStarted",
    "Finished recovery": "CacheNodeReplaceComplete",
    "Added cache node": "AddCacheNodeComplete",
    "Removed cache node": "RemoveCacheNodeComplete",
    "Snapshot succeeded": "SnapshotComplete",
    "Snapshot failed": "SnapshotFailed",
}
SERVICE = "elasticache.amazonaws.com"


def notify(tx: Tx, source_type: str, source: str, message: str) -> None:
    """Tell the topic of a cache, where it has one.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ElastiCacheSNS.html
    """
    name = next((each for text, each in NOTIFIED.items() if message.startswith(text)), None)
    if name is None or source_type not in (GROUP, CLUSTER):
        return
    arn = arn_of(tx, source_type, source)
    found = at(tx, arn)
    if found is not None and "Group" in found.spec:
        found = at(tx, arn_of(tx, GROUP, found.spec["Group"]))
    if found is not None and (topic := found.spec.get("Topic")):
        text = json.dumps({f"ElastiCache:{name}": source})
        subject, account = "ElastiCache Notification", tx.call.account
        publishing.by_service(tx, SERVICE, topic, text, subject, arn, account)


def arn_of(tx: Tx, source_type: str, source: str) -> str:
    kind = "replicationgroup" if source_type == GROUP else "cluster"
    return f"arn:aws:elasticache:{tx.call.region}:{tx.call.account}:{kind}:{source}"


def forget(tx: Tx) -> None:
    tx.run("DELETE FROM cache_event WHERE date < :until", until=tx.now.timestamp() - KEPT)
    for (owner,) in tx.all("SELECT owner FROM cache_step GROUP BY owner"):
        last = tx.value(
            "SELECT id FROM cache_step WHERE owner = :owner ORDER BY id DESC LIMIT 1 OFFSET :kept",
            owner=owner,
            kept=STEPS_KEPT,
        )
        if last is not None:
            tx.run(
                "DELETE FROM cache_step WHERE owner = :owner AND id <= :last",
                owner=owner,
                last=last,
            )


def step(tx: Tx, owner: str, failover: str, node: str, name: str, at: float | None = None) -> None:
    """A step of a failover, at a time of the real clock."""
    tx.run(
        "INSERT INTO cache_step (owner, failover, node, name, at)"
        " VALUES (:owner, :failover, :node, :name, :at)",
        owner=owner,
        failover=failover,
        node=node,
        name=name,
        at=time.time() if at is None else at,
    )


def steps(tx: Tx, owner: str) -> list[tuple[str, str, str, float]]:
    """The failovers of a cache: which, of what node, the step, when."""
    rows = tx.all(
        "SELECT failover, node, name, at FROM cache_step WHERE owner = :owner ORDER BY id",
        owner=owner,
    )
    return [(str(f), str(n), str(s), float(at)) for f, n, s, at in rows]
