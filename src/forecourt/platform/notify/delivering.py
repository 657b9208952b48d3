"""Bring what was published to those who want it, again and again for as long as their policy says.

A reconciler: its key is a delivery.  What a subscriber answers decides: 2xx is delivered, other answers
below 500 (but 429) never will be, everything else is tried again.
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from forecourt.platform import functions, outbox
from forecourt.platform.metrics import NOTIFICATIONS
from forecourt.store.resources import at
from forecourt.store.tx import Call

from . import messages, signing, subscriptions, topics
from .messages import Message
from .signing import Signer
from .subscriptions import Subscription

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)
WORK = "sns delivery"
SERVICE = "sns.amazonaws.com"
MOST_DEAD = 10_000  # letters of a queue; the oldest go
MAIL_RETRIES = (60.0, 600.0, 3600.0)
# https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
DEFAULT_RETRIES: Mapping[str, Any] = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[int]]  # the status; OSError


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery, and all it needs."""

    id: int
    attempts: int
    message: Message
    subscription: Subscription
    topic: Mapping[str, Any]
    signer: Signer


async def reconcile(
    store: Store, post: Post, base: Callable[[Tx, str], str], key: str
) -> float | None:
    """Try once; seconds until the next attempt, or None where there is none."""
    due = await store.read(load, int(key), base)
    if due is None:
        await store.write(finish, int(key))
        return None
    protocol = due.subscription.protocol
    why = ""
    if protocol in ("http", "https"):
        body, headers = await anyio.to_thread.run_sync(request, due)
        try:
            status = await post(due.subscription.endpoint, body, headers)
        except OSError as error:
            why, hopeless = f"{error}" or type(error).__name__, False
        else:
            hopeless = not 200 <= status < 300 and status < 500 and status != 429
            why = "" if 200 <= status < 300 else f"answered {status}"
    else:
        signed = await anyio.to_thread.run_sync(sign, due)
        hand_over = by_mail if protocol in ("email", "email-json") else to_function
        hopeless = False
        call = Call("sns", "Deliver", due.subscription.account, topics.region_of(due.message.topic))
        why = await store.write_for(call, lambda tx, _: hand_over(tx, due, signed), None)
    if not why:
        NOTIFICATIONS.labels("delivered").inc()
        await store.write(finish, due.id)
        return None
    log.info("%s was not delivered to %s: %s", due.message.id, due.subscription.endpoint, why)
    wait = None if hopeless else wait_after(policy_of(due), due.attempts)
    NOTIFICATIONS.labels("failed" if wait is None else "deferred").inc()
    if wait is None:
        await store.write(give_up, due, why)
        return None
    await store.write(attempted, due.id)
    return wait


def load(tx: Tx, id: int, base: Callable[[Tx, str], str]) -> Due | None:
    row = tx.one(
        "SELECT d.attempts, d.subscription, m.id, m.topic, m.document, m.published FROM sns_delivery d"
        " JOIN sns_message m ON m.id = d.message WHERE d.id = :id",
        id=id,
    )
    if row is None:
        return None
    attempts, arn, *message = row
    found = subscriptions.find(tx, arn)
    topic = at(tx, message[1])
    if topic is None:
        return None
    if found is None:
        # The last word to one that has unsubscribed.
        return None
    where = base(tx, topics.region_of(topic.arn))
    return Due(
        id,
        attempts,
        Message.load(*message),
        found,
        topic.spec,
        signing.signer(tx, where),
    )


def sign(due: Due) -> dict[str, str]:
    plain = messages.document(
        due.message, due.subscription.protocol, due.subscription.arn, due.signer.base
    )
    return due.signer.sign(plain, due.topic.get("SignatureVersion", "1"))


def request(due: Due) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a POST."""
    notification = due.message.kind == "Notification"
    raw = due.subscription.raw and notification
    headers = messages.headers(due.message, due.subscription.arn, raw=raw)
    policy = json.loads(due.subscription.attributes.get("DeliveryPolicy", "{}"))
    if kind := policy.get("requestPolicy", {}).get("headerContentType"):
        headers["Content-Type"] = kind
    if raw:
        return due.message.for_(due.subscription.protocol).encode(), headers
    signed: dict[str, Any] = sign(due)
    if notification and due.message.attributes:
        signed["MessageAttributes"] = messages.shown_attributes(due.message.attributes)
    return json.dumps(signed, indent=2).encode(), headers


def by_mail(tx: Tx, due: Due, signed: Mapping[str, str]) -> str:
    """Into the queue of mail; a confirmation was mailed when it was asked for."""
    subject = due.message.subject or messages.SUBJECT
    if due.subscription.protocol == "email-json":
        text = json.dumps(signed, indent=2)
    else:
        text = (
            f"{due.message.for_('email')}\n\n--\nIf you wish to stop receiving notifications from this"
            f" topic, please visit the link below to unsubscribe:\n{signed['UnsubscribeURL']}\n"
        )
    outbox.send(tx, due.subscription.endpoint, subject, text)
    return ""


def invocable(tx: Tx, function: str, topic: str) -> bool:
    """Whether a topic's messages may go to a function."""
    account = topics.account_of(topic)
    return functions.for_service(tx, function, SERVICE, topic, account) is not None


