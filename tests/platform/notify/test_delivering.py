"""Deliveries: signed, raw, tried again, given up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from forecourt.platform.notify import delivering
from forecourt.platform.notify.delivering import DEFAULT_RETRIES, effective, wait_after
from tests.harness import World
from tests.services.sns.listening import Listener, deliver, subscribed

QUEUE = "arn:aws:sqs:us-east-1:000000000000:dead"


@pytest.fixture
def sns(world: World) -> Any:
    return world.client("sns")


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name="news")["TopicArn"])


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as found:
        yield found


def test_a_message_as_it_comes(world: World, sns: Any, topic: str, listener: Listener) -> None:
    arn = subscribed(world, sns, topic, listener)
    id = sns.publish(TopicArn=topic, Message="grüße", Subject="s")["MessageId"]
    assert deliver(world) == 1
    headers, _ = listener.got[-1]
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-subscription-arn"] == arn
    last = listener.last
    assert (last["MessageId"], last["Message"], last["Subject"]) == (id, "grüße", "s")
    assert deliver(world) == 0


def test_raw(world: World, sns: Any, topic: str, listener: Listener) -> None:
    subscribed(world, sns, topic, listener, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="grüße")
    deliver(world)
    headers, body = listener.got[-1]
    assert body.decode() == "grüße"
    assert headers["x-amz-sns-rawdelivery"] == "true"


def test_tried_again_and_given_up(
    world: World, sns: Any, topic: str, listener: Listener, later: Any
) -> None:
    policy = json.dumps({"healthyRetryPolicy": {"numRetries": 2, "minDelayTarget": 10}})
    dead = json.dumps({"deadLetterTargetArn": QUEUE})
    arn = subscribed(world, sns, topic, listener, "", DeliveryPolicy=policy, RedrivePolicy=dead)
    move(world, arn, f"{listener.url}503")
    sns.publish(TopicArn=topic, Message="m")
    for attempt in (1, 2, 3):
        assert deliver(world) == 1
        assert len(listener.got) == attempt
        later(30 / 86400)
    assert deliver(world) == 0
    (letter,) = world.store.read_now(delivering.dead_letters)
    assert (letter["QueueArn"], letter["Reason"]) == (QUEUE, "answered 503")
    assert json.loads(letter["Body"])["Message"] == "m"
    assert world.store.read_now(delivering.dead_letters, "other") == []


def move(world: World, arn: str, endpoint: str) -> None:
    world.store.write_now(
        lambda tx: tx.run(
            "UPDATE sns_subscription SET endpoint = :endpoint WHERE arn = :arn",
            endpoint=endpoint,
            arn=arn,
        )
    )


@pytest.mark.parametrize("status", ["404", "301"])
def test_what_is_refused_is_not_tried_again(
    world: World, sns: Any, topic: str, listener: Listener, status: str
) -> None:
    arn = subscribed(world, sns, topic, listener)
    move(world, arn, f"{listener.url}{status}")
    sns.publish(TopicArn=topic, Message="m")
    assert deliver(world) == 1
    assert len(listener.got) == 1
    left = world.store.read_now(lambda tx: tx.value("SELECT count(*) FROM sns_delivery"))
    assert left == 0


@pytest.mark.parametrize(
    "endpoint", ["http://169.254.169.254/", "http://192.0.2.1/", "http://no.such.name.invalid/"]
)
def test_where_connections_may_not_go(
    world: World, sns: Any, topic: str, listener: Listener, endpoint: str
) -> None:
    arn = subscribed(world, sns, topic, listener)
    move(world, arn, endpoint)
    sns.publish(TopicArn=topic, Message="m")
    assert deliver(world) == 1
    left = world.store.read_now(lambda tx: tx.one("SELECT attempts FROM sns_delivery"))
    assert left == (1,)  # it is tried again, as AWS does where nobody answers


def test_who_is_gone_gets_nothing(world: World, sns: Any, topic: str, listener: Listener) -> None:
    arn = subscribed(world, sns, topic, listener)
    sns.publish(TopicArn=topic, Message="m")
    sns.unsubscribe(SubscriptionArn=arn)
    deliver(world)
    assert listener.got == []
    left = world.store.read_now(lambda tx: tx.value("SELECT count(*) FROM sns_message"))
    assert left == 0


def test_when_it_is_tried_again() -> None:
    waits = [wait_after(DEFAULT_RETRIES, at) for at in range(4)]
    assert waits == [20, 20, 20, None]
    phases = {
        **DEFAULT_RETRIES, "numRetries": 7, "numNoDelayRetries": 1, "numMinDelayRetries": 1,
        "numMaxDelayRetries": 2, "minDelayTarget": 10, "maxDelayTarget": 100,
    }  # fmt: skip
    found = [wait_after(phases, at) for at in range(8)]
    assert found[:2] == [0, 10]
    assert found[5:] == [100, 100, None]
    for function in ("linear", "arithmetic", "geometric", "exponential"):
        between = [wait_after({**phases, "backoffFunction": function}, at) for at in (2, 3, 4)]
        assert 10 < between[0] < between[1] < between[2] < 100  # type: ignore[operator]
    assert [wait_after((1.0, 2.0), at) for at in range(3)] == [1.0, 2.0, None]


def test_whose_policy_counts() -> None:
    own = json.dumps({"healthyRetryPolicy": {"numRetries": 1}})
    default = {"defaultHealthyRetryPolicy": {"numRetries": 5}}
    topics = json.dumps({"http": default})
    strict = json.dumps({"http": {**default, "disableSubscriptionOverrides": True}})
    assert effective(None, None) == DEFAULT_RETRIES
    assert effective(topics, own)["numRetries"] == 1
    assert effective(topics, None)["numRetries"] == 5
    assert effective(strict, own)["numRetries"] == 5
