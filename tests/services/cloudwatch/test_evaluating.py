"""What data makes of an alarm: the tables of AWS's documentation, and what follows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecourt.platform.notify import subscriptions
from forecourt.services.cloudwatch import evaluating
from forecourt.store.tx import Tx
from tests.harness import World

from .calls import ago, alarm, evaluate, metric, put, state

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
# 0: does not breach, X: breaches, -: missing; R: the state stays.
@pytest.mark.parametrize(
    ("points", "needed", "states"),
    [
        ("0-X-X", 3, "OK OK OK OK"),
        ("----0", 3, "OK OK OK OK"),
        ("-----", 3, "INSUFFICIENT_DATA R ALARM OK"),
        ("0XX-X", 3, "ALARM ALARM ALARM ALARM"),
        ("--X--", 3, "ALARM R ALARM OK"),
        ("0-X-X", 2, "ALARM ALARM ALARM ALARM"),
        ("00X0X", 2, "ALARM ALARM ALARM ALARM"),
        ("0-X--", 2, "OK OK ALARM OK"),
        ("----0", 2, "OK OK ALARM OK"),
        ("----X", 2, "ALARM R ALARM OK"),
    ],
)
@pytest.mark.parametrize("treatment", TREATMENTS)
def test_missing_data(
    world: World, cloudwatch: Any, points: str, needed: int, states: str, treatment: str
) -> None:
    for minutes, point in zip(range(5, 0, -1), points, strict=True):
        if point != "-":
            put(cloudwatch, "m", 9.0 if point == "X" else 1.0, at=ago(minutes))
    alarm(cloudwatch, EvaluationPeriods=3, DatapointsToAlarm=needed, TreatMissingData=treatment)
    evaluate(world)
    wanted = dict(zip(TREATMENTS, states.split(), strict=True))[treatment]
    assert state(cloudwatch) == ("INSUFFICIENT_DATA" if wanted == "R" else wanted)


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [
        ("GreaterThanThreshold", 5.0, "OK"),
        ("GreaterThanOrEqualToThreshold", 5.0, "ALARM"),
        ("LessThanThreshold", 5.0, "OK"),
        ("LessThanOrEqualToThreshold", 5.0, "ALARM"),
        ("LessThanThreshold", 4.0, "ALARM"),
    ],
)
def test_operators(world: World, cloudwatch: Any, operator: str, value: float, found: str) -> None:
    put(cloudwatch, "m", value, at=ago(1))
    alarm(cloudwatch, ComparisonOperator=operator)
    evaluate(world)
    assert state(cloudwatch) == found


@pytest.mark.parametrize(
    ("statistic", "found"), [("Maximum", "ALARM"), ("Sum", "ALARM"), ("Average", "OK")]
)
def test_the_minute_under_way(world: World, cloudwatch: Any, statistic: str, found: str) -> None:
    alarm(cloudwatch, Statistic=statistic, TreatMissingData="notBreaching")
    put(cloudwatch, "m", 9.0)
    evaluate(world)
    assert state(cloudwatch) == found


def test_data_that_comes_is_looked_at_at_once(world: World, cloudwatch: Any) -> None:
    alarm(cloudwatch)
    evaluate(world)
    assert evaluate(world) == 0
    put(cloudwatch, "other", 9.0)
    assert evaluate(world) == 0
    put(cloudwatch, "m", 9.0)
    assert evaluate(world) == 1
    assert state(cloudwatch) == "ALARM"


def test_it_looks_again_each_minute(world: World, cloudwatch: Any, later: Any) -> None:
    put(cloudwatch, "m", 9.0, at=ago(1))
    alarm(cloudwatch, TreatMissingData="notBreaching")
    evaluate(world)
    assert state(cloudwatch) == "ALARM"
    later(5 / 1440)
    assert evaluate(world) == 1
    assert state(cloudwatch) == "OK"


def test_expressions(world: World, cloudwatch: Any) -> None:
    put(cloudwatch, "errors", 5.0, at=ago(1))
    put(cloudwatch, "requests", 10.0, at=ago(1))
    metrics = [
        {"Id": "e", "MetricStat": metric("errors"), "ReturnData": False},
        {"Id": "r", "MetricStat": metric("requests"), "ReturnData": False},
        {"Id": "rate", "Expression": "100 * e / r"},
    ]
    plain: dict[str, Any] = {
        "Namespace": None,
        "MetricName": None,
        "Statistic": None,
        "Period": None,
    }
    alarm(cloudwatch, **plain, Metrics=metrics, Threshold=49.0)
    evaluate(world)
    assert state(cloudwatch) == "ALARM"


def test_what_follows(world: World, cloudwatch: Any) -> None:
    topic = world.client("sns").create_topic(Name="t")["TopicArn"]

    def listen(tx: Tx) -> None:
        subscriptions.create(tx, topic, "http", "http://127.0.0.1:9/", {}, 1)

    world.store.write_now(listen)
    alarm(cloudwatch, AlarmActions=[topic], OKActions=[topic], AlarmDescription="d")
    put(cloudwatch, "m", 9.0)
    evaluate(world)

    def message(tx: Tx) -> Any:
        return json.loads(tx.value("SELECT document FROM sns_message"))

    sent = world.store.read_now(message)
    assert sent["subject"] == 'ALARM: "a" in US East (N. Virginia)'
    body = json.loads(sent["text"]["default"])
    assert (body["OldStateValue"], body["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert body["Trigger"]["MetricName"] == "m"
    assert "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (" in body["NewStateReason"]


def test_names_of_alarms_in_rules() -> None:
    own = "arn:aws:cloudwatch:us-east-1:1:alarm:a"
    assert evaluating.named(own, "b") == "arn:aws:cloudwatch:us-east-1:1:alarm:b"
    assert evaluating.named(own, "arn:x") == "arn:x"
