"""What is forgotten of what happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anyio

from forecourt.platform.notify import subscriptions
from forecourt.services.elasticache import happenings
from forecourt.store.tx import Call, Tx
from tests.harness import World


def test_old_events_and_steps_go(
    world: World, caches: Any, later: Callable[[float], None], monkeypatch: Any
) -> None:
    monkeypatch.setattr(happenings, "STEPS_KEPT", 2)
    world.store.write_now(happenings.tell, happenings.GROUP, "shop", "made")
    for at in range(5):
        world.store.write_now(happenings.step, "arn", "f", "n", f"step {at}")
    later(15)
    world.store.write_now(happenings.forget)
    count = world.store.read_now(lambda tx: tx.value("SELECT count(*) FROM cache_event"))
    assert count == 0
    found = world.store.read_now(happenings.steps, "arn")
    assert [name for _, _, name, _ in found] == ["step 3", "step 4"]


def test_topics_are_told(world: World, caches: Any) -> None:
    topic = world.client("sns").create_topic(Name="caches")["TopicArn"]

    def listen(tx: Tx) -> None:
        subscriptions.create(tx, topic, "http", "http://127.0.0.1:9/", {}, 1)

    world.store.write_now(listen)
    caches.create_replication_group(
        ReplicationGroupId="shop", ReplicationGroupDescription="d", Engine="valkey",
        CacheNodeType="cache.t3.micro", NumCacheClusters=1, NotificationTopicArn=topic,
    )  # fmt: skip
    call = Call("elasticache", "Keep", "000000000000", "us-east-1")

    def happen(tx: Tx, _: Any) -> list[str]:
        happenings.tell(tx, happenings.GROUP, "shop", "Something nobody is told of")
        happenings.tell(tx, happenings.GROUP, "shop", "Failover from primary node a to b completed")
        happenings.tell(tx, happenings.CLUSTER, "shop-001", "Recovering cache nodes 0001")
        happenings.tell(tx, happenings.GROUP, "other", "Failover from primary node a completed")
        rows = tx.all("SELECT document FROM sns_message ORDER BY published, id")
        return [json.loads(json.loads(row[0])["text"]["default"]) for row in rows]

    told = anyio.run(world.store.write_for, call, happen, None)
    assert sorted(map(str, told)) == [
        "{'ElastiCache:CacheNodeReplaceStarted': 'shop-001'}",
        "{'ElastiCache:FailoverComplete': 'shop'}",
    ]
