"""What became of messages: at other servers, and at the simulator."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.mail.queue import CAPTURED, DELIVERED, FAILED, QUEUED, Result
from forecourt.services.ses.outcomes import reply_of
from tests.harness import World

from .calls import attempt, send, told, watched


@pytest.fixture
def topic(world: World, sesv2: Any, domain: str, production: None) -> str:
    return watched(world, sesv2)


@pytest.mark.parametrize(
    ("result", "event", "members"),
    [
        (
            Result(DELIVERED, "mx.other.test said 250 2.0.0 queued", host="mx.other.test"),
            "delivery",
            {"recipients": ["bob@other.test"], "smtpResponse": "250 2.0.0 queued"},
        ),
        (Result(CAPTURED, "kept"), "delivery", {"recipients": ["bob@other.test"]}),
        (
            Result(FAILED, "mx said 550 5.1.1 no such user", "5.1.1"),
            "bounce",
            {"bounceType": "Permanent", "bounceSubType": "General"},
        ),
        (
            Result(FAILED, "mx said 552 5.2.2 full", "5.2.2"),
            "bounce",
            {"bounceType": "Transient", "bounceSubType": "MailboxFull"},
        ),
        (
            Result(QUEUED, "mx said 451 4.2.2 full", "4.2.2"),
            "deliveryDelay",
            {"delayType": "MailboxFull"},
        ),
    ],
)
def test_what_servers_say(
    world: World, sesv2: Any, topic: str, result: Result, event: str, members: dict[str, Any]
) -> None:
    id = send(sesv2, "bob@other.test", ConfigurationSetName="s")
    attempt(world, result)
    sent, came = told(world, topic)
    assert sent["mail"]["messageId"] == came["mail"]["messageId"] == id
    assert members.items() <= came[event].items()


def test_who_bounced_is_kept_off(world: World, sesv2: Any, topic: str) -> None:
    send(sesv2, "bob@other.test", ConfigurationSetName="s")
    attempt(world, Result(FAILED, "mx said 550 5.1.1 no", "5.1.1"))
    found = sesv2.get_suppressed_destination(EmailAddress="bob@other.test")
    assert found["SuppressedDestination"]["Reason"] == "BOUNCE"
    send(sesv2, "carl@other.test", ConfigurationSetName="s")
    sesv2.put_account_suppression_attributes(SuppressedReasons=[])


@pytest.mark.parametrize(
    ("box", "kinds"),
    [
        ("success", ["Send", "Delivery"]),
        ("bounce+label", ["Send", "Bounce"]),
        ("suppressionlist", ["Send", "Bounce"]),
        ("complaint", ["Send", "Delivery", "Complaint"]),
    ],
)
def test_the_simulator(world: World, sesv2: Any, topic: str, box: str, kinds: list[str]) -> None:
    send(sesv2, f"{box}@simulator.amazonses.com", ConfigurationSetName="s")
    assert [each["eventType"] for each in told(world, topic)] == kinds
    # Its bounces keep nobody off.
    assert sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"] == []


def test_what_a_server_answered() -> None:
    assert reply_of("mx.a.test said 250 ok") == "250 ok"
    assert reply_of("no answer") == "no answer"
