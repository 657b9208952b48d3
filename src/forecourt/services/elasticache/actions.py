"""ElastiCache as IAM sees it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticache.html
"""

from __future__ import annotations

from forecourt.aws.operations import Operations
from forecourt.platform.identity.actions import Action, Authorization, on

from . import (
    clusters,
    events,
    global_groups,
    groups,
    migrations,
    parameter_groups,
    security_groups,
    serverless,
    shards,
    snapshots,
    subnet_groups,
    tags,
    users,
    versions,
)

MODULES = (
    clusters, events, global_groups, groups, migrations, parameter_groups, security_groups, serverless, shards, snapshots,
    subnet_groups, tags, users, versions,
)  # fmt: skip
TABLES: tuple[Operations, ...] = tuple(module.ops for module in MODULES)
HERE = "arn:aws:elasticache:{region}:{account}"
GLOBAL = on("arn:aws:elasticache::{account}:globalreplicationgroup:{GlobalReplicationGroupId}")
GROUP = on(f"{HERE}:replicationgroup:{{ReplicationGroupId}}")
CLUSTER = on(f"{HERE}:cluster:{{CacheClusterId}}")
PARAMETERS = on(f"{HERE}:parametergroup:{{CacheParameterGroupName}}")
SUBNETS = on(f"{HERE}:subnetgroup:{{CacheSubnetGroupName}}")
SNAPSHOT = on(f"{HERE}:snapshot:{{SnapshotName}}")
TAGGED = on("{ResourceName}")
SERVERLESS = on(f"{HERE}:serverlesscache:{{ServerlessCacheName}}")
SERVERLESS_SNAPSHOT = on(f"{HERE}:serverlesscachesnapshot:{{ServerlessCacheSnapshotName}}")
BY_WORD = (
    ("CopyServerlessCacheSnapshot", on(f"{HERE}:serverlesscachesnapshot:{{SourceServerlessCacheSnapshotName}}")),
    ("ServerlessCacheSnapshot", SERVERLESS_SNAPSHOT), ("ServerlessCache", SERVERLESS),
    ("CreateGlobalReplicationGroup", on(f"{HERE}:replicationgroup:{{PrimaryReplicationGroupId}}")),
    ("GlobalReplicationGroup", GLOBAL), ("SecurityGroup", on("*")),
    ("UserGroup", on(f"{HERE}:usergroup:{{UserGroupId}}")), ("User", on(f"{HERE}:user:{{UserId}}")),
    ("TagsToResource", TAGGED), ("TagsFromResource", TAGGED), ("TagsForResource", TAGGED),
    ("CacheParameter", PARAMETERS), ("CacheSubnetGroup", SUBNETS), ("CacheCluster", CLUSTER),
    ("Snapshot", SNAPSHOT), ("ReplicationGroup", GROUP), ("ReplicaCount", GROUP), ("Migration", GROUP), ("TestFailover", GROUP),
)  # fmt: skip


def action(operation: str) -> Action:
    return next((found for word, found in BY_WORD if word in operation), on("*"))


ACTIONS: dict[str, Action] = {name: action(name) for table in TABLES for name in table.table}
AUTHORIZATION = Authorization("elasticache", ACTIONS)
