"""What IAM is asked about each operation."""

from __future__ import annotations

from forecourt.services.elasticache.actions import (
    ACTIONS,
    CLUSTER,
    GROUP,
    PARAMETERS,
    TABLES,
    TAGGED,
)


def test_each_operation_is_on_what_it_is_about() -> None:
    assert ACTIONS.keys() == {name for table in TABLES for name in table.table}
    assert ACTIONS["TestFailover"] is GROUP and ACTIONS["IncreaseReplicaCount"] is GROUP
    assert ACTIONS["RebootCacheCluster"] is CLUSTER
    assert ACTIONS["DescribeCacheParameters"] is PARAMETERS
    assert ACTIONS["AddTagsToResource"] is TAGGED
