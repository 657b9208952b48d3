"""forecourt cache: nodes and timelines."""

from __future__ import annotations

import json

from forecourt.cli.cache import described
from forecourt.cli.common import aws_client, open_here
from forecourt.services.elasticache import happenings
from forecourt.store.tx import Tx
from tests.cli.conftest import Running


def test_a_failover_is_told_from_its_start() -> None:
    told = described([("f", "shop-002", "detected", 10.0), ("f", "shop-002", "promoted", 10.25)])
    assert told["primary"] == "shop-002" and told["at"] == "1970-01-01T00:00:10.000+00:00"
    assert told["steps"] == [
        {"name": "detected", "seconds": 0.0},
        {"name": "promoted", "seconds": 0.25},
    ]


def test_nodes_are_listed_and_failovers_told(up: Running) -> None:
    caches = aws_client(up.data, "elasticache")
    caches.create_replication_group(
        ReplicationGroupId="listed", ReplicationGroupDescription="d", Engine="valkey",
        CacheNodeType="cache.t3.micro", NumCacheClusters=1,
    )  # fmt: skip
    try:
        (node,) = json.loads(up.run("cache", "list", "--json").output)
        assert (node["cluster"], node["role"]) == ("listed-001", "primary")
        assert "listed-001" in up.run("cache", "list").output
        note(up, f"arn:aws:elasticache:us-east-1:000000000000:replicationgroup:{node['cache']}")
        said = up.run("cache", "timeline", "LISTED").output
        assert "listed-001 became primary" in said and "promoted" in said
        (told,) = json.loads(up.run("cache", "timeline", "listed", "--json").output)
        assert told["primary"] == "listed-001"
        assert up.run("cache", "timeline", "none").exit_code == 1
    finally:
        caches.delete_replication_group(ReplicationGroupId="listed")


def note(up: Running, owner: str) -> None:
    def steps(tx: Tx) -> None:
        for name, at in (("detected", 1.0), ("promoted", 1.5)):
            happenings.step(tx, owner, "f", "listed-001", name, at)

    store = open_here(up.data)
    try:
        store.write_now(steps)
    finally:
        store.close()
