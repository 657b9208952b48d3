"""Alarms: made, described, switched, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import SECOND_KEY, World
from tests.services.lambda_.conftest import register

from .calls import alarm, evaluate, fault, metric, put, state


def test_an_alarm_as_it_was_put(cloudwatch: Any) -> None:
    alarm(
        cloudwatch, AlarmDescription="d", Dimensions=[{"Name": "a", "Value": "b"}],
        TreatMissingData="ignore", EvaluationPeriods=3, DatapointsToAlarm=2,
    )  # fmt: skip
    (found,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert found["AlarmArn"] == "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a"
    assert (found["StateValue"], found["ActionsEnabled"]) == ("INSUFFICIENT_DATA", True)
    assert found["StateReason"] == "Unchecked: Initial alarm creation"
    assert (found["DatapointsToAlarm"], found["TreatMissingData"]) == (2, "ignore")
    alarm(cloudwatch, Threshold=7.0)
    (found,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert found["Threshold"] == 7
    assert "DatapointsToAlarm" not in found


def test_which_are_described(cloudwatch: Any) -> None:
    for name in ("a1", "a2", "b1"):
        alarm(cloudwatch, name)
    alarm(cloudwatch, "c", MetricName="other")

    def names(**given: Any) -> list[str]:
        return [each["AlarmName"] for each in cloudwatch.describe_alarms(**given)["MetricAlarms"]]

    assert names(AlarmNamePrefix="a") == ["a1", "a2"]
    assert names(AlarmNames=["b1", "zz"]) == ["b1"]
    assert names(StateValue="OK") == []
    assert names(AlarmTypes=["CompositeAlarm"]) == []
    pages = cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 3})
    assert [len(page["MetricAlarms"]) for page in pages] == [3, 1]
    found = cloudwatch.describe_alarms_for_metric(Namespace="App", MetricName="other")
    assert [each["AlarmName"] for each in found["MetricAlarms"]] == ["c"]
    assert fault(cloudwatch.describe_alarms, AlarmNames=["a"], AlarmNamePrefix="a")


def test_a_state_for_once(world: World, cloudwatch: Any) -> None:
    alarm(cloudwatch, TreatMissingData="notBreaching")
    evaluate(world)
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="a test")
    assert state(cloudwatch) == "ALARM"
    put(cloudwatch, "m", 1.0)
    evaluate(world)
    assert state(cloudwatch) == "OK"
    assert fault(cloudwatch.set_alarm_state, AlarmName="b", StateValue="OK", StateReason="r")
    assert fault(
        cloudwatch.set_alarm_state,
        AlarmName="a",
        StateValue="OK",
        StateReason="r",
        StateReasonData="{",
    )


def test_switched_off(world: World, cloudwatch: Any) -> None:
    topic = world.client("sns").create_topic(Name="t")["TopicArn"]
    alarm(cloudwatch, AlarmActions=[topic])
    cloudwatch.disable_alarm_actions(AlarmNames=["a", "none"])
    put(cloudwatch, "m", 9.0)
    evaluate(world)
    acted = cloudwatch.describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"]
    assert acted == []
    cloudwatch.enable_alarm_actions(AlarmNames=["a"])
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="r")
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="r")
    (acted,) = cloudwatch.describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"]
    assert acted["HistorySummary"] == f"Successfully executed action {topic}"


@pytest.mark.parametrize(
    "members",
    [
        {"Period": 10},
        {"Period": 90},
        {"Period": 86400, "EvaluationPeriods": 8},
        {"EvaluationPeriods": 2, "DatapointsToAlarm": 3},
        {"Threshold": None},
        {"Statistic": None},
        {"ExtendedStatistic": "p90"},
        {"Statistic": None, "ExtendedStatistic": "tm90"},
        {"MetricName": None},
        {"TreatMissingData": "somehow"},
        {"ComparisonOperator": "GreaterThanUpperThreshold", "ThresholdMetricId": "t"},
        {"AlarmActions": ["arn:aws:sns:us-east-1:000000000000:none"]},
        {"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]},
        {"OKActions": ["arn:aws:lambda:us-east-1:000000000000:function:none"]},
        {"Metrics": [{"Id": "m1", "MetricStat": metric("m")}]},
    ],
)
def test_alarms_that_are_none(cloudwatch: Any, members: dict[str, Any]) -> None:
    assert fault(alarm, cloudwatch, **members)
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_metrics_that_are_none(cloudwatch: Any) -> None:
    plain = {"Namespace": None, "MetricName": None, "Statistic": None, "Period": None}
    for metrics in (
        [{"Id": "e", "Expression": "1"}],
        [{"Id": n, "MetricStat": metric("m")} for n in "ab"],
        [{"Id": "e", "Expression": "nothing +"}],
    ):
        assert fault(alarm, cloudwatch, **plain, Metrics=metrics)


def test_what_belongs_to_others(world: World, cloudwatch: Any) -> None:
    alarm(cloudwatch)
    (found,) = cloudwatch.describe_alarms()["MetricAlarms"]
    arn = found["AlarmArn"]
    other = world.client("cloudwatch", SECOND_KEY)
    assert fault(other.list_tags_for_resource, ResourceARN=arn) == "AccessDeniedException"
    rule = f'ALARM("{arn}")'
    assert fault(other.put_composite_alarm, AlarmName="c", AlarmRule=rule) == "ValidationError"
    topic = world.client("sns").create_topic(Name="t")["TopicArn"]
    assert fault(cloudwatch.put_composite_alarm, AlarmName="c", AlarmRule=f'OK("{topic}")')
    for action in (topic, register(world, "echo", "echo")):
        assert fault(alarm, other, AlarmActions=[action]) == "ValidationError"
        alarm(cloudwatch, AlarmActions=[action])


def test_a_composite_alarm_that_is_another_from_now_on(world: World, cloudwatch: Any) -> None:
    for name in ("a", "b"):
        alarm(cloudwatch, name)
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(b)")
    cloudwatch.delete_alarms(AlarmNames=["a"])
    assert fault(cloudwatch.delete_alarms, AlarmNames=["b"]) == "ValidationError"
    cloudwatch.delete_alarms(AlarmNames=["b", "c"])
