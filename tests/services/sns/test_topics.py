"""Topics: their names, attributes and pages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .calls import fault


def test_a_topic_is_made_once(sns: Any, topic: str) -> None:
    assert topic == "arn:aws:sns:us-east-1:000000000000:news"
    assert sns.create_topic(Name="news")["TopicArn"] == topic
    other = fault(sns.create_topic, Name="news", Attributes={"DisplayName": "d"})
    assert other[0] == "InvalidParameter"
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)
    assert fault(sns.get_topic_attributes, TopicArn=topic)[0] == "NotFound"


@pytest.mark.parametrize("name", ["", "a b", "a.b", "a" * 257, "a/b", "x.fifo"])
def test_names_that_are_none(sns: Any, name: str) -> None:
    assert fault(sns.create_topic, Name=name)[0] in ("InvalidParameter", "ValidationError")


def test_attributes(sns: Any, topic: str) -> None:
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (found["DisplayName"], found["Owner"]) == ("News", "000000000000")
    assert (found["SubscriptionsConfirmed"], found["SubscriptionsPending"]) == ("0", "0")
    assert json.loads(found["Policy"])["Statement"]
    retries = json.loads(found["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]
    assert (retries["numRetries"], retries["minDelayTarget"]) == (3, 20)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Nonsense", "x"),
        ("KmsMasterKeyId", "alias/x"),
        ("DisplayName", "x" * 101),
        ("Policy", "{"),
        ("SignatureVersion", "3"),
        ("TracingConfig", "Active"),
        ("ContentBasedDeduplication", "true"),
        ("DeliveryPolicy", "[]"),
        ("DeliveryPolicy", '{"x": 1}'),
        ("DeliveryPolicy", '{"http": {"defaultHealthyRetryPolicy": {"numRetries": 101}}}'),
        ("DeliveryPolicy", '{"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 30}}}'),
        ("DeliveryPolicy", '{"http": {"defaultHealthyRetryPolicy": {"backoffFunction": "x"}}}'),
        ("DeliveryPolicy", '{"http": {"defaultHealthyRetryPolicy": {"numNoDelayRetries": 9}}}'),
    ],
)
def test_attributes_that_are_none(sns: Any, topic: str, name: str, value: str) -> None:
    code, _ = fault(
        sns.set_topic_attributes, TopicArn=topic, AttributeName=name, AttributeValue=value
    )
    assert code == "InvalidParameter"


def test_pages(sns: Any) -> None:
    wanted = {sns.create_topic(Name=f"t{n:03}")["TopicArn"] for n in range(101)}
    page = sns.list_topics()
    assert len(page["Topics"]) == 100
    rest = sns.list_topics(NextToken=page["NextToken"])
    assert {t["TopicArn"] for t in (*page["Topics"], *rest["Topics"])} == wanted
    assert "NextToken" not in rest


def test_fifo(sns: Any) -> None:
    arn = sns.create_topic(Name="a.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    found = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (found["FifoTopic"], found["ContentBasedDeduplication"]) == ("true", "false")


def test_arns_that_are_none(sns: Any) -> None:
    assert fault(sns.get_topic_attributes, TopicArn="news")[0] == "InvalidParameter"
