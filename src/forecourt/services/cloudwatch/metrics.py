"""Metrics: put, listed, and their statistics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.measurements import points, stored
from forecourt.platform.measurements.alarms import errors
from forecourt.platform.measurements.stored import Datum, Dimensions, Metric, minute_of

from . import statistics

if TYPE_CHECKING:
    from forecourt.aws.types import cloudwatch as t
    from forecourt.store.tx import Tx

ops = Operations("cloudwatch")
NAMESPACE = re.compile(r"[^:\x00-\x1f][^\x00-\x1f]{0,254}\Z")
MOST_DATA, MOST_VALUES, MOST_DIMENSIONS = 1000, 150, 30
PAST, FUTURE = timedelta(days=14), timedelta(hours=2)
LARGEST = 2.0**360
PAGE = 500
MOST_POINTS = 1440  # that GetMetricStatistics answers


@ops.write
def put_metric_data(tx: Tx, req: t.PutMetricDataInput) -> None:
    """Add data to metrics, which begin with their first.  InvalidParameterValue, ..."""
    namespace = req["Namespace"]
    if namespace.startswith("AWS/"):
        raise errors.InvalidParameterValueException(
            "The value AWS/ for parameter Namespace is invalid: namespaces that begin with AWS/ are of"
            " services."
        )
    if NAMESPACE.match(namespace) is None:
        raise errors.InvalidParameterValueException("The value for parameter Namespace is invalid.")
    given: list[Any] = list(req.get("MetricData", []))
    for entity in req.get("EntityMetricData", []):
        given += entity.get("MetricData", [])
    if not given:
        raise errors.MissingRequiredParameterException("The parameter MetricData is required.")
    if len(given) > MOST_DATA:
        raise errors.InvalidParameterValueException(
            f"The collection MetricData must not have a size greater than {MOST_DATA}."
        )
    data = [datum_of(tx, each, at) for at, each in enumerate(given, 1)]
    stored.put(tx, tx.call.account, tx.call.region, namespace, data)


def datum_of(tx: Tx, given: Mapping[str, Any], at: int) -> Datum:
    """One datum, checked."""
    where = f"MetricData.member.{at}"
    name = given["MetricName"]
    if not name.strip() or any(c < " " for c in name):
        raise errors.InvalidParameterValueException(f"The parameter {where}.MetricName is invalid.")
    moment = given.get("Timestamp") or tx.now
    if moment < tx.now - PAST:
        raise errors.InvalidParameterValueException(
            f"The parameter {where}.Timestamp must specify a time within the past two weeks."
        )
    if moment > tx.now + FUTURE:
        raise errors.InvalidParameterValueException(
            f"The parameter {where}.Timestamp must specify a time no more than two hours in the future."
        )
    kinds = [each for each in ("Value", "Values", "StatisticValues") if each in given]
    if not kinds:
        raise errors.MissingRequiredParameterException(
            f"At least one of the parameters {where}.Value, {where}.Values or"
            f" {where}.StatisticValues must be specified."
        )
    if len(kinds) > 1:
        raise errors.InvalidParameterCombinationException(
            f"The parameters {where}.{kinds[0]} and {where}.{kinds[1]} are mutually exclusive and you"
            " have specified both."
        )
    return Datum(
        name,
        dimensions_of(given.get("Dimensions", []), where),
        given.get("Unit", "None"),
        point_of(minute_of(moment), given, where),
    )


def point_of(minute: int, given: Mapping[str, Any], where: str) -> points.Point:
    if "Value" in given:
        check_number(given["Value"], f"{where}.Value")
        return points.of_values(minute, ((given["Value"], 1.0),))
    if "Values" in given:
        values = given["Values"]
        counts = given.get("Counts") or [1.0] * len(values)
        if not 1 <= len(values) <= MOST_VALUES:
            raise errors.InvalidParameterValueException(
                f"The collection {where}.Values must have a size between 1 and {MOST_VALUES}."
            )
        if len(counts) != len(values):
            raise errors.InvalidParameterCombinationException(
                f"The parameters {where}.Values and {where}.Counts must be of the same size."
            )
        for value in (*values, *counts):
            check_number(value, f"{where}.Values")
        if any(count < 0 for count in counts):
            raise errors.InvalidParameterValueException(
                f"The values of the parameter {where}.Counts must not be negative."
            )
        return points.of_values(minute, zip(values, counts, strict=True))
    told = given["StatisticValues"]
    numbers = [told[each] for each in ("SampleCount", "Sum", "Minimum", "Maximum")]
    for value in numbers:
        check_number(value, f"{where}.StatisticValues")
    if numbers[0] <= 0 or numbers[2] > numbers[3]:
        raise errors.InvalidParameterValueException(
            f"The parameter {where}.StatisticValues has no samples, or its Minimum is above its"
            " Maximum."
        )
    return points.Point(minute, *numbers)


def check_number(value: float, where: str) -> None:
    if math.isnan(value) or math.isinf(value) or abs(value) > LARGEST:
        raise errors.InvalidParameterValueException(
            f"The value {value} for parameter {where} is invalid."
        )


def dimensions_of(given: Iterable[Mapping[str, Any]], where: str) -> Dimensions:
    """InvalidParameterValue."""
    found: dict[str, str] = {}
    for each in given:
        name, value = each["Name"], each["Value"]
        if name in found:
            raise errors.InvalidParameterValueException(
                f"No Metric may specify the same dimension twice: {name}"
            )
        if (
            not name.strip()
            or name.startswith(":")
            or not value.strip()
            or not (name + value).isascii()
        ):
            raise errors.InvalidParameterValueException(
                f"The parameter {where}.Dimensions has a name or value that is not valid: {name}"
            )
        found[name] = value
    if len(found) > MOST_DIMENSIONS:
        raise errors.InvalidParameterValueException(
            f"The collection {where}.Dimensions must not have a size greater than {MOST_DIMENSIONS}."
        )
    return tuple(sorted(found.items()))


@ops.read
def list_metrics(tx: Tx, req: t.ListMetricsInput) -> t.ListMetricsOutput:
    """Metrics that have data, the newest last; each unit's are one metric."""
    namespace, name = req.get("Namespace", ""), req.get("MetricName", "")
    wanted = [(each["Name"], each.get("Value")) for each in req.get("Dimensions", [])]
    recent = minute_of(tx.now) - 180 - stored.STALE if req.get("RecentlyActive") == "PT3H" else 0
    token = req.get("NextToken", "0")
    if not token.isdecimal() or len(token) > 18:
        raise errors.InvalidParameterValueException("Invalid nextToken")
    found: list[Metric] = []
    after, seen = int(token), set()
    while len(found) <= PAGE:
        listed = stored.listed(tx, namespace, name, after, 1000)
        for each in listed:
            after = each.id
            key = (each.namespace, each.name, each.dimensions)
            if key in seen or each.last < recent or not has(each.dimensions, wanted):
                continue
            seen.add(key)
            found.append(each)
            if len(found) > PAGE:
                break
        if len(listed) < 1000:
            break
    answer: t.ListMetricsOutput = {"Metrics": [shown(each) for each in found[:PAGE]]}
    if len(found) > PAGE:
        answer["NextToken"] = str(found[PAGE - 1].id)
    return answer


