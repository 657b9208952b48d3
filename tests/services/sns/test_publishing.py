"""Publishing: to whom, in which form, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness import World

from .calls import attributes, fault
from .listening import Listener, deliver, subscribed


def test_a_message_by_protocol(world: World, sns: Any, topic: str, listener: Listener) -> None:
    subscribed(world, sns, topic, listener)
    text = json.dumps({"default": "for all", "http": "for http", "sms": "short"})
    sns.publish(TopicArn=topic, Message=text, MessageStructure="json")
    deliver(world)
    assert listener.last["Message"] == "for http"


def test_only_what_is_wanted(world: World, sns: Any, topic: str, listener: Listener) -> None:
    subscribed(world, sns, topic, listener, FilterPolicy='{"kind": ["a"]}')
    sns.publish(TopicArn=topic, Message="no")
    sns.publish(TopicArn=topic, Message="no", MessageAttributes=attributes(kind="b"))
    assert deliver(world) == 0
    sns.publish(TopicArn=topic, Message="yes", MessageAttributes=attributes(kind="a"))
    assert deliver(world) == 1
    assert listener.last["MessageAttributes"] == {"kind": {"Type": "String", "Value": "a"}}


def test_only_bodies_that_are_wanted(
    world: World, sns: Any, topic: str, listener: Listener
) -> None:
    policy = '{"order": {"price": [{"numeric": [">", 10]}]}}'
    subscribed(world, sns, topic, listener, FilterPolicyScope="MessageBody", FilterPolicy=policy)
    for body in ("no JSON", "[1]", '{"order": {"price": 5}}', '{"order": 1}'):
        sns.publish(TopicArn=topic, Message=body)
    assert deliver(world) == 0
    sns.publish(TopicArn=topic, Message='{"order": {"price": 15}}')
    assert deliver(world) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"Message": ""},
        {"Message": "x" * (256 * 1024 + 1)},
        {"Message": "x", "Subject": ""},
        {"Message": "x", "Subject": "a\nb"},
        {"Message": "x", "Subject": "s" * 101},
        {"Message": "x", "MessageStructure": "xml"},
        {"Message": "x", "MessageStructure": "json"},
        {"Message": '{"http": "x"}', "MessageStructure": "json"},
        {"Message": "x", "MessageDeduplicationId": "1"},
        {"Message": "x", "PhoneNumber": "+1555"},
    ],
)
def test_messages_that_are_none(sns: Any, topic: str, given: dict[str, str]) -> None:
    assert fault(sns.publish, TopicArn=topic, **given)[0] == "InvalidParameter"


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("a", {"DataType": "Thing", "StringValue": "x"}),
        ("a", {"DataType": "Number", "StringValue": "x"}),
        ("a", {"DataType": "String", "StringValue": ""}),
        ("a", {"DataType": "Binary", "BinaryValue": b""}),
        ("a", {"DataType": "String.Array", "StringValue": "{}"}),
        (".a", {"DataType": "String", "StringValue": "x"}),
        ("a b", {"DataType": "String", "StringValue": "x"}),
    ],
)
def test_attributes_that_are_none(sns: Any, topic: str, name: str, attribute: Any) -> None:
    code, _ = fault(sns.publish, TopicArn=topic, Message="m", MessageAttributes={name: attribute})
    assert code in ("ParameterValueInvalid", "InvalidParameterValue")


def test_where_there_is_nothing(sns: Any, topic: str) -> None:
    assert fault(sns.publish, TopicArn=f"{topic}x", Message="m")[0] == "NotFound"
    assert fault(sns.publish, Message="m")[0] == "InvalidParameter"


def test_batches(world: World, sns: Any, topic: str, listener: Listener) -> None:
    subscribed(world, sns, topic, listener)
    entries = [{"Id": "a", "Message": "one"}, {"Id": "b", "Message": "two", "Subject": "\n"}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["a"]
    assert [(e["Id"], e["Code"]) for e in answer["Failed"]] == [("b", "InvalidParameter")]
    assert deliver(world) == 1
    for wrong, code in (
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "Message": "m"} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "Message": "m"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "Message": "m"}], "InvalidBatchEntryId"),
        ([{"Id": str(n), "Message": "m" * 200_000} for n in range(2)], "BatchRequestTooLong"),
    ):
        found, _ = fault(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=wrong)
        assert found == code


def test_fifo(sns: Any) -> None:
    made = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    arn = sns.create_topic(Name="a.fifo", Attributes=made)["TopicArn"]
    assert fault(sns.publish, TopicArn=arn, Message="m")[0] == "InvalidParameter"
    one, same, other = (
        sns.publish(TopicArn=arn, Message=text, MessageGroupId="g") for text in ("m", "m", "n")
    )
    assert one["MessageId"] == same["MessageId"]
    assert one["SequenceNumber"] < other["SequenceNumber"]
    assert fault(sns.subscribe, TopicArn=arn, Protocol="email", Endpoint="a@b")[0] == (
        "InvalidParameter"
    )
    sns.set_topic_attributes(
        TopicArn=arn, AttributeName="ContentBasedDeduplication", AttributeValue="false"
    )
    code, _ = fault(sns.publish, TopicArn=arn, Message="m", MessageGroupId="g")
    assert code == "InvalidParameter"
