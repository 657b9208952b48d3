"""Short ways to say what the tests of SES say often."""

from __future__ import annotations

import json
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.platform.mail import contents, queue
from forecourt.platform.mail.queue import Result, Task
from forecourt.platform.notify import subscriptions
from forecourt.services.ses import identities, outcomes
from forecourt.services.ses.stored import IDENTITIES
from forecourt.store.tx import Call, Tx
from tests.harness import World

ME = Call("ses", "SendEmail", "000000000000", "us-east-1")
SUCCESS = "success@simulator.amazonses.com"


def fault(call: Callable[..., Any], *args: Any, **params: Any) -> tuple[str, str]:
    """Code and text of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(*args, **params)
    error = raised.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def verify(world: World, *names: str) -> None:
    """Let identities be proven, whatever DNS says."""

    def change(tx: Tx) -> None:
        tx.call = ME
        for name in names:
            found = IDENTITIES.find(tx, name)
            assert found is not None
            proven = identities.SUCCESS
            identities.note(tx, found, Verification=proven, Dkim=proven)

    world.store.write_now(change)


def simple(subject: str = "s", text: str = "t", **more: Any) -> dict[str, Any]:
    return {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}, **more}}


def send(sesv2: Any, *to: str, content: Any = None, sender: str = "a@app.test", **more: Any) -> str:
    """Send by v2; the MessageId."""
    answer = sesv2.send_email(
        FromEmailAddress=sender, Destination={"ToAddresses": list(to)},
        Content=content or simple(), **more,
    )  # fmt: skip
    return str(answer["MessageId"])


def queued(world: World, *, ours: bool = False) -> list[tuple[str, list[str], EmailMessage]]:
    """What waits in the queue: the return path, the recipients, the message; or what services mail."""

    def read(tx: Tx) -> list[tuple[str, list[str], EmailMessage]]:
        found = []
        for message, waiting in queue.all_waiting(tx):
            if ours == bool(message.sender):
                continue
            data = contents.start_of(tx, message.content, None)
            assert data is not None
            parsed = message_from_bytes(data, policy=policy.default)
            found.append((message.sender, [each.address for each in waiting], parsed))
        return found

    return world.store.read_now(read)


def attempt(world: World, result: Result) -> None:
    """Let an attempt at all that waits have come to this."""

    def change(tx: Tx) -> None:
        for message, waiting in queue.all_waiting(tx):
            task = Task(message, tuple(waiting))
            outcomes.note(tx, task, {each.address: result for each in waiting})

    world.store.write_now(change)


def topic(world: World, name: str = "events") -> str:
    """A topic that somebody listens to."""
    arn = str(world.client("sns").create_topic(Name=name)["TopicArn"])
    world.store.write_now(
        subscriptions.create, arn, "http", "http://127.0.0.1:9/", {}, subscriptions.CONFIRMED
    )
    return arn


def told(world: World, topic: str) -> list[dict[str, Any]]:
    """What was published to a topic, the oldest first."""

    def read(tx: Tx) -> list[dict[str, Any]]:
        rows = tx.all(
            "SELECT document FROM sns_message JOIN sns_delivery ON sns_delivery.message ="
            " sns_message.id WHERE topic = :topic ORDER BY sns_delivery.id",
            topic=topic,
        )
        return [json.loads(json.loads(row[0])["text"]["default"]) for row in rows]

    return world.store.read_now(read)


EVERYTHING = [
    "SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "RENDERING_FAILURE", "DELIVERY_DELAY",
]  # fmt: skip


def watched(world: World, sesv2: Any, name: str = "s") -> str:
    """A configuration set that tells a topic everything; the topic."""
    arn = topic(world)
    sesv2.create_configuration_set(ConfigurationSetName=name)
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName=name, EventDestinationName="d",
        EventDestination={
            "Enabled": True, "MatchingEventTypes": EVERYTHING, "SnsDestination": {"TopicArn": arn},
        },
    )  # fmt: skip
    return arn
