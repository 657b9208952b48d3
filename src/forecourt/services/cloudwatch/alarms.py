"""Alarms on metrics and on other alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform import functions
from forecourt.platform.measurements import stored
from forecourt.platform.measurements.alarms import ALARMS, INSUFFICIENT, arn_of, errors
from forecourt.platform.notify import topics
from forecourt.store.resources import Resource

from . import composite, evaluating, history, querying, statistics
from .composite import BadRule
from .metrics import dimensions_of, period_of
from .refusals import invalid
from .tags import checked

if TYPE_CHECKING:
    from forecourt.aws.types import cloudwatch as t
    from forecourt.store.tx import Tx

ops = Operations("cloudwatch")
MOST = 5000  # alarms of an account in a region
MOST_ACTIONS = 5
PAGE = 100
LONGEST_SPAN = 7 * 24 * 60  # minutes that an alarm looks back
ACTION_MEMBERS = ("OKActions", "AlarmActions", "InsufficientDataActions")
OPERATORS = (
    "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)  # fmt: skip
METRIC_MEMBERS = (
    "AlarmDescription", "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions",
    "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator",
    "TreatMissingData", "EvaluateLowSampleCountPercentile", "Metrics",
)  # fmt: skip
COMPOSITE_MEMBERS = (
    "AlarmDescription", "AlarmRule", "ActionsSuppressor", "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
)  # fmt: skip
MISSING = ("breaching", "notBreaching", "ignore", "missing")


@ops.write
def put_metric_alarm(tx: Tx, req: t.PutMetricAlarmInput) -> None:
    """Make an alarm, or let one be another; it is looked at at once."""
    if req.get("ThresholdMetricId") or req["ComparisonOperator"] not in OPERATORS:
        raise invalid("Alarms on anomaly detection are not implemented here.")
    spec = kept(req, METRIC_MEMBERS)
    spec["Evaluated"] = ids = watched(spec)
    put(tx, req, spec, is_composite=False)
    arn = arn_of(tx.call.account, tx.call.region, req["AlarmName"])
    stored.watch(tx, arn, tx.call.account, tx.call.region, ids)
    tx.enqueue(stored.ALARMS, arn)


@ops.write
def put_composite_alarm(tx: Tx, req: t.PutCompositeAlarmInput) -> None:
    """An alarm on what others are; each of them must be there."""
    for name in ("ActionsSuppressor", "ActionsSuppressorWaitPeriod"):
        if req.get(name):
            raise invalid(f"{name} is not implemented here.")
    try:
        rule = composite.parse(req["AlarmRule"])
    except BadRule as bad:
        raise invalid(f"AlarmRule is not valid: {bad}") from None
    own = arn_of(tx.call.account, tx.call.region, req["AlarmName"])
    spec = kept(req, COMPOSITE_MEMBERS)
    spec["Children"] = [evaluating.named(own, each) for each in composite.children(rule)]
    for each, arn in zip(composite.children(rule), spec["Children"], strict=True):
        if (found := evaluating.alarm_at(tx, arn)) is None:
            raise invalid(f"Error in AlarmRule: alarm {each} does not exist.")
        if arn == own or own in descendants(tx, found):
            raise invalid("Error in AlarmRule: an alarm must not depend on itself.")
    put(tx, req, spec, is_composite=True)
    watched_ones = [("", each) for each in spec["Children"]]
    stored.watch(tx, own, tx.call.account, tx.call.region, watched_ones)
    tx.enqueue(stored.ALARMS, own)


def descendants(tx: Tx, of: Resource) -> set[str]:
    found: set[str] = set()
    waiting = list(of.spec.get("Children", ()))
    while waiting:
        arn = waiting.pop()
        if arn not in found:
            found.add(arn)
            child = evaluating.alarm_at(tx, arn)
            waiting += child.spec.get("Children", ()) if child else ()
    return found


def put(tx: Tx, req: Any, spec: dict[str, Any], *, is_composite: bool) -> None:
    for member in ACTION_MEMBERS:
        given = req.get(member, [])
        if len(given) > MOST_ACTIONS:
            raise invalid(
                f"The collection {member} must not have a size greater than {MOST_ACTIONS}."
            )
        own = arn_of(tx.call.account, tx.call.region, req["AlarmName"])
        for each in given:
            check_action(tx, own, each)
        spec[member] = given
    spec["ActionsEnabled"] = req.get("ActionsEnabled", True)
    spec["Composite"] = is_composite
    now = tx.now.timestamp()
    name = req["AlarmName"]
    known = ALARMS.find(tx, name)
    if known is not None and known.spec["Composite"] != is_composite:
        raise invalid(f"An alarm of the other type is called {name} already.")
    if known is None:
        if ALARMS.count(tx) >= MOST:
            raise errors.LimitExceededFault(f"An account has at most {MOST} alarms in a region.")
        status = {
            "State": INSUFFICIENT,
            "Seen": INSUFFICIENT,
            "Reason": "Unchecked: Initial alarm creation",
            "Data": "",
            "Updated": now,
            "Transitioned": now,
            "Configured": now,
        }
        made = ALARMS.create(tx, name, spec, status, checked(req.get("Tags", []), {}))
        what, arn = "created", made.arn
    else:
        ALARMS.change(tx, known, spec=spec, status={**known.status, "Configured": now})
        what, arn = "updated", known.arn
    data = {"type": what.removesuffix("d").title(), what: {**spec, "alarmName": name}}
    history.note(tx, arn, is_composite, "ConfigurationUpdate", f'Alarm "{name}" {what}', data)


def kept(req: Mapping[str, Any], members: tuple[str, ...]) -> dict[str, Any]:
    return {member: req[member] for member in members if member in req}


def check_action(tx: Tx, own: str, arn: str) -> None:
    """What an alarm does: publish to a topic, or invoke a function."""
    account = tx.call.account
    if topics.for_service(tx, arn, evaluating.SERVICE, own, account) is not None:
        return
    if functions.for_service(tx, arn, evaluating.INVOKER, own, account) is not None:
        return
    if arn.startswith(("arn:aws:sns:", "arn:aws:lambda:")):
        raise invalid(f"Invalid action: {arn} does not exist.")
    raise invalid(f"Invalid action: {arn}. Topics of SNS and functions are acted on here.")


def watched(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The namespaces and names of an alarm's metrics.  ValidationError in all its forms."""
    periods, needed = spec["EvaluationPeriods"], spec.get("DatapointsToAlarm")
    if needed is not None and not 1 <= needed <= periods:
        raise invalid("DatapointsToAlarm must be at least 1 and at most EvaluationPeriods.")
    if spec.get("TreatMissingData", "missing") not in MISSING:
        raise invalid(f"TreatMissingData must be one of {', '.join(MISSING)}.")
    if "Threshold" not in spec:
        raise invalid("The parameter Threshold is required.")
    if "Metrics" in spec:
        return watched_by_queries(spec)
    for name in ("MetricName", "Namespace", "Period"):
        if name not in spec:
            raise invalid(f"The parameter {name} is required.")
    if ("Statistic" in spec) == ("ExtendedStatistic" in spec):
        raise invalid("One, and not both, of Statistic and ExtendedStatistic must be specified.")
    if not statistics.is_statistic(spec.get("Statistic") or spec["ExtendedStatistic"]):
        raise invalid(f"The statistic {spec['ExtendedStatistic']} is not supported here.")
    check_span(period_of(spec["Period"]), periods)
    dimensions_of(spec.get("Dimensions", []), "Metric")
    return [(spec["Namespace"], spec["MetricName"])]


