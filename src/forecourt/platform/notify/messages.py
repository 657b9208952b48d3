"""What a subscriber gets: the document of a message, in the form of its protocol.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

AGENT = "Amazon Simple Notification Service Agent"
SUBJECT = "AWS Notification Message"
CONFIRM_TEXT = (
    "You have chosen to subscribe to the topic {topic}.\n"
    "To confirm the subscription, visit the SubscribeURL included in this message."
)
UNSUBSCRIBED_TEXT = (
    "You have chosen to deactivate subscription {subscription}.\n"
    "To cancel this operation and restore the subscription, visit the SubscribeURL included in this"
    " message."
)


@dataclass(frozen=True, slots=True)
class Message:
    """What was published, as it is kept."""

    id: str
    topic: str
    published: float
    text: Mapping[str, str]  # by protocol; "default" always
    subject: str = ""
    attributes: Mapping[str, Any] | None = None
    kind: str = "Notification"
    token: str = ""  # of a confirmation

    def dump(self) -> str:
        return json.dumps(
            {
                "text": self.text,
                "subject": self.subject,
                "attributes": self.attributes or {},
                "kind": self.kind,
                "token": self.token,
            }
        )

    @classmethod
    def load(cls, id: str, topic: str, document: str, published: float) -> Message:
        return cls(id, topic, published, **json.loads(document))

    def for_(self, protocol: str) -> str:
        return self.text.get(protocol, self.text["default"])


def document(message: Message, protocol: str, subscription: str, public: str) -> dict[str, str]:
    """The fields that are signed, and the links."""
    found = {
        "Type": message.kind,
        "MessageId": message.id,
        "TopicArn": message.topic,
        "Message": message.for_(protocol),
        "Timestamp": stamp(message.published),
    }
    if message.kind == "Notification":
        if message.subject:
            found["Subject"] = message.subject
        found["UnsubscribeURL"] = link(public, Action="Unsubscribe", SubscriptionArn=subscription)
        return found
    found["Token"] = message.token
    found["SubscribeURL"] = link(
        public, Action="ConfirmSubscription", TopicArn=message.topic, Token=message.token
    )
    return found


def link(public: str, **query: str) -> str:
    return f"{public}/?{urlencode(query)}"


def shown_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as documents have them."""
    return {
        name: {"Type": each["DataType"], "Value": each.get("StringValue", each.get("BinaryValue"))}
        for name, each in attributes.items()
    }


def headers(message: Message, subscription: str, *, raw: bool) -> dict[str, str]:
    """Of a POST."""
    found = {
        "x-amz-sns-message-type": message.kind,
        "x-amz-sns-message-id": message.id,
        "x-amz-sns-topic-arn": message.topic,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": AGENT,
    }
    if message.kind != "SubscriptionConfirmation":
        found["x-amz-sns-subscription-arn"] = subscription
    if raw:
        found["x-amz-sns-rawdelivery"] = "true"
    return found


def event(message: Message, signed: Mapping[str, str], subscription: str) -> dict[str, Any]:
    """What a function is called with."""
    inner: dict[str, Any] = {
        **{k: v for k, v in signed.items() if not k.endswith("URL")},
        "Subject": message.subject or None,
        "SigningCertUrl": signed["SigningCertURL"],
        "UnsubscribeUrl": signed.get("UnsubscribeURL", ""),
        "MessageAttributes": shown_attributes(message.attributes or {}),
    }
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription,
                "Sns": inner,
            }
        ]
    }


def filtered_by(message: Message, scope: str) -> Mapping[str, Any] | None:
    """What a filter policy is matched against; None where a body is no JSON object."""
    if scope == "MessageBody":
        try:
            body = json.loads(message.text["default"])
        except (ValueError, RecursionError):
            return None
        return body if isinstance(body, dict) else None
    return {name: values(each) for name, each in (message.attributes or {}).items()}


def values(attribute: Mapping[str, Any]) -> list[Any]:
    text = attribute.get("StringValue", "")
    match attribute["DataType"].partition(".")[0]:
        case "Number":
            return [float(text)]
        case "Binary":
            return []
    if attribute["DataType"] == "String.Array":
        return list(json.loads(text))
    return [text]


def stamp(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
