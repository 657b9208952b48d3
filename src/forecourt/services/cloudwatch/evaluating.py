"""Look at alarms' metrics, and let states and actions follow: at each minute, and when data comes.

The minute under way counts where nothing that may still come can undo it: a maximum, a sum or a count that
is too high, a minimum that is too low.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import AwsError
from forecourt.platform import functions
from forecourt.platform.measurements import stored
from forecourt.platform.measurements.alarms import ALARM, ALARMS, CHANGED, INSUFFICIENT, OK, arn_of
from forecourt.platform.measurements.stored import minute_of
from forecourt.platform.notify import publishing
from forecourt.store.resources import Resource, at
from forecourt.store.tx import Call

from . import composite, history, querying, statistics
from .metrics import dimensions_of, moment

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

SERVICE = "cloudwatch.amazonaws.com"
INVOKER = "lambda.alarms.cloudwatch.amazonaws.com"
BEYOND = 2  # periods that are looked at beyond those that count
EVERY = 60.0
LATE = 2.0  # seconds after a minute before it is looked at
SHOWN = 5  # points that a reason names
BREACHES: Mapping[str, tuple[str, Any]] = {
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", lambda a, b: a >= b),
    "GreaterThanThreshold": ("greater than", lambda a, b: a > b),
    "LessThanThreshold": ("less than", lambda a, b: a < b),
    "LessThanOrEqualToThreshold": ("less than or equal to", lambda a, b: a <= b),
}
# https://docs.aws.amazon.com/general/latest/gr/rande.html
REGIONS = {
    "us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)", "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)", "eu-central-1": "EU (Frankfurt)",
    "ap-northeast-1": "Asia Pacific (Tokyo)", "ap-northeast-2": "Asia Pacific (Seoul)",
}  # fmt: skip


async def reconcile(store: Store, arn: str) -> float | None:
    """One alarm; again after the next minute."""
    _, _, _, region, account, _, _ = arn.split(":", 6)
    call = Call("cloudwatch", "EvaluateAlarm", account, region)
    is_there = await store.write_for(call, lambda tx, _: evaluate(tx, arn), None)
    return is_there


def evaluate(tx: Tx, arn: str) -> float | None:
    """Seconds until it is to be looked at again; None where it is gone."""
    found = at(tx, arn)
    if found is None:
        return None
    if found.spec["Composite"]:
        rule = composite.parse(found.spec["AlarmRule"])

        def state(name: str) -> str | None:
            child = alarm_at(tx, named(arn, name))
            return str(child.status["State"]) if child is not None else None

        new = ALARM if composite.holds(rule, state) else OK
        reason = f"{named(arn, found.name)} was decided by its rule: {found.spec['AlarmRule']}"
        become(tx, found, new, reason, "", seen=True)
        return None  # its alarms call for the next time
    try:
        new, reason, data = judged(tx, found)
    except AwsError as wrong:
        new, reason, data = INSUFFICIENT, f"Its metrics cannot be evaluated: {wrong}", {}
    become(tx, found, new, reason, json.dumps(data) if data else "", seen=True)
    return EVERY - tx.now.timestamp() % 60 + LATE


def judged(tx: Tx, found: Resource) -> tuple[str, str, dict[str, Any]]:
    """What the data of an alarm's metric says: state, reason, and the data of the reason."""
    spec = found.spec
    count = spec["EvaluationPeriods"]
    needed = spec.get("DatapointsToAlarm", count)
    period = period_of(spec)
    now = minute_of(tx.now)
    last, first = now, now - (count + BEYOND) * period
    values = points(tx, spec, first, last, period)
    current = points(tx, spec, now + 1 - period, now + 1, period)
    breaches = BREACHES[spec["ComparisonOperator"]][1]
    threshold = spec["Threshold"]
    if is_final(spec) and any(breaches(each, threshold) for each in current.values()):
        first, last = first + 1, now + 1
        values = points(tx, spec, first, last, period)
    starts = list(range(first, last, period))
    known = [(start, values[start]) for start in starts if start in values]
    counted = known[-count:]
    over = [each for each in counted if breaches(each[1], threshold)]
    missing = count - len(counted)
    treat = spec.get("TreatMissingData", "missing")
    if not counted:
        new = {"breaching": ALARM, "notBreaching": OK, "ignore": found.status["Seen"]}.get(
            treat, INSUFFICIENT
        )
        return new, nothing(count, treat), {}
    breaching = len(over) + (missing if treat == "breaching" else 0)
    if breaching >= needed:
        new = ALARM
    elif missing and len(over) == len(counted) and treat in ("missing", "ignore"):
        new = ALARM if treat == "missing" else str(found.status["Seen"])
    else:
        new = OK
    return new, reason_of(spec, counted, over, needed, new), data_of(spec, counted, period, tx)


