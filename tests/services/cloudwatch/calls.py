"""Short ways to say what the tests of CloudWatch say often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.platform.measurements import stored
from forecourt.services.cloudwatch import evaluating
from tests.harness import World

NAMESPACE = "App"


def fault(call: Callable[..., Any], *args: Any, **params: Any) -> str:
    """The code of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(*args, **params)
    return str(raised.value.response["Error"]["Code"])


def now() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)


def ago(minutes: float) -> datetime:
    return now() - timedelta(minutes=minutes)


def put(
    cloudwatch: Any, name: str, *values: float, at: datetime | None = None, **more: Any
) -> None:
    data = [
        {"MetricName": name, "Value": value, **({"Timestamp": at} if at else {}), **more}
        for value in values
    ]
    cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)


def metric(name: str, stat: str = "Sum", period: int = 60, **more: Any) -> dict[str, Any]:
    return {
        "Metric": {"Namespace": NAMESPACE, "MetricName": name},
        "Stat": stat,
        "Period": period,
        **more,
    }


def data(cloudwatch: Any, *queries: dict[str, Any], minutes: int = 30, **options: Any) -> Any:
    return cloudwatch.get_metric_data(
        MetricDataQueries=list(queries), StartTime=ago(minutes), EndTime=now() + timedelta(minutes=1),
        **options,
    )  # fmt: skip


def alarm(cloudwatch: Any, name: str = "a", **members: Any) -> None:
    given = {
        "AlarmName": name, "Namespace": NAMESPACE, "MetricName": "m", "Statistic": "Maximum",
        "Period": 60, "EvaluationPeriods": 1, "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    wanted = {k: v for k, v in (given | members).items() if v is not None}
    cloudwatch.put_metric_alarm(**wanted)


def evaluate(world: World) -> int:
    """Let all alarms look that are due."""
    return world.work_off(stored.ALARMS, partial(evaluating.reconcile, world.store))


def state(cloudwatch: Any, name: str = "a") -> str:
    found: Any = cloudwatch.describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (one,) = found["MetricAlarms"] + found["CompositeAlarms"]
    return str(one["StateValue"])
