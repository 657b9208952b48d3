"""Rules of composite alarms, and alarms by them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.services.cloudwatch.composite import BadRule, children, holds, parse
from tests.harness import World

from .calls import alarm, evaluate, fault, put, state

STATES = {"a": "ALARM", "b": "OK", "c d": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ALARM(a)", True),
        ('ALARM("a") AND OK(b)', True),
        ("ALARM(a) AND NOT OK(b)", False),
        ("ALARM(b) OR ALARM(a) AND ALARM(b)", False),
        ("(ALARM(b) OR ALARM(a)) AND OK(b)", True),
        ('INSUFFICIENT_DATA("c d")', True),
        ("NOT (TRUE AND FALSE)", True),
        ("TRUE", True),
        ("ALARM(none)", False),
    ],
)
def test_rules(text: str, found: bool) -> None:
    assert holds(parse(text), STATES.get) is found


@pytest.mark.parametrize(
    "text",
    ["", "ALARM", "ALARM(", "ALARM()", "ALARM(a", "a", "NOT", "ALARM(a) ALARM(b)", "(TRUE",
     "TRUE AND", "alarm(a)", "(" * 100 + "TRUE" + ")" * 100, "NOT " * 100 + "TRUE",
     " OR ".join(f"ALARM(a{n})" for n in range(101)), "TRUE OR " * 2000 + "TRUE"],
)  # fmt: skip
def test_rules_that_are_none(text: str) -> None:
    with pytest.raises(BadRule):
        parse(text)


@given(st.text(alphabet="AND OR NOT TRUE ALARM()ab\"'", max_size=40))
def test_whatever_is_given(text: str) -> None:
    try:
        rule = parse(text)
    except BadRule:
        return
    assert holds(rule, STATES.get) in (True, False)
    children(rule)


def test_an_alarm_on_others(world: World, cloudwatch: Any) -> None:
    alarm(cloudwatch, "x")
    alarm(cloudwatch, "y", MetricName="n", TreatMissingData="notBreaching")
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("x") AND ALARM(y)')
    evaluate(world)
    assert state(cloudwatch, "both") == "OK"
    put(cloudwatch, "m", 9.0)
    put(cloudwatch, "n", 9.0)
    evaluate(world)
    assert state(cloudwatch, "both") == "ALARM"
    assert fault(cloudwatch.delete_alarms, AlarmNames=["x"])
    found = cloudwatch.describe_alarms(ChildrenOfAlarmName="both")["MetricAlarms"]
    assert [each["AlarmName"] for each in found] == ["x", "y"]
    (parent,) = cloudwatch.describe_alarms(ParentsOfAlarmName="x", AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]
    assert parent["AlarmName"] == "both"
    cloudwatch.delete_alarms(AlarmNames=["both", "x", "y"])


def test_no_circles(cloudwatch: Any) -> None:
    alarm(cloudwatch, "x")
    cloudwatch.put_composite_alarm(AlarmName="one", AlarmRule="ALARM(x)")
    cloudwatch.put_composite_alarm(AlarmName="two", AlarmRule="ALARM(one)")
    for name, rule in (
        ("one", "ALARM(two)"),
        ("one", "ALARM(one)"),
        ("three", "ALARM(none)"),
        ("three", "ALARM("),
        ("x", "ALARM(one)"),
    ):
        assert fault(cloudwatch.put_composite_alarm, AlarmName=name, AlarmRule=rule)


def test_rules_are_bounded() -> None:
    assert holds(parse(" OR ".join(["TRUE"] * 250)), lambda _: None)
    for text in (" OR ".join(["TRUE"] * 300), "(" * 40 + "TRUE" + ")" * 40):
        with pytest.raises(BadRule):
            parse(text)
