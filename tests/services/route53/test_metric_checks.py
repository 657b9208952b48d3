"""Health checks and CloudWatch: an alarm's data decides, and DNS answers by it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from forecourt.platform.measurements import alarms, stored
from forecourt.services.cloudwatch import evaluating
from forecourt.services.route53 import metric_checks
from tests.harness import World

from .calls import bare, change, create


@pytest.fixture
def cloudwatch(world: World) -> Any:
    return world.client("cloudwatch")


def alarm(cloudwatch: Any, **more: Any) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName="a", Namespace="App", MetricName="m", Statistic="Maximum", Period=60,
        EvaluationPeriods=1, Threshold=5.0, ComparisonOperator="GreaterThanThreshold", **more,
    )  # fmt: skip


def check(route53: Any, reference: str = "r", **more: Any) -> str:
    config = {
        "Type": "CLOUDWATCH_METRIC",
        "AlarmIdentifier": {"Region": "us-east-1", "Name": "a"},
        **more,
    }
    made = route53.create_health_check(CallerReference=reference, HealthCheckConfig=config)
    return str(made["HealthCheck"]["Id"])


def put(cloudwatch: Any, value: float) -> None:
    cloudwatch.put_metric_data(Namespace="App", MetricData=[{"MetricName": "m", "Value": value}])


def settle(world: World) -> None:
    world.work_off(stored.ALARMS, partial(evaluating.reconcile, world.store))
    world.work_off(alarms.CHANGED, partial(metric_checks.reconcile, world.store))


def answers(world: World) -> list[str]:
    found = world.ask("www.example.com.").answer
    return [each.to_text() for rrset in found for each in rrset]


def test_a_metric_turns_an_answer(world: World, route53: Any, cloudwatch: Any) -> None:
    alarm(cloudwatch, TreatMissingData="notBreaching")
    id = check(route53)
    zone = bare(create(route53, "example.com"))
    for set_, address, more in (
        ("PRIMARY", "192.0.2.1", {"HealthCheckId": id}),
        ("SECONDARY", "192.0.2.2", {}),
    ):
        record = {
            "Name": "www.example.com", "Type": "A", "TTL": 5, "SetIdentifier": set_,
            "Failover": set_, "ResourceRecords": [{"Value": address}], **more,
        }  # fmt: skip
        change(route53, zone, ("CREATE", record))
    settle(world)
    assert answers(world) == ["192.0.2.1"]
    put(cloudwatch, 9.0)
    settle(world)
    assert answers(world) == ["192.0.2.2"]
    # That somebody sets a state changes nothing: it is the metric that is watched.
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="r")
    settle(world)
    assert answers(world) == ["192.0.2.2"]
    cloudwatch.delete_alarms(AlarmNames=["a"])


@pytest.mark.parametrize(
    ("given", "healthy"), [("Healthy", 1.0), ("Unhealthy", 0.0), ("LastKnownStatus", 1.0)]
)
def test_without_data(
    world: World, route53: Any, cloudwatch: Any, given: str, healthy: float
) -> None:
    alarm(cloudwatch)
    check(route53, InsufficientDataHealthStatus=given)
    settle(world)
    world.store.write_now(metric_checks.measure)
    assert measured(cloudwatch, "HealthCheckStatus") == healthy


def measured(cloudwatch: Any, name: str) -> float:
    (metric,) = cloudwatch.list_metrics(Namespace="AWS/Route53", MetricName=name)["Metrics"]
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    found = cloudwatch.get_metric_statistics(
        Namespace="AWS/Route53", MetricName=name, Dimensions=metric["Dimensions"],
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1), Period=86400,
        Statistics=["Average"],
    )  # fmt: skip
    return float(found["Datapoints"][-1]["Average"])


def test_what_checks_are_made_of_is_measured(world: World, route53: Any, cloudwatch: Any) -> None:
    child = check(route53, InsufficientDataHealthStatus="Unhealthy")
    config = {"Type": "CALCULATED", "ChildHealthChecks": [child], "HealthThreshold": 1}
    route53.create_health_check(CallerReference="c", HealthCheckConfig=config)
    settle(world)
    world.store.write_now(metric_checks.measure)
    assert measured(cloudwatch, "ChildHealthCheckHealthyCount") == 0
    names = {each["MetricName"] for each in cloudwatch.list_metrics()["Metrics"]}
    assert names == {"HealthCheckStatus", "ChildHealthCheckHealthyCount"}
