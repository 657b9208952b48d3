"""Documents of messages."""

from __future__ import annotations

import pytest

from forecourt.platform.notify.messages import (
    Message,
    document,
    event,
    filtered_by,
    headers,
    values,
)

TOPIC = "arn:aws:sns:us-east-1:000000000000:t"
SUBSCRIPTION = f"{TOPIC}:1"


def test_kept_and_read_again() -> None:
    message = Message("1", TOPIC, 0.5, {"default": "d", "http": "h"}, "s", {"a": {}})
    again = Message.load("1", TOPIC, message.dump(), 0.5)
    assert again == message
    assert (again.for_("http"), again.for_("email")) == ("h", "d")


def test_a_notification() -> None:
    found = document(Message("1", TOPIC, 0.5, {"default": "d"}), "http", SUBSCRIPTION, "http://p")
    assert found["Timestamp"] == "1970-01-01T00:00:00.500Z"
    assert "Subject" not in found
    assert found["UnsubscribeURL"].startswith("http://p/?Action=Unsubscribe&SubscriptionArn=arn%3A")


def test_a_confirmation() -> None:
    message = Message("1", TOPIC, 0, {"default": "d"}, kind="SubscriptionConfirmation", token="t")
    found = document(message, "http", SUBSCRIPTION, "http://p")
    assert found["SubscribeURL"].endswith("&Token=t")
    assert "x-amz-sns-subscription-arn" not in headers(message, SUBSCRIPTION, raw=False)
    assert "UnsubscribeURL" not in found


def test_raw_ones_say_so() -> None:
    message = Message("1", TOPIC, 0, {"default": "d"})
    assert headers(message, SUBSCRIPTION, raw=True)["x-amz-sns-rawdelivery"] == "true"


@pytest.mark.parametrize(
    ("attribute", "found"),
    [
        ({"DataType": "String", "StringValue": "a"}, ["a"]),
        ({"DataType": "Number.int", "StringValue": "5"}, [5.0]),
        ({"DataType": "String.Array", "StringValue": '["a", 1, null]'}, ["a", 1, None]),
        ({"DataType": "Binary", "BinaryValue": "eA=="}, []),
    ],
)
def test_what_attributes_are_matched_as(attribute: dict[str, str], found: list[object]) -> None:
    assert values(attribute) == found


def test_bodies_that_cannot_be_matched() -> None:
    for text in ("x", "[1]", "[" * 100_000):
        assert filtered_by(Message("1", TOPIC, 0, {"default": text}), "MessageBody") is None


def test_what_a_function_gets() -> None:
    message = Message(
        "1",
        TOPIC,
        0,
        {"default": "d"},
        attributes={"a": {"DataType": "String", "StringValue": "b"}},
    )
    signed = {**document(message, "lambda", SUBSCRIPTION, "http://p"), "SigningCertURL": "u"}
    (record,) = event(message, signed, SUBSCRIPTION)["Records"]
    assert record["EventSource"] == "aws:sns"
    assert record["Sns"]["MessageAttributes"] == {"a": {"Type": "String", "Value": "b"}}
    assert record["Sns"]["SigningCertUrl"] == "u"
