"""Configuration sets, as v1 has them."""

from __future__ import annotations

from typing import Any

from tests.harness import World

from .calls import fault, topic


def test_sets_and_destinations(world: World, ses: Any, sesv2: Any) -> None:
    ses.create_configuration_set(ConfigurationSet={"Name": "s"})
    arn = topic(world)
    place = {
        "Name": "d", "Enabled": True, "MatchingEventTypes": ["send", "renderingFailure"],
        "SNSDestination": {"TopicARN": arn},
    }  # fmt: skip
    ses.create_configuration_set_event_destination(ConfigurationSetName="s", EventDestination=place)
    metrics = {
        "Name": "m", "MatchingEventTypes": ["bounce"],
        "CloudWatchDestination": {"DimensionConfigurations": [{
            "DimensionName": "x", "DimensionValueSource": "messageTag",
            "DefaultDimensionValue": "y"}]},
    }  # fmt: skip
    ses.create_configuration_set_event_destination(
        ConfigurationSetName="s", EventDestination=metrics
    )
    shown = ses.describe_configuration_set(
        ConfigurationSetName="s",
        ConfigurationSetAttributeNames=["eventDestinations", "reputationOptions"],
    )
    assert shown["EventDestinations"] == [place, {**metrics, "Enabled": False}]
    assert shown["ReputationOptions"] == {
        "SendingEnabled": True,
        "ReputationMetricsEnabled": False,
    }
    # The same, as v2 has it.
    found = sesv2.get_configuration_set_event_destinations(ConfigurationSetName="s")
    assert found["EventDestinations"][0]["MatchingEventTypes"] == ["SEND", "RENDERING_FAILURE"]
    ses.update_configuration_set_event_destination(
        ConfigurationSetName="s", EventDestination={**place, "Enabled": False}
    )
    ses.update_configuration_set_sending_enabled(ConfigurationSetName="s", Enabled=False)
    ses.update_configuration_set_reputation_metrics_enabled(ConfigurationSetName="s", Enabled=True)
    assert not sesv2.get_configuration_set(ConfigurationSetName="s")["SendingOptions"][
        "SendingEnabled"
    ]
    ses.delete_configuration_set_event_destination(
        ConfigurationSetName="s", EventDestinationName="d"
    )
    ses.delete_configuration_set(ConfigurationSetName="s")
    assert ses.list_configuration_sets()["ConfigurationSets"] == []


def test_errors(world: World, ses: Any) -> None:
    ses.create_configuration_set(ConfigurationSet={"Name": "s"})
    again = fault(ses.create_configuration_set, ConfigurationSet={"Name": "s"})
    assert again[0] == "ConfigurationSetAlreadyExists"
    gone = fault(ses.describe_configuration_set, ConfigurationSetName="none")
    assert gone == ("ConfigurationSetDoesNotExist", "Configuration set <none> does not exist.")
    place = {"Name": "d", "MatchingEventTypes": ["send"]}
    for more in (
        {"KinesisFirehoseDestination": {"IAMRoleARN": "r", "DeliveryStreamARN": "d"}},
        {"SNSDestination": {"TopicARN": "arn:aws:sns:us-east-1:000000000000:none"}},
        {},
    ):
        assert fault(
            ses.create_configuration_set_event_destination, ConfigurationSetName="s",
            EventDestination={**place, **more},
        )  # fmt: skip