def watched_by_queries(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    if any(name in spec for name in ("MetricName", "Namespace", "Statistic", "Dimensions")):
        raise invalid("Metrics and the parameters of one metric are mutually exclusive.")
    queries = spec["Metrics"]
    querying.check(queries)
    returned = [each for each in queries if each.get("ReturnData", True)]
    if len(returned) != 1:
        raise invalid("Exactly one element of the metrics list should return data.")
    stats = [each["MetricStat"] for each in queries if "MetricStat" in each]
    if not stats:
        raise invalid("An alarm needs at least one metric.")
    period = evaluating.period_of_queries(queries)
    check_span(period, spec["EvaluationPeriods"])
    return list({(s["Metric"]["Namespace"], s["Metric"]["MetricName"]): None for s in stats})


def check_span(period: int, periods: int) -> None:
    if period * periods > LONGEST_SPAN:
        raise invalid("Metrics cannot be checked across more than seven days.")


@ops.read
def describe_alarms(tx: Tx, req: t.DescribeAlarmsInput) -> Any:
    """Alarms by name, of both types as asked for; metric alarms alone by default."""
    wanted, prefix = req.get("AlarmNames"), req.get("AlarmNamePrefix", "")
    if wanted and prefix:
        raise invalid("AlarmNames and AlarmNamePrefix are mutually exclusive.")
    types = req.get("AlarmTypes", ["MetricAlarm"])
    most, start = min(req.get("MaxRecords", PAGE), PAGE), req.get("NextToken", "")
    own = arn_of(tx.call.account, tx.call.region, "")
    children: set[str] | None = None
    if (name := req.get("ChildrenOfAlarmName")) is not None:
        parent = ALARMS.find(tx, name)
        children = set(parent.spec.get("Children", ())) if parent else set()
    parents_of = req.get("ParentsOfAlarmName")
    found = [
        each
        for each in ALARMS.all(tx)
        if each.name >= start
        and (wanted is None or each.name in wanted)
        and each.name.startswith(prefix)
        and ("CompositeAlarm" if each.spec["Composite"] else "MetricAlarm") in types
        and req.get("StateValue", each.status["State"]) == each.status["State"]
        and acts(each, req.get("ActionPrefix", ""))
        and (children is None or each.arn in children)
        and (parents_of is None or f"{own}{parents_of}" in each.spec.get("Children", ()))
    ]
    answer: Any = {"MetricAlarms": [], "CompositeAlarms": []}
    for each in found[:most]:
        answer["CompositeAlarms" if each.spec["Composite"] else "MetricAlarms"].append(shown(each))
    if len(found) > most:
        answer["NextToken"] = found[most].name
    return answer


def acts(of: Resource, prefix: str) -> bool:
    return not prefix or any(
        action.startswith(prefix) for member in ACTION_MEMBERS for action in of.spec[member]
    )


@ops.read
def describe_alarms_for_metric(tx: Tx, req: t.DescribeAlarmsForMetricInput) -> Any:
    dimensions = dimensions_of(req.get("Dimensions", []), "Metric")
    found = [
        each
        for each in ALARMS.all(tx)
        if each.spec.get("Namespace") == req["Namespace"]
        and each.spec.get("MetricName") == req["MetricName"]
        and dimensions_of(each.spec.get("Dimensions", []), "Metric") == dimensions
        and all(
            req.get(name, each.spec.get(name)) == each.spec.get(name)
            for name in ("Statistic", "ExtendedStatistic", "Period", "Unit")
        )
    ]
    return {"MetricAlarms": [shown(each) for each in found]}


@ops.read
def describe_alarm_history(tx: Tx, req: t.DescribeAlarmHistoryInput) -> Any:
    kinds = tuple(int(each == "CompositeAlarm") for each in req.get("AlarmTypes", ["MetricAlarm"]))
    token = req.get("NextToken", "0")
    if not token.isdecimal() or len(token) > 18:
        raise errors.InvalidNextToken("The token provided is not one of ours.")
    most = min(req.get("MaxRecords", PAGE), PAGE)
    start, end = req.get("StartDate"), req.get("EndDate")
    found = history.page(
        tx,
        req.get("AlarmName", ""),
        kinds,
        req.get("HistoryItemType", ""),
        start.timestamp() if start else 0.0,
        end.timestamp() if end else tx.now.timestamp() + 1,
        int(token),
        most,
        newest_first=req.get("ScanBy", "TimestampDescending") == "TimestampDescending",
    )
    answer: Any = {"AlarmHistoryItems": [each for _, each in found[:most]]}
    if len(found) > most:
        answer["NextToken"] = str(found[most - 1][0])
    return answer


@ops.write
def delete_alarms(tx: Tx, req: t.DeleteAlarmsInput) -> None:
    """Of names that are there; one that a composite alarm depends on stays."""
    for name in req["AlarmNames"]:
        if (found := ALARMS.find(tx, name)) is None:
            continue
        parents = {each.split(":", 6)[6] for each in evaluating.parents(tx, found.arn)}
        if left := parents - set(req["AlarmNames"]):
            raise invalid(f"Cannot delete {name} as {min(left)} depends on it.")
        history.note(
            tx, found.arn, found.spec["Composite"], "ConfigurationUpdate",
            f'Alarm "{name}" deleted', {"type": "Delete"},
        )  # fmt: skip
        stored.watch(tx, found.arn, tx.call.account, tx.call.region, ())
        ALARMS.remove(tx, found)
        evaluating.told(tx, found.arn)


@ops.write
def set_alarm_state(tx: Tx, req: t.SetAlarmStateInput) -> None:
    """For once another state, until data says otherwise."""
    found = existing(tx, req["AlarmName"])
    data = req.get("StateReasonData", "")
    if data:
        try:
            json.loads(data)
        except (ValueError, RecursionError):
            raise errors.InvalidFormatFault("StateReasonData was not valid JSON.") from None
    evaluating.become(tx, found, req["StateValue"], req["StateReason"], data, seen=False)


@ops.write
def enable_alarm_actions(tx: Tx, req: t.EnableAlarmActionsInput) -> None:
    switch(tx, req["AlarmNames"], on=True)


@ops.write
def disable_alarm_actions(tx: Tx, req: t.DisableAlarmActionsInput) -> None:
    switch(tx, req["AlarmNames"], on=False)


def switch(tx: Tx, names: list[str], *, on: bool) -> None:
    for name in names:
        if (found := ALARMS.find(tx, name)) is not None:
            ALARMS.change(tx, found, spec={**found.spec, "ActionsEnabled": on})


def existing(tx: Tx, name: str) -> Resource:
    found = ALARMS.find(tx, name)
    if found is None:
        raise errors.ResourceNotFound(f"Alarm {name} does not exist")
    return found


def shown(found: Resource) -> Any:
    spec, status = found.spec, found.status
    members = COMPOSITE_MEMBERS if spec["Composite"] else METRIC_MEMBERS
    answer = {member: spec[member] for member in members if member in spec} | {
        "AlarmName": found.name,
        "AlarmArn": found.arn,
        "ActionsEnabled": spec["ActionsEnabled"],
        **{member: spec[member] for member in ACTION_MEMBERS},
        "AlarmConfigurationUpdatedTimestamp": moment(status["Configured"]),
        "StateValue": status["State"],
        "StateReason": status["Reason"],
        "StateUpdatedTimestamp": moment(status["Updated"]),
        "StateTransitionedTimestamp": moment(status["Transitioned"]),
    }
    if status["Data"]:
        answer["StateReasonData"] = status["Data"]
    if not spec["Composite"] and "Metrics" not in spec:
        answer.setdefault("Dimensions", [])
    return answer


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