def nothing(count: int, treat: str) -> str:
    many = count > 1
    return (
        f"No datapoints were received for {count} period{'s' * many} and {count} missing datapoint"
        f"{'s were' if many else ' was'} treated as [{treat[0].upper()}{treat[1:]}]."
    )


def points(
    tx: Tx, spec: Mapping[str, Any], first: int, beyond: int, period: int
) -> dict[int, float]:
    """The values of an alarm's metric or expression, by the minute their period begins."""
    if "Metrics" not in spec:
        known = stored.of_name(
            tx,
            tx.call.account,
            tx.call.region,
            spec["Namespace"],
            spec["MetricName"],
            dimensions_of(spec.get("Dimensions", []), "Metric"),
        )
        ids = [each.id for each in known if spec.get("Unit", each.unit) == each.unit]
        statistic = spec.get("Statistic") or spec["ExtendedStatistic"]
        return statistics.series(tx, ids, first, beyond, period, statistic)
    found = querying.evaluated(tx, spec["Metrics"], moment(first), moment(beyond))
    returned = next(each["Id"] for each in spec["Metrics"] if each.get("ReturnData", True))
    together: dict[int, float] = {}
    for start, value in found[returned][0][1].points.items() if found[returned] else ():
        together[first + (start - first) // period * period] = value
    return together


def is_final(spec: Mapping[str, Any]) -> bool:
    """Whether what breaches will breach whatever else comes."""
    above = spec["ComparisonOperator"].startswith("Greater")
    return spec.get("Statistic") in (("Maximum", "Sum", "SampleCount") if above else ("Minimum",))


def period_of(spec: Mapping[str, Any]) -> int:
    """Minutes."""
    return period_of_queries(spec["Metrics"]) if "Metrics" in spec else spec["Period"] // 60


def period_of_queries(queries: Sequence[Mapping[str, Any]]) -> int:
    return int(max(e["MetricStat"]["Period"] for e in queries if "MetricStat" in e)) // 60


def reason_of(
    spec: Mapping[str, Any],
    counted: Sequence[tuple[int, float]],
    over: Sequence[tuple[int, float]],
    needed: int,
    new: str,
) -> str:
    told = [each for each in counted if new != ALARM or each in over]
    shown = ", ".join(
        f"{value} ({moment(start):%d/%m/%y %H:%M:%S})" for start, value in told[::-1][:SHOWN]
    )
    words = BREACHES[spec["ComparisonOperator"]][0]
    count, what = len(told), "was" if len(told) == 1 else "were"
    negated = "" if new == ALARM else "not "
    return (
        f"Threshold Crossed: {count} out of the last {len(counted)} datapoints [{shown}] {what}"
        f" {negated}{words} the threshold ({float(spec['Threshold'])}) (minimum {needed} datapoint"
        f"{'s' * (needed > 1)} for {'OK -> ALARM' if new == ALARM else 'ALARM -> OK'} transition)."
    )


def data_of(
    spec: Mapping[str, Any], counted: Sequence[tuple[int, float]], period: int, tx: Tx
) -> dict[str, Any]:
    return {
        "version": "1.0",
        "queryDate": stamp(tx.now),
        "startDate": stamp(moment(counted[0][0])),
        "statistic": spec.get("Statistic") or spec.get("ExtendedStatistic", ""),
        "period": period * 60,
        "recentDatapoints": [value for _, value in counted],
        "threshold": float(spec["Threshold"]),
        "evaluatedDatapoints": [
            {"timestamp": stamp(moment(start)), "value": value} for start, value in counted[::-1]
        ],
    }


def become(tx: Tx, found: Resource, new: str, reason: str, data: str, *, seen: bool) -> None:
    """A state, and what follows from it where it is another."""
    old = found.status["State"]
    before = found.status["Seen"]
    unchecked = found.status["Reason"].startswith("Unchecked")
    if seen and new == before == old and not unchecked:
        return
    now = tx.now.timestamp()
    status = {**found.status, "State": new, "Reason": reason, "Data": data, "Updated": now}
    if seen:
        status["Seen"] = new
    if new != old:
        status["Transitioned"] = now
    changed = ALARMS.change(tx, found, status=status)
    if seen and new != before:
        tx.enqueue(CHANGED, found.arn)
    if new == old:
        return
    history.note(
        tx, found.arn, found.spec["Composite"], "StateUpdate",
        f"Alarm updated from {old} to {new}",
        {
            "oldState": {"stateValue": old, "stateReason": found.status["Reason"]},
            "newState": {"stateValue": new, "stateReason": reason},
        },
    )  # fmt: skip
    act(tx, changed, old, new)
    told(tx, found.arn)


def told(tx: Tx, arn: str) -> None:
    """Composite alarms that depend on this one look again."""
    for parent in parents(tx, arn):
        tx.enqueue(stored.ALARMS, parent)


def parents(tx: Tx, arn: str) -> list[str]:
    """The composite alarms that look at one."""
    return stored.watching(tx, tx.call.account, tx.call.region, "", arn)


def act(tx: Tx, found: Resource, old: str, new: str) -> None:
    if not found.spec["ActionsEnabled"]:
        return
    account = tx.call.account
    member = {ALARM: "AlarmActions", OK: "OKActions"}.get(new, "InsufficientDataActions")
    for action in found.spec[member]:
        message = notification(found, old, new)
        if action.startswith("arn:aws:sns:"):
            subject = f'{new}: "{found.name}" in {region_name(found)}'[:100]
            told = json.dumps(message)
            done = publishing.by_service(tx, SERVICE, action, told, subject, found.arn, account)
        else:
            call = event(found, message)
            done = functions.by_service(tx, INVOKER, action, call, found.arn, account)
        state = "Successfully executed" if done else "Failed to execute"
        history.note(
            tx, found.arn, found.spec["Composite"], "Action", f"{state} action {action}",
            {"actionState": "Succeeded" if done else "Failed", "notificationResource": action},
        )  # fmt: skip


def notification(found: Resource, old: str, new: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-notification.html"""
    spec, status = found.spec, found.status
    account = found.arn.split(":")[4]
    common: dict[str, Any] = {
        "AlarmName": found.name,
        "AlarmDescription": spec.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": offset(status["Configured"]),
        "NewStateValue": new,
        "NewStateReason": status["Reason"],
        "StateChangeTime": offset(status["Updated"]),
        "Region": region_name(found),
        "AlarmArn": found.arn,
        "OldStateValue": old,
        "OKActions": spec["OKActions"],
        "AlarmActions": spec["AlarmActions"],
        "InsufficientDataActions": spec["InsufficientDataActions"],
    }
    if spec["Composite"]:
        return common | {"AlarmRule": spec["AlarmRule"]}
    trigger = {
        "Period": spec.get("Period", 0),
        "EvaluationPeriods": spec["EvaluationPeriods"],
        "DatapointsToAlarm": spec.get("DatapointsToAlarm", spec["EvaluationPeriods"]),
        "ComparisonOperator": spec["ComparisonOperator"],
        "Threshold": float(spec["Threshold"]),
        "TreatMissingData": spec.get("TreatMissingData", ""),
        "EvaluateLowSampleCountPercentile": spec.get("EvaluateLowSampleCountPercentile", ""),
    }
    if "Metrics" in spec:
        trigger["Metrics"] = spec["Metrics"]
    else:
        trigger |= {
            "MetricName": spec["MetricName"],
            "Namespace": spec["Namespace"],
            "StatisticType": "Statistic" if "Statistic" in spec else "ExtendedStatistic",
            "Statistic": spec.get("Statistic", spec.get("ExtendedStatistic", "")).upper(),
            "Unit": spec.get("Unit"),
            "Dimensions": [
                {"value": each["Value"], "name": each["Name"]}
                for each in spec.get("Dimensions", [])
            ],
        }
    return common | {"Trigger": trigger}


def event(found: Resource, message: Mapping[str, Any]) -> dict[str, Any]:
    """What a function is called with."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": found.arn,
        "accountId": message["AWSAccountId"],
        "time": message["StateChangeTime"],
        "region": found.arn.split(":")[3],
        "alarmData": {
            "alarmName": found.name,
            "state": {
                "value": message["NewStateValue"],
                "reason": message["NewStateReason"],
                "timestamp": message["StateChangeTime"],
            },
            "previousState": {"value": message["OldStateValue"]},
            "configuration": {"description": message["AlarmDescription"] or ""},
        },
    }


def named(arn: str, name: str) -> str:
    """The ARN of an alarm that another's rule names, by its name or its ARN."""
    return name if name.startswith("arn:") else f"{arn.rpartition(':alarm:')[0]}:alarm:{name}"


def alarm_at(tx: Tx, arn: str) -> Resource | None:
    """An alarm of the caller's in its region."""
    return at(tx, arn) if arn.startswith(arn_of(tx.call.account, tx.call.region, "")) else None


def region_name(found: Resource) -> str:
    region = found.arn.split(":")[3]
    return REGIONS.get(region, region)


def stamp(moment_: datetime) -> str:
    return f"{moment_:%Y-%m-%dT%H:%M:%S}.{moment_.microsecond // 1000:03}+0000"


def offset(seconds: float) -> str:
    return stamp(datetime.fromtimestamp(seconds, UTC))
