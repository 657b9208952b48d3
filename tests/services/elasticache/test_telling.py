"""What engines that run count and log is told and delivered."""

from __future__ import annotations

import math
from typing import Any

import pytest

from forecourt.platform.metrics import CACHE_NODES
from forecourt.services.elasticache import telling
from tests.services.elasticache.calls import Keeping, group
from tests.services.elasticache.test_logs import SLOW, TO

ENGINE = {"LogType": "engine-log", "LogFormat": "text", **TO}


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MEASURED", 0.1)


def test_engines_that_run_are_measured(often: None, caches: Any, keeping: Keeping) -> None:
    def of(name: str) -> dict[str, float]:
        (family,) = CACHE_NODES.collect()
        return {e.labels["cluster"]: e.value for e in family.samples if e.labels["metric"] == name}

    group(caches, "seen")
    keeping.available("seen")
    primary = next(each for each in keeping.nodes("seen") if each.role == "primary")
    with keeping.client(primary) as client:
        client.set("a", "1")
        keeping.wait(lambda: of("CurrItems").get(primary.cluster) == 1)
        assert client.get("a") == "1"
        keeping.wait(lambda: of("CacheHits").get(primary.cluster, 0) > 0 or client.get("a") is None)
    assert sum(of("IsMaster").values()) >= 1
    cloudwatch = keeping.world.client("cloudwatch")

    def told() -> list[str]:
        found = cloudwatch.list_metrics(
            Namespace="AWS/ElastiCache",
            Dimensions=[{"Name": "CacheClusterId", "Value": primary.cluster}],
        )
        return [each["MetricName"] for each in found["Metrics"]]

    keeping.wait(lambda: {"CacheHits", "CPUUtilization", "CurrItems"} <= set(told()))
    caches.delete_replication_group(ReplicationGroupId="seen")
    keeping.wait(lambda: math.isnan(of("CurrItems")[primary.cluster]))


def test_what_engines_log_is_delivered(often: None, caches: Any, keeping: Keeping) -> None:
    caches.create_cache_parameter_group(
        CacheParameterGroupName="slow", CacheParameterGroupFamily="valkey9", Description="d"
    )
    caches.modify_cache_parameter_group(
        CacheParameterGroupName="slow",
        ParameterNameValues=[{"ParameterName": "slowlog-log-slower-than", "ParameterValue": "0"}],
    )
    made = group(caches, CacheParameterGroupName="slow", LogDeliveryConfigurations=[SLOW, ENGINE])
    assert [e["LogType"] for e in made["LogDeliveryConfigurations"]] == ["engine-log", "slow-log"]
    keeping.available()
    with keeping.client(keeping.role("primary")) as client:
        client.set("a", "1")
    folder = keeping.logs / "a%2Fb"

    def of(name: str) -> str:
        path = folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    keeping.wait(lambda: '"SET ... (2 more arguments)"' in of("slow-log"))
    keeping.wait(lambda: "Ready to accept connections" in of("engine-log"))
    caches.modify_replication_group(
        ReplicationGroupId="shop",
        LogDeliveryConfigurations=[{"LogType": "slow-log", "Enabled": False}],
        ApplyImmediately=True,
    )
    left = keeping.available()["LogDeliveryConfigurations"]
    assert [each["LogType"] for each in left] == ["engine-log"]
