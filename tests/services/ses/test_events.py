"""Events: to topics and CloudWatch, counted, and of whom is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from forecourt.services.ses import events
from tests.harness import SECOND_KEY, World

from .calls import SUCCESS, send, told, topic, watched


def test_what_an_event_says(world: World, sesv2: Any, domain: str) -> None:
    arn = watched(world, sesv2)
    id = send(
        sesv2, SUCCESS, ConfigurationSetName="s", EmailTags=[{"Name": "campaign", "Value": "c1"}]
    )
    sent, delivered = told(world, arn)
    mail = sent["mail"]
    assert mail["messageId"] == id
    assert mail["source"] == "a@app.test"
    assert mail["sourceArn"].endswith(":identity/app.test")
    assert mail["destination"] == [SUCCESS]
    assert mail["tags"]["campaign"] == ["c1"]
    assert mail["tags"]["ses:configuration-set"] == ["s"]
    assert {"name": "Subject", "value": "s"} in mail["headers"]
    assert sent["send"] == {}
    assert delivered["delivery"]["recipients"] == [SUCCESS]


def test_topics_of_identities(
    world: World, ses: Any, sesv2: Any, domain: str, production: None
) -> None:
    arn = topic(world)
    ses.set_identity_notification_topic(Identity=domain, NotificationType="Delivery", SnsTopic=arn)
    send(sesv2, SUCCESS)
    (told_of,) = told(world, arn)
    assert told_of["notificationType"] == "Delivery"
    assert "headers" not in told_of["mail"]
    ses.set_identity_headers_in_notifications_enabled(
        Identity=domain, NotificationType="Delivery", Enabled=True
    )
    send(sesv2, SUCCESS)
    assert "headers" in told(world, arn)[1]["mail"]


def test_metrics(world: World, sesv2: Any, domain: str, production: None) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="s")
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="s", EventDestinationName="d",
        EventDestination={
            "Enabled": True, "MatchingEventTypes": ["SEND"],
            "CloudWatchDestination": {"DimensionConfigurations": [{
                "DimensionName": "campaign", "DimensionValueSource": "MESSAGE_TAG",
                "DefaultDimensionValue": "none"}]},
        },
    )  # fmt: skip
    send(sesv2, SUCCESS, ConfigurationSetName="s", EmailTags=[{"Name": "campaign", "Value": "c"}])
    send(sesv2, SUCCESS, ConfigurationSetName="s")
    now = datetime.now(UTC)
    for value in ("c", "none"):
        found = world.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SES", MetricName="Send", Period=3600, Statistics=["Sum"],
            Dimensions=[{"Name": "campaign", "Value": value}],
            StartTime=now - timedelta(hours=2), EndTime=now + timedelta(hours=1),
        )  # fmt: skip
        assert sum(each["Sum"] for each in found["Datapoints"]) == 1


def test_other_accounts_are_not_told(world: World, sesv2: Any, domain: str) -> None:
    theirs = world.client("sns", SECOND_KEY).create_topic(Name="t")["TopicArn"]
    sesv2.create_configuration_set(ConfigurationSetName="s")
    try:
        sesv2.create_configuration_set_event_destination(
            ConfigurationSetName="s", EventDestinationName="d",
            EventDestination={
                "MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": theirs}
            },
        )  # fmt: skip
    except sesv2.exceptions.BadRequestException:
        return
    raise AssertionError("another account's topic was taken")


def test_what_is_old_is_forgotten(world: World, sesv2: Any, domain: str, later: Any) -> None:
    id = send(sesv2, SUCCESS)
    assert world.store.read_now(events.find, id) is not None
    later(61)
    world.store.write_now(events.forget)
    assert world.store.read_now(events.find, id) is None


def test_headers_are_cut(world: World, sesv2: Any, domain: str, production: None) -> None:
    arn = watched(world, sesv2)
    long = "\n ".join(["x" * 900] * 20)
    raw = f"From: a@app.test\nTo: {SUCCESS}\nX-Long: {long}\nX-SES-CONFIGURATION-SET: s\n\nt"
    sesv2.send_email(Content={"Raw": {"Data": raw.encode()}})
    mail = told(world, arn)[0]["mail"]
    assert mail["headersTruncated"]
    assert len(str(mail["headers"])) < 11_000
