"""Subscriptions: who is told, once they agreed.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from forecourt.aws.operations import Operations
from forecourt.platform import links, outbox
from forecourt.platform.notify import publishing, subscriptions, topics
from forecourt.platform.notify.delivering import invocable
from forecourt.platform.notify.filters import BadPolicy, parse
from forecourt.platform.notify.subscriptions import CONFIRMED, PENDING, SIGNED, Subscription
from forecourt.platform.notify.topics import TOPICS, errors
from forecourt.store.resources import Resource

from .topics import check_retries, document, effective, existing, invalid

if TYPE_CHECKING:
    from forecourt.aws.types import sns as t
    from forecourt.store.tx import Tx

ops = Operations("sns")
PAGE = 100
PURPOSE = "sns subscription"  # of links in mails
PENDING_TEXT = "pending confirmation"
SHOWN_PENDING = "PendingConfirmation"
PROTOCOLS = ("http", "https", "email", "email-json", "lambda")
NOT_HERE = ("sqs", "sms", "application", "firehose")
SETTABLE = frozenset(
    ("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")
)
SCOPES = ("MessageAttributes", "MessageBody")
MOST_FILTERS = 200  # of a topic


@ops.write
def subscribe(tx: Tx, req: t.SubscribeInput) -> t.SubscribeResponse:
    """Ask an endpoint whether it wants to be told; a function of the caller's is not asked."""
    topic, protocol = existing(tx, req["TopicArn"]), req["Protocol"]
    endpoint = checked_endpoint(tx, topic, protocol, req.get("Endpoint", ""))
    attributes: dict[str, str] = {}
    given = req.get("Attributes", {})
    for name, value in sorted(given.items(), key=lambda each: each[0] != "FilterPolicyScope"):
        attributes |= checked_attribute(tx, protocol, attributes, name, value)
    if known := subscriptions.of_endpoint(tx, topic.arn, protocol, endpoint):
        if attributes and any(known.attributes.get(k) != v for k, v in attributes.items()):
            raise invalid(
                "Attributes Reason: Subscription already exists with different attributes"
            )
        if not known.confirmed:
            ask(tx, known)
        return answered(known, req)
    if "FilterPolicy" in attributes:
        check_filters(tx, topic)
    confirmed = CONFIRMED if protocol == "lambda" else PENDING
    made = subscriptions.create(tx, topic.arn, protocol, endpoint, attributes, confirmed)
    if not confirmed:
        ask(tx, made)
    return answered(made, req)


@ops.write
def confirm_subscription(tx: Tx, req: t.ConfirmSubscriptionInput) -> t.ConfirmSubscriptionResponse:
    """The endpoint agreed: it knows the token that only it was sent."""
    topic = existing(tx, req["TopicArn"])
    found = subscriptions.by_token(tx, topic.arn, req["Token"])
    if found is None:
        raise invalid("Token")
    signed = str(req.get("AuthenticateOnUnsubscribe", "")).lower() == "true"
    subscriptions.confirm(tx, found.arn, SIGNED if signed else CONFIRMED)
    return {"SubscriptionArn": found.arn}


@ops.write
def unsubscribe(tx: Tx, req: t.UnsubscribeInput) -> None:
    """Tell it nothing any more; one that is gone is no error."""
    found = subscriptions.find(tx, shaped(req["SubscriptionArn"]))
    if found is None:
        return
    if not found.confirmed:
        raise invalid(
            "SubscriptionArn Reason: This subscription is pending confirmation and cannot be"
            " unsubscribed"
        )
    take_away(tx, found)


@ops.read
def list_subscriptions(tx: Tx, req: t.ListSubscriptionsInput) -> t.ListSubscriptionsResponse:
    found = subscriptions.of_account(tx, tx.call.account, req.get("NextToken", ""), PAGE + 1)
    return paged(found)


@ops.read
def list_subscriptions_by_topic(tx: Tx, req: t.ListSubscriptionsByTopicInput) -> Any:
    topic = existing(tx, req["TopicArn"])
    return paged(subscriptions.of_topic(tx, topic.arn, req.get("NextToken", ""), PAGE + 1))


