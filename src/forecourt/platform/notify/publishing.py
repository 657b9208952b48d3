"""Publish a message: one row of it, and a delivery for each subscription that wants it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.platform.metrics import NOTIFICATIONS

from . import filters, messages, subscriptions, topics
from .messages import Message
from .subscriptions import Subscription

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

WORK = "sns delivery"
MOST_WAITING = 200_000  # deliveries of an instance; of an account a quarter, once half is taken
Throttled = common("Throttled", 429)


def publish(
    tx: Tx,
    topic: str,
    text: Mapping[str, str],
    subject: str = "",
    attributes: Mapping[str, Any] | None = None,
) -> str:
    """Tell a topic's subscribers; the message's id.  Throttled."""
    message = Message(str(uuid.uuid4()), topic, tx.now.timestamp(), text, subject, attributes or {})
    wanting = [
        each
        for each in subscriptions.of_topic(tx, topic)
        if each.confirmed and wants(each, message)
    ]
    put(tx, message, [each.arn for each in wanting])
    NOTIFICATIONS.labels("published").inc()
    return message.id


def by_service(
    tx: Tx, service: str, topic: str, text: str, subject: str, source: str, account: str
) -> str | None:
    """What a service has to tell of a resource of an account; None where the topic is not for it, or
    has too much waiting: what happened has happened, also where it cannot be told.
    """
    if topics.for_service(tx, topic, service, source, account) is None:
        return None
    try:
        return publish(tx, topic, {"default": text}, subject)
    except Throttled:
        NOTIFICATIONS.labels("refused").inc()
        return None


def ask(tx: Tx, of: Subscription, kind: str = "SubscriptionConfirmation") -> None:
    """Ask an endpoint to confirm."""
    token = subscriptions.new_token(tx, of.arn)
    text = (
        messages.CONFIRM_TEXT.format(topic=of.topic)
        if kind == "SubscriptionConfirmation"
        else messages.UNSUBSCRIBED_TEXT.format(subscription=of.arn)
    )
    message = Message(
        str(uuid.uuid4()),
        of.topic,
        tx.now.timestamp(),
        {"default": text},
        kind=kind,
        token=token,
    )
    put(tx, message, [of.arn])


def put(tx: Tx, message: Message, wanting: list[str]) -> None:
    if not wanting:
        return
    waiting = tx.value("SELECT count(*) FROM sns_delivery") + len(wanting)
    if waiting > MOST_WAITING or (
        waiting > MOST_WAITING // 2 and of_account(tx, message.topic) > MOST_WAITING // 4
    ):
        raise Throttled("Too many messages wait to be delivered")
    tx.run(
        "INSERT INTO sns_message (id, topic, document, published)"
        " VALUES (:id, :topic, :document, :published)",
        id=message.id,
        topic=message.topic,
        document=message.dump(),
        published=message.published,
    )
    for arn in wanting:
        tx.run(
            "INSERT INTO sns_delivery (message, subscription, attempts) VALUES (:message, :arn, 0)",
            message=message.id,
            arn=arn,
        )
    for (id,) in tx.all("SELECT id FROM sns_delivery WHERE message = :id", id=message.id):
        tx.enqueue(WORK, str(id))


def of_account(tx: Tx, topic: str) -> int:
    """How many deliveries wait of topics of the account that a topic is of."""
    return int(
        tx.value(
            "SELECT count(*) FROM sns_delivery d JOIN sns_message m ON m.id = d.message"
            " WHERE m.topic LIKE :topics",
            topics=f"arn:aws:sns:%:{topics.account_of(topic)}:%",
        )
    )


def wants(of: Subscription, message: Message) -> bool:
    """Whether its filter policy lets a message through."""
    if not (text := of.attributes.get("FilterPolicy")):
        return True
    scope = of.attributes.get("FilterPolicyScope", "MessageAttributes")
    against = messages.filtered_by(message, scope)
    return against is not None and filters.matches(filters.parse(text, scope), against)