def to_function(tx: Tx, due: Due, signed: Mapping[str, str]) -> str:
    if not invocable(tx, due.subscription.endpoint, due.message.topic):
        return "there is no such function"
    event = messages.event(due.message, signed, due.subscription.arn)
    functions.invoke_later(tx, due.subscription.endpoint, event)
    return ""


def finish(tx: Tx, id: int) -> None:
    """A delivery is over; its message goes with the last."""
    message = tx.value("SELECT message FROM sns_delivery WHERE id = :id", id=id)
    tx.run("DELETE FROM sns_delivery WHERE id = :id", id=id)
    if message is not None and not tx.one(
        "SELECT 1 FROM sns_delivery WHERE message = :message LIMIT 1", message=message
    ):
        tx.run("DELETE FROM sns_message WHERE id = :message", message=message)


def attempted(tx: Tx, id: int) -> None:
    tx.run("UPDATE sns_delivery SET attempts = attempts + 1 WHERE id = :id", id=id)


def give_up(tx: Tx, due: Due, why: str) -> None:
    """It goes where its subscriber wants what does not reach it, or nowhere."""
    policy = json.loads(due.subscription.attributes.get("RedrivePolicy") or "{}")
    if (queue := policy.get("deadLetterTargetArn")) and due.message.kind == "Notification":
        body = request(due)[0].decode()
        tx.run(
            "INSERT INTO sns_dead_letter (queue, body, why, at) VALUES (:queue, :body, :why, :at)",
            queue=queue,
            body=body,
            why=why,
            at=tx.now.timestamp(),
        )
        tx.run(
            "DELETE FROM sns_dead_letter WHERE queue = :queue AND id <= (SELECT id FROM"
            " sns_dead_letter WHERE queue = :queue ORDER BY id DESC LIMIT 1 OFFSET :most)",
            queue=queue,
            most=MOST_DEAD,
        )
    finish(tx, due.id)


def dead_letters(tx: Tx, queue: str = "") -> list[dict[str, Any]]:
    """What did not reach its subscribers, the oldest first."""
    rows = tx.all(
        "SELECT queue, body, why, at FROM sns_dead_letter WHERE :queue = '' OR queue = :queue"
        " ORDER BY id",
        queue=queue,
    )
    return [
        {"QueueArn": queue, "Body": body, "Reason": why, "Timestamp": messages.stamp(at_)}
        for queue, body, why, at_ in rows
    ]


def policy_of(due: Due) -> Mapping[str, Any] | tuple[float, ...]:
    """How often an endpoint is tried again, and when."""
    if due.subscription.protocol not in ("http", "https"):
        return MAIL_RETRIES
    return effective(
        due.topic.get("DeliveryPolicy"), due.subscription.attributes.get("DeliveryPolicy")
    )


def effective(topic: str | None, subscription: str | None) -> Mapping[str, Any]:
    """The retry policy of a subscription: its own, else the topic's, else the default."""
    of_topic = json.loads(topic or "{}").get("http", {})
    own = json.loads(subscription or "{}").get("healthyRetryPolicy")
    if own is None or of_topic.get("disableSubscriptionOverrides"):
        own = of_topic.get("defaultHealthyRetryPolicy")
    return {**DEFAULT_RETRIES, **(own or {})}


def wait_after(policy: Mapping[str, Any] | tuple[float, ...], attempts: int) -> float | None:
    """Seconds before the next attempt, after so many before this one; None: no more."""
    if isinstance(policy, tuple):
        return policy[attempts] if attempts < len(policy) else None
    total, at_once = policy["numRetries"], policy["numNoDelayRetries"]
    at_least, at_most = policy["numMinDelayRetries"], policy["numMaxDelayRetries"]
    low, high = float(policy["minDelayTarget"]), float(policy["maxDelayTarget"])
    if attempts >= total:
        return None
    if attempts < at_once:
        return 0.0
    if attempts < at_once + at_least:
        return low
    between = total - at_once - at_least - at_most
    step = attempts - at_once - at_least
    if step >= between:
        return high
    part = (step + 1) / (between + 1)
    match policy["backoffFunction"]:
        case "geometric":
            return low * (high / low) ** part if low else high * part
        case "exponential":
            return low + (high - low) * (2.0**part - 1)
        case "arithmetic":
            return low + (high - low) * part * (part + 1) / 2
    return low + (high - low) * part
