"""GetMetricData: series, expressions, pages."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import ago, data, fault, metric, put


def test_series_and_expressions(cloudwatch: Any) -> None:
    for minute in range(1, 6):
        put(cloudwatch, "m", float(minute), at=ago(minute))
    put(cloudwatch, "n", 10.0, at=ago(2))
    found = data(
        cloudwatch,
        {"Id": "m1", "MetricStat": metric("m")},
        {"Id": "m2", "MetricStat": metric("n"), "ReturnData": False},
        {"Id": "e2", "Expression": "e1 * 2", "Label": "twice"},
        {"Id": "e1", "Expression": "m1 + m2"},
        {"Id": "all", "Expression": "METRICS()"},
    )["MetricDataResults"]
    by_id = {(each["Id"], each["Label"]): each for each in found}
    assert by_id["m1", "m"]["Values"] == [1, 2, 3, 4, 5]  # the newest first
    assert by_id["e2", "twice"]["Values"] == [24]
    assert by_id["e2", "twice"]["Timestamps"] == [ago(2)]
    assert by_id["all", "all n"]["Values"] == [10]
    assert all(each["StatusCode"] == "Complete" for each in found)
    assert "m2" not in {each["Id"] for each in found}


def test_order_and_pages(cloudwatch: Any) -> None:
    for minute in range(1, 8):
        put(cloudwatch, "m", float(minute), at=ago(minute))
        put(cloudwatch, "n", float(-minute), at=ago(minute))
    queries = [{"Id": f"q{n}", "MetricStat": metric(n)} for n in "mn"]
    values: dict[str, list[float]] = {"qm": [], "qn": []}
    token: dict[str, Any] = {}
    pages = 0
    while True:
        page = data(cloudwatch, *queries, MaxDatapoints=5, ScanBy="TimestampAscending", **token)
        pages += 1
        assert sum(len(each["Values"]) for each in page["MetricDataResults"]) <= 5
        for each in page["MetricDataResults"]:
            values[each["Id"]] += each["Values"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert pages == 3
    assert values == {"qm": [7, 6, 5, 4, 3, 2, 1], "qn": [-7, -6, -5, -4, -3, -2, -1]}


def test_periods_are_aligned(cloudwatch: Any) -> None:
    put(cloudwatch, "m", 1.0, at=ago(1))
    (found,) = data(cloudwatch, {"Id": "m1", "MetricStat": metric("m", period=300)})[
        "MetricDataResults"
    ]
    assert found["Timestamps"][0].minute % 5 == 0


def test_nothing_where_there_is_nothing(cloudwatch: Any) -> None:
    (found,) = data(cloudwatch, {"Id": "m1", "MetricStat": metric("none")})["MetricDataResults"]
    assert (found["Values"], found["StatusCode"]) == ([], "Complete")


@pytest.mark.parametrize(
    "queries",
    [
        [],
        [{"Id": "M1", "MetricStat": metric("m")}],
        [{"Id": "m1", "MetricStat": metric("m")}] * 2,
        [{"Id": "m1"}],
        [{"Id": "m1", "MetricStat": metric("m"), "Expression": "1"}],
        [{"Id": "m1", "MetricStat": metric("m"), "ReturnData": False}],
        [{"Id": "m1", "MetricStat": metric("m", "tm99")}],
        [{"Id": "m1", "MetricStat": metric("m", period=61)}],
        [{"Id": "e1", "Expression": "1 +"}],
        [{"Id": "e1", "Expression": "m1"}],
        [{"Id": "e1", "Expression": "e2"}, {"Id": "e2", "Expression": "e1"}],
        [{"Id": "m1", "MetricStat": metric("m"), "AccountId": "1"}],
        [{"Id": f"m{n}", "MetricStat": metric("m")} for n in range(501)],
    ],
)
def test_queries_that_are_none(cloudwatch: Any, queries: list[Any]) -> None:
    assert fault(data, cloudwatch, *queries).startswith(("InvalidParameterValue", "Validation"))


def test_tokens_that_are_none(cloudwatch: Any) -> None:
    one = {"Id": "m1", "MetricStat": metric("m")}
    for token in ("x", "WzEsIC0xXQ==", "e30="):
        assert fault(data, cloudwatch, one, NextToken=token) == "InvalidNextToken"


def test_ranges_are_bounded(cloudwatch: Any) -> None:
    query = {"Id": "m", "MetricStat": metric("m")}
    assert fault(data, cloudwatch, query, minutes=200_000) == "ValidationError"
    assert fault(data, cloudwatch, {"Id": "e", "Expression": "TIME_SERIES(1)"}, minutes=2_000_000)