def has(dimensions: Dimensions, wanted: list[tuple[str, str | None]]) -> bool:
    known = dict(dimensions)
    return all(name in known and value in (None, known[name]) for name, value in wanted)


def shown(metric: Metric) -> Any:
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
    }


@ops.read
def get_metric_statistics(tx: Tx, req: t.GetMetricStatisticsInput) -> t.GetMetricStatisticsOutput:
    simple, extended = req.get("Statistics", []), req.get("ExtendedStatistics", [])
    if bool(simple) == bool(extended):
        raise errors.InvalidParameterCombinationException(
            "At least one of the parameters Statistics and ExtendedStatistics, and not both, must be"
            " specified."
        )
    for each in extended:
        if not statistics.is_statistic(each) or each in statistics.SIMPLE:
            raise errors.InvalidParameterValueException(
                f"The value {each} for parameter ExtendedStatistics is not supported."
            )
    period = period_of(req["Period"])
    first, beyond = window(req["StartTime"], req["EndTime"], period)
    if (beyond - first) // period > MOST_POINTS:
        raise errors.InvalidParameterCombinationException(
            f"You have requested up to {(beyond - first) // period} datapoints, which exceeds the limit"
            f" of {MOST_POINTS}. You may reduce the datapoints requested by increasing Period, or"
            " decreasing the time range."
        )
    known = [
        each
        for each in stored.of_name(
            tx,
            tx.call.account,
            tx.call.region,
            req["Namespace"],
            req["MetricName"],
            dimensions_of(req.get("Dimensions", []), "Metric"),
        )
        if req.get("Unit", each.unit) == each.unit
    ]
    listed: list[Any] = []
    for unit in dict.fromkeys(each.unit for each in known):
        ids = [each.id for each in known if each.unit == unit]
        by_start: dict[int, dict[str, Any]] = {}
        for name in (*simple, *extended):
            for start, value in statistics.series(tx, ids, first, beyond, period, name).items():
                shown_ = by_start.setdefault(start, {"Timestamp": moment(start), "Unit": unit})
                if name in statistics.SIMPLE:
                    shown_[name] = value
                else:
                    shown_.setdefault("ExtendedStatistics", {})[name] = value
        listed += by_start.values()
    return {"Label": req["MetricName"], "Datapoints": listed}


def period_of(seconds: int) -> int:
    """Minutes.  InvalidParameterValue."""
    if seconds < 60 or seconds % 60:
        raise errors.InvalidParameterValueException(
            "The parameter Period must be a multiple of 60: data is kept by the minute."
        )
    return seconds // 60


def window(start: datetime, end: datetime, period: int) -> tuple[int, int]:
    """The first minute of a range, and the one beyond its last.  InvalidParameterValue."""
    if start >= end:
        raise errors.InvalidParameterValueException(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    first, beyond = minute_of(start), -(-end.timestamp() // 60)
    first -= first % period
    return first, int(beyond)


def moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
