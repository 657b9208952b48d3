"""GetMetricData: many series and expressions over one range of time.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.measurements import stored
from forecourt.platform.measurements.alarms import errors

from . import mathematics, statistics
from .mathematics import CONSTANTS, BadExpression, Budget, Series, Window
from .metrics import dimensions_of, moment, period_of, window
from .refusals import invalid

if TYPE_CHECKING:
    from forecourt.aws.types import cloudwatch as t
    from forecourt.store.tx import Tx

ops = Operations("cloudwatch")
ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}\Z")
MOST_QUERIES = 500
MOST_POINTS = 100_800  # of an answer
DEFAULT_PERIOD = 60


@ops.read
def get_metric_data(tx: Tx, req: t.GetMetricDataInput) -> t.GetMetricDataOutput:
    """Each query's points, the newest first unless told otherwise."""
    queries: Sequence[Any] = req["MetricDataQueries"]
    check(queries)
    found = evaluated(tx, queries, req["StartTime"], req["EndTime"])
    most = min(req.get("MaxDatapoints", MOST_POINTS), MOST_POINTS)
    backwards = req.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    skipped, left = read_token(req.get("NextToken")), most
    results: list[Any] = []
    returned = [
        (query["Id"], label, series)
        for query in queries
        if query.get("ReturnData", True)
        for label, series in found[query["Id"]]
    ]
    more: tuple[int, int] | None = None
    for place, (id, label, series) in enumerate(returned):
        if place < skipped[0]:
            continue
        start = skipped[1] if place == skipped[0] else 0
        at = sorted(series.points, reverse=backwards)
        shown = at[start : start + left]
        left -= len(shown)
        whole = start + len(shown) >= len(at)
        results.append(
            {
                "Id": id,
                "Label": label,
                "Timestamps": [moment(each) for each in shown],
                "Values": [series.points[each] for each in shown],
                "StatusCode": "Complete" if whole else "PartialData",
            }
        )
        if not whole:
            more = place, start + len(shown)
            break
    answer: t.GetMetricDataOutput = {"MetricDataResults": results, "Messages": []}
    if more:
        answer["NextToken"] = urlsafe_b64encode(json.dumps(more).encode()).decode()
    return answer


def check(queries: Sequence[Mapping[str, Any]]) -> None:
    """ValidationError."""
    if not 1 <= len(queries) <= MOST_QUERIES:
        raise invalid(f"The collection MetricDataQueries must have 1 to {MOST_QUERIES} members.")
    seen: set[str] = set()
    for at, query in enumerate(queries, 1):
        where = f"MetricDataQueries.member.{at}"
        if ID.match(query["Id"]) is None:
            raise invalid(
                f"The value {query['Id']} for parameter {where}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
            )
        if query["Id"] in seen:
            raise invalid("The values for parameter id in MetricDataQueries are not unique.")
        seen.add(query["Id"])
        if ("MetricStat" in query) == ("Expression" in query):
            raise invalid(
                f"The parameters {where}.MetricStat and {where}.Expression: one, and not both, must"
                " be specified."
            )
        if "AccountId" in query:
            raise invalid(f"The parameter {where}.AccountId: no account is linked to this one.")
        if "MetricStat" in query:
            check_stat(query["MetricStat"], where)
            continue
        try:
            mathematics.parse(query["Expression"])
        except BadExpression as bad:
            raise invalid(f"Error in expression '{query['Id']}': {bad}") from None
    if not any(query.get("ReturnData", True) for query in queries):
        raise invalid("At least one of the metric data queries must return data.")


def check_stat(stat: Mapping[str, Any], where: str) -> None:
    period_of(stat["Period"])
    if not statistics.is_statistic(stat["Stat"]):
        raise invalid(
            f"The value {stat['Stat']} for parameter {where}.MetricStat.Stat is not supported here."
        )
    dimensions_of(stat["Metric"].get("Dimensions", []), f"{where}.MetricStat.Metric")


def evaluated(
    tx: Tx, queries: Sequence[Mapping[str, Any]], start: datetime, end: datetime
) -> dict[str, list[tuple[str, Series]]]:
    """The labelled series of each query, by its id."""
    periods = [q["MetricStat"]["Period"] for q in queries if "MetricStat" in q]
    finest = period_of(min(periods, default=DEFAULT_PERIOD))
    budget = Budget()
    metrics: dict[str, Series] = {}
    for query in queries:
        if "MetricStat" in query:
            stat = query["MetricStat"]
            metrics[query["Id"]] = of_metric(tx, stat, start, end)
            try:
                budget.spend(metrics[query["Id"]])
            except BadExpression as bad:
                raise invalid(f"The request asks for too much: {bad}") from None
            metrics[query["Id"]].label = query.get("Label") or label_of(stat)
    known: dict[str, Any] = {**CONSTANTS, **metrics}
    waiting = {q["Id"]: mathematics.parse(q["Expression"]) for q in queries if "Expression" in q}
    expressions = {q["Id"]: q for q in queries if "Expression" in q}
    found: dict[str, list[tuple[str, Series]]] = {
        id: [(each.label, each)] for id, each in metrics.items()
    }
    while waiting:
        ready = [id for id, tree in waiting.items() if not mathematics.names(tree) & waiting.keys()]
        if not ready:
            raise invalid("Error in expressions: they depend on one another in a circle.")
        for id in ready:
            query = expressions[id]
            period = period_of(query.get("Period", finest * 60))
            first, beyond = window(start, end, period)
            frame = Window(first, beyond, period, budget)
            try:
                value = mathematics.value(waiting.pop(id), known, frame, metrics)
                listed = mathematics.listed(value, frame)
            except BadExpression as bad:
                raise invalid(f"Error in expression '{id}': {bad}") from None
            known[id] = value
            label = query.get("Label") or id
            several = len(listed) > 1
            found[id] = [
                (f"{label} {each.label}".strip() if several else label, each) for each in listed
            ]
    return found


def of_metric(tx: Tx, stat: Mapping[str, Any], start: datetime, end: datetime) -> Series:
    period = period_of(stat["Period"])
    first, beyond = window(start, end, period)
    if (beyond - first) // period > MOST_POINTS:
        raise invalid(
            f"The range has more than {MOST_POINTS} periods. You may reduce the datapoints requested by"
            " increasing Period, or decreasing the time range."
        )
    metric = stat["Metric"]
    known = stored.of_name(
        tx,
        tx.call.account,
        tx.call.region,
        metric["Namespace"],
        metric["MetricName"],
        dimensions_of(metric.get("Dimensions", []), "Metric"),
    )
    ids = [each.id for each in known if stat.get("Unit", each.unit) == each.unit]
    return Series(statistics.series(tx, ids, first, beyond, period, stat["Stat"]), period)


def label_of(stat: Mapping[str, Any]) -> str:
    return str(stat["Metric"]["MetricName"])


def read_token(token: str | None) -> tuple[int, int]:
    if token is None:
        return 0, 0
    try:
        place, start = json.loads(urlsafe_b64decode(token))
        if not (isinstance(place, int) and isinstance(start, int) and min(place, start) >= 0):
            raise ValueError
    except (ValueError, TypeError):
        raise errors.InvalidNextToken("The token provided is not one of ours.") from None
    return place, start