@ops.read
def get_subscription_attributes(
    tx: Tx, req: t.GetSubscriptionAttributesInput
) -> t.GetSubscriptionAttributesResponse:
    found = known(tx, req["SubscriptionArn"])
    topic = existing(tx, found.topic)
    shown = {
        "SubscriptionArn": found.arn,
        "TopicArn": found.topic,
        "Protocol": found.protocol,
        "Endpoint": found.endpoint,
        "Owner": found.account,
        "SubscriptionPrincipal": f"arn:aws:iam::{found.account}:root",
        "PendingConfirmation": str(not found.confirmed).lower(),
        "ConfirmationWasAuthenticated": str(
            found.confirmed == SIGNED or found.protocol == "lambda"
        ).lower(),
        "RawMessageDelivery": "false",
        **found.attributes,
    }
    if found.protocol in ("http", "https"):
        http = effective(topic)["http"]
        own = json.loads(found.attributes.get("DeliveryPolicy") or "{}")
        shown["EffectiveDeliveryPolicy"] = json.dumps(
            {
                "healthyRetryPolicy": {
                    **http["defaultHealthyRetryPolicy"],
                    **(own.get("healthyRetryPolicy") or {}),
                },
                "requestPolicy": own.get("requestPolicy", http["defaultRequestPolicy"]),
            }
        )
    return {"Attributes": shown}


@ops.write
def set_subscription_attributes(tx: Tx, req: t.SetSubscriptionAttributesInput) -> None:
    found = known(tx, req["SubscriptionArn"])
    name, value = req["AttributeName"], req.get("AttributeValue", "")
    attributes = dict(found.attributes)
    if name == "FilterPolicy" and value and "FilterPolicy" not in attributes:
        check_filters(tx, existing(tx, found.topic))
    attributes |= checked_attribute(tx, found.protocol, attributes, name, value)
    if name == "FilterPolicyScope" and "FilterPolicy" in attributes:
        checked_filter(attributes["FilterPolicy"], value)
    if value in ("", "{}"):
        attributes.pop(name, None)
    subscriptions.change(tx, found, attributes)


def ask(tx: Tx, of: Subscription) -> None:
    """By a message to its URL, or by a mail whose link has a button."""
    if of.protocol in ("http", "https"):
        publishing.ask(tx, of)
        return
    text = f"{of.endpoint} is to be told what is published to {of.topic}. Do you want that?"
    link = links.make(tx, PURPOSE, of.arn, text)
    outbox.send(
        tx,
        of.endpoint,
        "AWS Notification - Subscription Confirmation",
        f"You have chosen to subscribe to the topic:\n{of.topic}\n\n"
        f"To confirm this subscription, open the link below and confirm:\n{link}\n",
    )


def confirmed_by_mail(tx: Tx, arn: str) -> str:
    """Somebody read the mail."""
    if subscriptions.find(tx, arn) is None:
        return "This subscription is no more."
    subscriptions.confirm(tx, arn)
    return "Subscription confirmed!"


LINKS = {PURPOSE: confirmed_by_mail}


def by_link(tx: Tx, action: str, given: Mapping[str, str]) -> str | None:
    """What the links in messages do, for whoever opens them: the subscription's ARN; None: nothing."""
    if action == "ConfirmSubscription":
        found = subscriptions.by_token(tx, given.get("TopicArn", ""), given.get("Token", ""))
        if found is None:
            return None
        subscriptions.confirm(tx, found.arn)
        return found.arn
    found = subscriptions.find(tx, given.get("SubscriptionArn", ""))
    if action != "Unsubscribe" or found is None or found.confirmed != CONFIRMED:
        return None
    if found.protocol in ("http", "https"):
        # It is asked once more, so that what was a mistake can be undone.
        tx.run(
            "UPDATE sns_subscription SET confirmed = :pending, created = :now WHERE arn = :arn",
            pending=PENDING,
            now=tx.now.timestamp(),
            arn=found.arn,
        )
        publishing.ask(tx, found, "UnsubscribeConfirmation")
        return found.arn
    take_away(tx, found)
    return found.arn


def take_away(tx: Tx, found: Subscription) -> None:
    subscriptions.remove(tx, found.arn)
    if (topic := topics.find(tx, found.topic)) is not None:
        TOPICS.change(tx, topic, status={**topic.status, "Deleted": topic.status["Deleted"] + 1})


def checked_endpoint(tx: Tx, topic: Resource, protocol: str, endpoint: str) -> str:
    """InvalidParameter."""
    if protocol in NOT_HERE:
        raise invalid(f"Protocol Reason: {protocol} is not served here")
    if protocol not in PROTOCOLS:
        raise invalid(f"Does not support this protocol string: {protocol}")
    if topic.spec["Fifo"]:
        raise invalid(f"Invalid protocol type: {protocol}")
    match protocol:
        case "http" | "https":
            try:
                parts = urlsplit(endpoint)
                good = parts.scheme == protocol and bool(parts.hostname) and endpoint.isascii()
                _ = parts.port
            except ValueError:
                good = False
            if not good or any(character <= " " for character in endpoint):
                raise invalid("Endpoint must match the specified protocol")
        case "email" | "email-json":
            local, at, domain = endpoint.rpartition("@")
            if not (local and at and domain) or any(c <= " " or c in "<>," for c in endpoint):
                raise invalid("Email address")
        case "lambda":
            if not invocable(tx, endpoint, topic.arn):
                raise invalid("Lambda endpoint ARN")
    return endpoint


