"""Subscriptions: asked for, confirmed, changed and ended."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from forecourt.platform import outbox
from forecourt.services.sns import LINKS, by_link
from forecourt.services.sns.subscriptions import PURPOSE
from forecourt.store.tx import Tx
from tests.harness import SECOND_KEY, World
from tests.services.lambda_.conftest import register

from .calls import fault
from .listening import Listener, deliver, subscribed


def test_an_endpoint_confirms(world: World, sns: Any, topic: str, listener: Listener) -> None:
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    assert answer["SubscriptionArn"] == "pending confirmation"
    (pending,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert pending["SubscriptionArn"] == "PendingConfirmation"
    sns.publish(TopicArn=topic, Message="too early")
    assert deliver(world) == 1
    ask = listener.last
    assert (ask["Type"], ask["TopicArn"]) == ("SubscriptionConfirmation", topic)
    given = dict(parse_qsl(urlsplit(ask["SubscribeURL"]).query))
    assert given["Token"] == ask["Token"]
    arn = world.store.write_now(by_link, "ConfirmSubscription", given)
    (found,) = sns.list_subscriptions()["Subscriptions"]
    assert found["SubscriptionArn"] == arn
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (shown["PendingConfirmation"], shown["Endpoint"]) == ("false", listener.url)
    again = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    assert again["SubscriptionArn"] == arn


def test_tokens_that_are_none(world: World, sns: Any, topic: str, listener: Listener) -> None:
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    assert fault(sns.confirm_subscription, TopicArn=topic, Token="x")[0] == "InvalidParameter"
    for given in ({}, {"TopicArn": topic, "Token": "x"}):
        assert world.store.write_now(by_link, "ConfirmSubscription", given) is None
    assert world.store.write_now(by_link, "Publish", {}) is None


def test_a_token_ends(world: World, sns: Any, topic: str, listener: Listener, later: Any) -> None:
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    deliver(world)
    later(2.1)
    code, _ = fault(sns.confirm_subscription, TopicArn=topic, Token=listener.last["Token"])
    assert code == "InvalidParameter"


def test_the_link_that_ends_it_asks_once_more(
    world: World, sns: Any, topic: str, listener: Listener
) -> None:
    subscribed(world, sns, topic, listener)
    sns.publish(TopicArn=topic, Message="m")
    deliver(world)
    given = dict(parse_qsl(urlsplit(listener.last["UnsubscribeURL"]).query))
    world.store.write_now(by_link, "Unsubscribe", given)
    deliver(world)
    assert listener.last["Type"] == "UnsubscribeConfirmation"
    sns.publish(TopicArn=topic, Message="m")
    assert deliver(world) == 0
    back = dict(parse_qsl(urlsplit(listener.last["SubscribeURL"]).query))
    assert world.store.write_now(by_link, "ConfirmSubscription", back)
    sns.publish(TopicArn=topic, Message="m")
    assert deliver(world) == 1


def test_who_confirmed_signed_is_not_ended_by_a_link(
    world: World, sns: Any, topic: str, listener: Listener
) -> None:
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    deliver(world)
    arn = sns.confirm_subscription(
        TopicArn=topic, Token=listener.last["Token"], AuthenticateOnUnsubscribe="true"
    )["SubscriptionArn"]
    assert world.store.write_now(by_link, "Unsubscribe", {"SubscriptionArn": arn}) is None
    sns.unsubscribe(SubscriptionArn=arn)
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions()["Subscriptions"] == []
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert shown["SubscriptionsDeleted"] == "1"


def test_a_reader_of_mail_confirms(world: World, sns: Any, topic: str) -> None:
    arn = sns.subscribe(
        TopicArn=topic, Protocol="email", Endpoint="alice@example.com", ReturnSubscriptionArn=True
    )["SubscriptionArn"]

    def sent(tx: Tx) -> list[Any]:
        return [each.spec for each in outbox.sent(tx)]

    (mail,) = world.store.read_now(sent)
    assert mail["To"] == "alice@example.com"
    assert "/confirm/" in mail["Text"]
    assert world.store.write_now(LINKS[PURPOSE], arn) == "Subscription confirmed!"
    sns.publish(TopicArn=topic, Message="Hello.", Subject="Hi")
    deliver(world)
    mail = world.store.read_now(sent)[-1]
    assert mail["Subject"] == "Hi"
    assert mail["Text"].startswith("Hello.\n")


def test_mail_as_json(world: World, sns: Any, topic: str) -> None:
    arn = sns.subscribe(
        TopicArn=topic, Protocol="email-json", Endpoint="a@example.com", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    world.store.write_now(LINKS[PURPOSE], arn)
    sns.publish(TopicArn=topic, Message="Hello.")
    deliver(world)
    text = world.store.read_now(lambda tx: outbox.sent(tx)[-1].spec["Text"])
    assert json.loads(text)["Message"] == "Hello."


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("http", "https://example.com/"),
        ("http", "http://"),
        ("http", "http://a b/"),
        ("https", "https://[/"),
        ("email", "nobody"),
        ("email", "a b@c"),
        ("sqs", "arn:aws:sqs:us-east-1:000000000000:q"),
        ("sms", "+1555"),
        ("lambda", "arn:aws:lambda:us-east-1:000000000000:function:none"),
        ("pigeon", "home"),
    ],
)
def test_endpoints_that_are_none(sns: Any, topic: str, protocol: str, endpoint: str) -> None:
    code, _ = fault(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    assert code == "InvalidParameter"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Nonsense", "x"),
        ("RawMessageDelivery", "yes"),
        ("FilterPolicy", "{"),
        ("FilterPolicy", '{"a": []}'),
        ("FilterPolicyScope", "Everything"),
        ("DeliveryPolicy", '{"healthyRetryPolicy": {"numRetries": -1}}'),
        ("DeliveryPolicy", '{"other": 1}'),
        ("RedrivePolicy", "{}x"),
        ("RedrivePolicy", '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:999999999999:q"}'),
    ],
)
def test_attributes_that_are_none(
    world: World, sns: Any, topic: str, listener: Listener, name: str, value: str
) -> None:
    arn = subscribed(world, sns, topic, listener)
    code, _ = fault(
        sns.set_subscription_attributes,
        SubscriptionArn=arn,
        AttributeName=name,
        AttributeValue=value,
    )
    assert code == "InvalidParameter"


def test_attributes(world: World, sns: Any, topic: str, listener: Listener) -> None:
    arn = subscribed(world, sns, topic, listener, FilterPolicy='{"a": ["b"]}')
    given = '{"healthyRetryPolicy": {"numRetries": 1, "maxDelayTarget": 30}}'
    for name, value in (("DeliveryPolicy", given), ("RawMessageDelivery", "true")):
        sns.set_subscription_attributes(
            SubscriptionArn=arn, AttributeName=name, AttributeValue=value
        )
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    effective = json.loads(shown["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]
    assert (effective["numRetries"], effective["minDelayTarget"]) == (1, 20)
    assert (shown["RawMessageDelivery"], shown["FilterPolicy"]) == ("true", '{"a": ["b"]}')
    sns.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="{}"
    )
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert "FilterPolicy" not in shown
    different = {"RawMessageDelivery": "false"}
    code, _ = fault(
        sns.subscribe,
        TopicArn=topic,
        Protocol="http",
        Endpoint=listener.url,
        Attributes=different,
    )
    assert code == "InvalidParameter"


def test_what_is_not_there(sns: Any, topic: str) -> None:
    none = f"{topic}:00000000-0000-4000-8000-000000000000"
    assert fault(sns.get_subscription_attributes, SubscriptionArn=none)[0] == "NotFound"
    assert fault(sns.unsubscribe, SubscriptionArn="x")[0] == "InvalidParameter"
    gone = fault(sns.subscribe, TopicArn=f"{topic}x", Protocol="email", Endpoint="a@b")
    assert gone[0] == "NotFound"


def test_others_do_not_touch_a_subscription(
    world: World, sns: Any, topic: str, listener: Listener
) -> None:
    arn = subscribed(world, sns, topic, listener)
    other = world.client("sns", SECOND_KEY)
    for call, more in (
        (other.get_subscription_attributes, {}),
        (
            other.set_subscription_attributes,
            {"AttributeName": "RawMessageDelivery", "AttributeValue": "true"},
        ),
        (other.unsubscribe, {}),
    ):
        assert fault(call, SubscriptionArn=arn, **more)[0] == "AuthorizationError"
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["Owner"]


def test_the_function_of_another_account(world: World, topic: str) -> None:
    mine = register(world, "echo", "echo")
    other = world.client("sns", SECOND_KEY)
    theirs = other.create_topic(Name="t")["TopicArn"]
    code, _ = fault(other.subscribe, TopicArn=theirs, Protocol="lambda", Endpoint=mine)
    assert code == "InvalidParameter"


def test_policies_that_would_break_later(sns: Any, topic: str, listener: Listener) -> None:
    for policy in ('{"requestPolicy":null}', '{"requestPolicy":{"headerContentType":5}}'):
        code, _ = fault(
            sns.subscribe, TopicArn=topic, Protocol="http", Endpoint=listener.url,
            Attributes={"DeliveryPolicy": policy},
        )  # fmt: skip
        assert code == "InvalidParameter"
    arn = sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=listener.url, ReturnSubscriptionArn=True,
        Attributes={"DeliveryPolicy": '{"healthyRetryPolicy":null}'},
    )["SubscriptionArn"]  # fmt: skip
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    huge = json.dumps({"a": [10**400]})
    for name, value in (("FilterPolicy", huge), ("FilterPolicy", '{"a":[{"numeric":["=",1e10]}]}')):
        code, _ = fault(
            sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName=name,
            AttributeValue=value,
        )  # fmt: skip
        assert code == "InvalidParameter"


def test_a_filter_may_be_named_before_its_scope(sns: Any, topic: str, listener: Listener) -> None:
    assert sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=listener.url,
        Attributes={"FilterPolicy": '{"a":{"b":["c"]}}', "FilterPolicyScope": "MessageBody"},
    )  # fmt: skip
