"""Contacts: what they want, and how they say so."""

from __future__ import annotations

import re
from typing import Any

import pytest

from forecourt.services.ses.contacts import MARK, ONE_CLICK
from tests.harness import World

from .calls import fault, queued, send, simple, told, topic
from .test_tracking import visit

LIST = {"ContactListName": "list", "TopicName": "news"}


@pytest.fixture
def contact_list(world: World, sesv2: Any, domain: str, production: None) -> str:
    sesv2.create_contact_list(
        ContactListName="list",
        Topics=[
            {"TopicName": "news", "DisplayName": "News <b>", "DefaultSubscriptionStatus": "OPT_IN"},
            {"TopicName": "ads", "DisplayName": "Ads", "DefaultSubscriptionStatus": "OPT_OUT"},
        ],
    )
    arn = topic(world)
    sesv2.create_configuration_set(ConfigurationSetName="s")
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="s", EventDestinationName="d",
        EventDestination={
            "Enabled": True, "MatchingEventTypes": ["SUBSCRIPTION", "BOUNCE"],
            "SnsDestination": {"TopicArn": arn},
        },
    )  # fmt: skip
    return arn


def send_to_list(sesv2: Any, *to: str, **options: Any) -> str:
    content = simple(text="Leave: {{amazonSESUnsubscribeUrl}}")
    return send(
        sesv2, *to, content=content, ConfigurationSetName="s",
        ListManagementOptions={**LIST, **options},
    )  # fmt: skip


def test_one_click(world: World, sesv2: Any, contact_list: str) -> None:
    send_to_list(sesv2, "bob@other.test")
    ((_, _, message),) = queued(world)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip("<>")
    assert f"Leave: {link}" in message.get_content()
    assert sesv2.get_contact(ContactListName="list", EmailAddress="bob@other.test")
    assert visit(world, link).status == 200  # a look changes nothing
    assert visit(world, link, "POST", form=(ONE_CLICK,)).status == 200
    found = sesv2.get_contact(ContactListName="list", EmailAddress="bob@other.test")
    assert found["TopicPreferences"] == [{"TopicName": "news", "SubscriptionStatus": "OPT_OUT"}]
    (event,) = told(world, contact_list)
    assert event["eventType"] == "Subscription"
    assert event["subscription"]["source"] == "UnsubscribeHeader"
    assert event["subscription"]["newTopicPreferences"]["topicSubscriptionStatus"] == [
        {"topicName": "news", "subscriptionStatus": "OptOut"}
    ]
    # Who left is not sent to again.
    send_to_list(sesv2, "bob@other.test")
    assert len(queued(world)) == 1
    assert told(world, contact_list)[1]["bounce"]["bounceSubType"] == "UnsubscribedRecipient"


def test_the_page(world: World, sesv2: Any, contact_list: str) -> None:
    send_to_list(sesv2, "bob@other.test")
    link = queued(world)[0][2]["List-Unsubscribe"].strip("<>")
    shown = visit(world, link).body.decode()
    assert "News &lt;b&gt;" in shown
    assert len(re.findall("checked", shown)) == 1
    assert 'name="form" value="choices"' in shown
    visit(world, link, "POST", form=(MARK, ("topic", "ads")))
    found = sesv2.get_contact(ContactListName="list", EmailAddress="bob@other.test")
    said = {e["TopicName"]: e["SubscriptionStatus"] for e in found["TopicPreferences"]}
    assert said == {"news": "OPT_OUT", "ads": "OPT_IN"}
    visit(world, link, "POST", form=(MARK, ("all", "1")))
    assert visit(world, link, "POST").status == 400  # whatever else is posted changes nothing
    found = sesv2.get_contact(ContactListName="list", EmailAddress="bob@other.test")
    assert found["UnsubscribeAll"]


def test_several_recipients_have_no_link(world: World, sesv2: Any, contact_list: str) -> None:
    send_to_list(sesv2, "a@other.test", "b@other.test")
    ((_, _, message),) = queued(world)
    assert "List-Unsubscribe" not in message
    assert len(sesv2.list_contacts(ContactListName="list")["Contacts"]) == 2


def test_by_the_header_of_a_raw_message(world: World, sesv2: Any, contact_list: str) -> None:
    raw = (
        b"From: a@app.test\nTo: b@other.test\nSubject: s\nList-Unsubscribe: <mailto:x@app.test>\n"
        b"X-SES-LIST-MANAGEMENT-OPTIONS: list; topic=news\n\n{{amazonSESUnsubscribeUrl}}\n"
    )
    world.client("ses").send_raw_email(RawMessage={"Data": raw})
    ((_, _, message),) = queued(world)
    assert message.get_all("List-Unsubscribe") == [f"<{message.get_content().strip()}>"]
    assert "X-SES-LIST-MANAGEMENT-OPTIONS" not in message


def test_lists_that_are_none(sesv2: Any, contact_list: str) -> None:
    assert fault(send_to_list, sesv2, "b@other.test", ContactListName="no")[0] == (
        "NotFoundException"
    )
    assert fault(send_to_list, sesv2, "b@other.test", TopicName="no") == (
        "BadRequestException",
        "List: list doesn't contain Topic: no",
    )
