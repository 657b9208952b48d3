"""Other accounts at a topic."""

from __future__ import annotations

import json
from typing import Any

from tests.harness import SECOND

from .calls import fault


def test_who_may(sns: Any, stranger: Any, topic: str) -> None:
    assert fault(stranger.publish, TopicArn=topic, Message="m")[0] == "AuthorizationError"
    sns.add_permission(
        TopicArn=topic, Label="them", AWSAccountId=[SECOND], ActionName=["Publish", "Subscribe"]
    )
    stranger.publish(TopicArn=topic, Message="m")
    stranger.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    assert len(stranger.list_subscriptions()["Subscriptions"]) == 1
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    assert fault(stranger.delete_topic, TopicArn=topic)[0] == "AuthorizationError"
    sns.remove_permission(TopicArn=topic, Label="them")
    assert fault(stranger.publish, TopicArn=topic, Message="m")[0] == "AuthorizationError"
    sns.publish(TopicArn=topic, Message="m")


def test_statements_that_are_none(sns: Any, topic: str) -> None:
    given = {"TopicArn": topic, "Label": "a"}
    for account, action in (("1", "Publish"), (SECOND, "CreateTopic")):
        code, _ = fault(sns.add_permission, **given, AWSAccountId=[account], ActionName=[action])
        assert code == "InvalidParameter"
    good = {**given, "AWSAccountId": [SECOND], "ActionName": ["Publish"]}
    sns.add_permission(**good)
    assert fault(sns.add_permission, **good)[0] == "InvalidParameter"
    policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    assert policy["Statement"][-1]["Sid"] == "a"