def checked_attribute(
    tx: Tx, protocol: str, others: Mapping[str, str], name: str, value: str
) -> dict[str, str]:
    """An attribute as it is kept.  InvalidParameter."""
    if name not in SETTABLE:
        raise invalid("AttributeName")
    match name:
        case "RawMessageDelivery":
            if value not in ("true", "false"):
                raise invalid(
                    "RawMessageDelivery Reason: Invalid value ["
                    + value
                    + "]. Must be true or false."
                )
            if value == "true" and protocol not in ("http", "https"):
                raise invalid(
                    f"RawMessageDelivery Reason: {protocol} does not support raw delivery"
                )
        case "FilterPolicy" if value:
            checked_filter(value, others.get("FilterPolicyScope", SCOPES[0]))
        case "FilterPolicyScope":
            if value not in SCOPES:
                raise invalid(f"FilterPolicyScope: Invalid value [{value}]")
        case "DeliveryPolicy" if value:
            if protocol not in ("http", "https"):
                raise invalid(f"DeliveryPolicy Reason: {protocol} has none")
            given = document(value, name)
            if set(given) - {
                "healthyRetryPolicy",
                "throttlePolicy",
                "requestPolicy",
                "sicklyRetryPolicy",
                "guaranteed",
            }:
                raise invalid("DeliveryPolicy: unexpected member")
            if given.get("healthyRetryPolicy") is not None:
                check_retries(given["healthyRetryPolicy"])
            wanted = given.get("requestPolicy", {})
            if not isinstance(wanted, dict) or not isinstance(
                wanted.get("headerContentType", ""), str
            ):
                raise invalid("DeliveryPolicy: requestPolicy")
            if any(not 32 <= ord(each) < 127 for each in wanted.get("headerContentType", "")):
                raise invalid("DeliveryPolicy: headerContentType")
        case "RedrivePolicy" if value:
            target = document(value, name).get("deadLetterTargetArn")
            if not (
                isinstance(target, str)
                and target.startswith(f"arn:aws:sqs:{tx.call.region}:{tx.call.account}:")
                and target.count(":") == 5
            ):
                raise invalid(
                    "RedrivePolicy: deadLetterTargetArn must be the ARN of a queue of this account and"
                    " region"
                )
    return {name: value}


def checked_filter(text: str, scope: str) -> None:
    try:
        parse(text, scope)
    except BadPolicy as bad:
        raise invalid(str(bad)) from None


def check_filters(tx: Tx, topic: Resource) -> None:
    known = subscriptions.of_topic(tx, topic.arn)
    if sum("FilterPolicy" in each.attributes for each in known) >= MOST_FILTERS:
        raise errors.FilterPolicyLimitExceededException(
            f"A topic has at most {MOST_FILTERS} filter policies"
        )


def answered(of: Subscription, req: t.SubscribeInput) -> t.SubscribeResponse:
    told = bool(of.confirmed) or bool(req.get("ReturnSubscriptionArn", False))
    return {"SubscriptionArn": of.arn if told else PENDING_TEXT}


def paged(found: list[Subscription]) -> Any:
    answer: Any = {
        "Subscriptions": [
            {
                "SubscriptionArn": each.arn if each.confirmed else SHOWN_PENDING,
                "Owner": each.account,
                "Protocol": each.protocol,
                "Endpoint": each.endpoint,
                "TopicArn": each.topic,
            }
            for each in found[:PAGE]
        ]
    }
    if len(found) > PAGE:
        answer["NextToken"] = found[PAGE - 1].arn
    return answer


def shaped(arn: str) -> str:
    """InvalidParameter where it is no subscription's ARN."""
    if not arn.startswith("arn:aws:sns:") or arn.count(":") != 6:
        raise invalid(
            "SubscriptionId"
            if arn.startswith("arn:")
            else "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"
        )
    return arn


def known(tx: Tx, arn: str) -> Subscription:
    """NotFound."""
    found = subscriptions.find(tx, shaped(arn))
    if found is None:
        raise errors.NotFoundException("Subscription does not exist")
    return found
