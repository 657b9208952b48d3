"""Metrics put, listed, and their statistics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .calls import NAMESPACE, ago, fault, now, put


def statistics(
    cloudwatch: Any, name: str, *wanted: str, period: int = 60, **more: Any
) -> list[Any]:
    found = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE, MetricName=name, StartTime=ago(60), EndTime=now() + timedelta(minutes=1),
        Period=period, **({"Statistics": list(wanted)} if wanted else {}), **more,
    )  # fmt: skip
    return sorted(found["Datapoints"], key=lambda each: each["Timestamp"])


def test_statistics(cloudwatch: Any) -> None:
    put(cloudwatch, "m", 1.0, 3.0, 8.0, at=ago(10))
    put(cloudwatch, "m", 5.0, at=ago(8))
    every = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
    one, other = statistics(cloudwatch, "m", *every)
    assert [one[name] for name in every] == [3, 12, 4, 1, 8]
    assert one["Timestamp"] == ago(10)
    assert other["Sum"] == 5
    year = 3600 * 24 * 365  # no midnight is between
    (together,) = statistics(cloudwatch, "m", "Sum", period=year)
    assert together["Sum"] == 17
    (median,) = statistics(cloudwatch, "m", period=year, ExtendedStatistics=["p50"])
    assert median["ExtendedStatistics"]["p50"] == pytest.approx(3, rel=0.02)


def test_values_with_counts_and_sets(cloudwatch: Any) -> None:
    cloudwatch.put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {"MetricName": "m", "Values": [1.0, 2.0], "Counts": [3.0, 1.0]},
            {
                "MetricName": "m",
                "StatisticValues": {"SampleCount": 2, "Sum": 20, "Minimum": 5, "Maximum": 15},
            },
        ],
    )
    found = statistics(cloudwatch, "m", "SampleCount", "Sum", "Maximum", period=86400)
    assert sum(each["SampleCount"] for each in found) == 6
    assert sum(each["Sum"] for each in found) == 25
    assert max(each["Maximum"] for each in found) == 15


def test_units_are_streams_of_their_own(cloudwatch: Any) -> None:
    put(cloudwatch, "m", 1.0, Unit="Seconds")
    put(cloudwatch, "m", 2.0, Unit="Bytes")
    found = statistics(cloudwatch, "m", "Sum")
    assert {each["Unit"]: each["Sum"] for each in found} == {"Seconds": 1, "Bytes": 2}
    assert [each["Sum"] for each in statistics(cloudwatch, "m", "Sum", Unit="Bytes")] == [2]
    assert len(cloudwatch.list_metrics()["Metrics"]) == 1


def test_lists(cloudwatch: Any) -> None:
    for name, value in (("a", "1"), ("a", "2"), ("b", "1")):
        put(cloudwatch, name, 1.0, Dimensions=[{"Name": "d", "Value": value}])
    cloudwatch.put_metric_data(Namespace="Other", MetricData=[{"MetricName": "a", "Value": 1}])
    assert len(cloudwatch.list_metrics()["Metrics"]) == 4
    assert len(cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]) == 3
    assert len(cloudwatch.list_metrics(MetricName="a")["Metrics"]) == 3
    assert len(cloudwatch.list_metrics(Dimensions=[{"Name": "d"}])["Metrics"]) == 3
    (one,) = cloudwatch.list_metrics(
        MetricName="a", Dimensions=[{"Name": "d", "Value": "2"}], RecentlyActive="PT3H"
    )["Metrics"]
    assert one["Dimensions"] == [{"Name": "d", "Value": "2"}]


def test_lists_by_pages(cloudwatch: Any) -> None:
    for start in (0, 300):
        cloudwatch.put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[{"MetricName": f"m{n}", "Value": 1} for n in range(start, start + 300)],
        )
    pages = list(cloudwatch.get_paginator("list_metrics").paginate(Namespace=NAMESPACE))
    assert [len(page["Metrics"]) for page in pages] == [500, 100]
    assert len({m["MetricName"] for page in pages for m in page["Metrics"]}) == 600


@pytest.mark.parametrize(
    "datum",
    [
        {},
        {"Value": float("nan")},
        {"Value": float("inf")},
        {"Value": 1e200},
        {"Value": 1, "Values": [1]},
        {"Values": []},
        {"Values": [1, 2], "Counts": [1]},
        {"Values": [1], "Counts": [-1]},
        {"Values": list(range(151))},
        {"StatisticValues": {"SampleCount": 0, "Sum": 0, "Minimum": 0, "Maximum": 0}},
        {"StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 5, "Maximum": 1}},
        {"Value": 1, "Timestamp": ago(15 * 24 * 60)},
        {"Value": 1, "Timestamp": now() + timedelta(hours=3)},
        {"Value": 1, "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]},
        {"Value": 1, "Dimensions": [{"Name": ":a", "Value": "1"}]},
        {"Value": 1, "Dimensions": [{"Name": "a", "Value": " "}]},
        {"Value": 1, "Dimensions": [{"Name": "ä", "Value": "1"}]},
        {"Value": 1, "MetricName": " "},
    ],
)
def test_data_that_is_none(cloudwatch: Any, datum: dict[str, Any]) -> None:
    code = fault(
        cloudwatch.put_metric_data,
        Namespace=NAMESPACE,
        MetricData=[{"MetricName": "m", **datum}],
    )
    assert code in (
        "InvalidParameterValue", "MissingParameter", "InvalidParameterCombination",
        "InvalidParameterValueException", "MissingRequiredParameterException",
        "InvalidParameterCombinationException",
    )  # fmt: skip
    assert cloudwatch.list_metrics()["Metrics"] == []


def test_bounds(cloudwatch: Any) -> None:
    many = [{"MetricName": "m", "Value": 1}] * 1001
    assert fault(cloudwatch.put_metric_data, Namespace=NAMESPACE, MetricData=many)
    wide = [{"Name": f"d{n}", "Value": "v"} for n in range(31)]
    given = [{"MetricName": "m", "Value": 1, "Dimensions": wide}]
    assert fault(cloudwatch.put_metric_data, Namespace=NAMESPACE, MetricData=given)
    for namespace in ("AWS/EC2", ":a"):
        one = [{"MetricName": "m", "Value": 1}]
        assert fault(cloudwatch.put_metric_data, Namespace=namespace, MetricData=one)


def test_questions_that_are_none(cloudwatch: Any) -> None:
    good = {
        "Namespace": NAMESPACE, "MetricName": "m", "StartTime": ago(10), "EndTime": now(),
        "Period": 60, "Statistics": ["Sum"],
    }  # fmt: skip
    for wrong in (
        {"Period": 30},
        {"StartTime": now()},
        {"StartTime": ago(1441 + 60)},
        {"ExtendedStatistics": ["p50"]},
    ):
        assert fault(cloudwatch.get_metric_statistics, **(good | wrong))
    for name in ("p101", "tm90", "Sum", "median"):
        extended = {k: v for k, v in good.items() if k != "Statistics"}
        assert fault(cloudwatch.get_metric_statistics, **extended, ExtendedStatistics=[name])
