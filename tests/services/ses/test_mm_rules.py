"""Rule sets: what is checked, and which steps a message gets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forecourt.services.ses.mm_conditions import Facts
from forecourt.services.ses.mm_rules import plans
from tests.harness import World

from .calls import fault, topic
from .managing import ingress_point, policy, rule_set

FACTS = Facts("", "192.0.2.1", "", "bob@far.test")
ARN = "arn:aws:iam::000000000000:role/r"
SNS = {"PublishToSns": {"TopicArn": "t", "RoleArn": ARN}}


def to(recipient: str) -> dict[str, Any]:
    return {
        "StringExpression": {
            "Evaluate": {"Attribute": "RECIPIENT"}, "Operator": "EQUALS", "Values": [recipient],
        }
    }  # fmt: skip


def kinds(plan: list[Any]) -> list[str]:
    return [next(iter(step["Action"])) for step in plan]


def test_recipients_alike_have_one_plan() -> None:
    rules: list[dict[str, Any]] = [
        {"Name": "1", "Conditions": [to("a@x.test")], "Actions": [{"Drop": {}}]},
        {"Name": "2", "Unless": [to("b@x.test")], "Actions": [SNS]},
        {"Name": "3", "Actions": [{"Send": {"RoleArn": ARN}}]},
    ]
    found = plans("r", rules, FACTS, ["a@x.test", "b@x.test", "c@x.test", "d@x.test"])
    assert [(whom, kinds(plan)) for whom, plan in found] == [
        (["b@x.test"], ["SendAction"]),
        (["c@x.test", "d@x.test"], ["SNSAction", "SendAction"]),
    ]
    assert found[1][1][0]["Recipients"] == ["c@x.test", "d@x.test"]


def test_recipients_that_are_replaced() -> None:
    there = {"ReplaceRecipient": {"ReplaceWith": ["n@y.test"]}}
    rules: list[dict[str, Any]] = [
        {"Actions": [there, {"Send": {"RoleArn": ARN}}]},
        {"Conditions": [to("n@y.test")], "Actions": [SNS]},
    ]
    ((whom, plan),) = plans("r", rules, FACTS, ["a@x.test", "b@x.test"])
    assert whom == ["a@x.test", "b@x.test"]
    assert [step["Recipients"] for step in plan] == [["n@y.test"], ["n@y.test"]]
    assert kinds(plan) == ["SendAction", "SNSAction"]
    rules[0]["Actions"] = [{"Drop": {}}]
    assert plans("r", rules, replace(FACTS, size=1), ["a@x.test"]) == []


def test_a_rule_set(manager: Any) -> None:
    rules = [{"Name": "1", "Conditions": [to("a@x.test")], "Actions": [{"Drop": {}}]}]
    id = rule_set(manager, *rules)
    assert manager.get_rule_set(RuleSetId=id)["Rules"] == rules
    manager.update_rule_set(RuleSetId=id, Rules=[])
    assert manager.get_rule_set(RuleSetId=id)["Rules"] == []
    manager.delete_rule_set(RuleSetId=id)
    manager.delete_rule_set(RuleSetId=id)
    used = rule_set(manager, name="used")
    ingress_point(manager, policy(manager), used)
    assert fault(manager.delete_rule_set, RuleSetId=used)[0] == "ConflictException"


@pytest.mark.parametrize(
    "action",
    [
        {"Relay": {"Relay": "r"}},
        {"Archive": {"TargetArchive": "a"}},
        {"WriteToS3": {"RoleArn": ARN, "S3Bucket": "none"}},
        {"WriteToS3": {"RoleArn": ARN, "S3Bucket": "mail", "S3SseKmsKeyId": "k" * 20}},
        {"PublishToSns": {"RoleArn": ARN, "TopicArn": "arn:aws:sns:us-east-1:000000000000:no"}},
        {"AddHeader": {"HeaderName": "a", "HeaderValue": "a\r\nb"}},
        {"ReplaceRecipient": {}},
    ],
)
def test_actions_that_are_refused(world: World, manager: Any, action: Any) -> None:
    world.client("s3").create_bucket(Bucket="mail")
    assert fault(rule_set, manager, {"Actions": [action]})[0] == "ValidationException"


def test_actions_that_are_kept(world: World, manager: Any) -> None:
    world.client("s3").create_bucket(Bucket="mail")
    actions = [
        {"WriteToS3": {"RoleArn": ARN, "S3Bucket": "mail", "S3Prefix": "x/"}},
        {"PublishToSns": {"RoleArn": ARN, "TopicArn": topic(world)}},
        {"AddHeader": {"HeaderName": "X-A", "HeaderValue": "b"}},
        {"Send": {"RoleArn": ARN}},
    ]
    id = rule_set(manager, {"Actions": actions})
    assert manager.get_rule_set(RuleSetId=id)["Rules"] == [{"Actions": actions}]
