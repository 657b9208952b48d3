"""The days that certificates have to go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from forecourt.services.acm import measuring
from forecourt.store.tx import Tx
from tests.harness import World


def test_days_to_expiry(world: World) -> None:
    def fill(tx: Tx) -> None:
        for id, ahead in (("new", 100.5), ("old", -1.0)):
            tx.run(
                "INSERT INTO acm_certificate (id, account, region, domain, status, type, algorithm,"
                " created, not_after, exported, chain, spec, state, tags) VALUES (:id,"
                " '000000000000', 'us-east-1', 'a', 'ISSUED', 'IMPORTED', 'RSA_2048', 0, :until,"
                " :no, '', '{}', '{}', '{}')",
                id=id,
                until=tx.now.timestamp() + ahead * 86400,
                no=False,
            )
        measuring.measure(tx)

    world.store.write_now(fill)
    cloudwatch = world.client("cloudwatch")
    (metric,) = cloudwatch.list_metrics(Namespace="AWS/CertificateManager")["Metrics"]
    assert metric["Dimensions"][0]["Value"].endswith(":certificate/new")
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_statistics(
        Namespace="AWS/CertificateManager", MetricName="DaysToExpiry",
        Dimensions=metric["Dimensions"], StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1), Period=86400, Statistics=["Minimum"],
    )  # fmt: skip
    assert found["Datapoints"][0]["Minimum"] == 100
