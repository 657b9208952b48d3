"""Configuration sets, as v2 has them."""

from __future__ import annotations

from typing import Any

from tests.harness import World

from .calls import fault, topic


def test_options(sesv2: Any) -> None:
    sesv2.create_configuration_set(
        ConfigurationSetName="s", SuppressionOptions={"SuppressedReasons": ["BOUNCE"]},
        SendingOptions={"SendingEnabled": True}, Tags=[{"Key": "k", "Value": "v"}],
    )  # fmt: skip
    sesv2.put_configuration_set_suppression_options(ConfigurationSetName="s", SuppressedReasons=[])
    sesv2.put_configuration_set_reputation_options(
        ConfigurationSetName="s", ReputationMetricsEnabled=True
    )
    sesv2.put_configuration_set_delivery_options(ConfigurationSetName="s", TlsPolicy="OPTIONAL")
    found = sesv2.get_configuration_set(ConfigurationSetName="s")
    assert found["SuppressionOptions"] == {"SuppressedReasons": []}
    assert found["ReputationOptions"]["ReputationMetricsEnabled"]
    assert found["Tags"] == [{"Key": "k", "Value": "v"}]
    assert sesv2.list_configuration_sets()["ConfigurationSets"] == ["s"]
    sesv2.delete_configuration_set(ConfigurationSetName="s")
    assert fault(sesv2.get_configuration_set, ConfigurationSetName="s")[0] == "NotFoundException"


def test_destinations(world: World, sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="s")
    given = {"ConfigurationSetName": "s", "EventDestinationName": "d"}
    place = {"MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": topic(world)}}
    sesv2.create_configuration_set_event_destination(**given, EventDestination=place)
    sesv2.update_configuration_set_event_destination(
        **given, EventDestination={**place, "Enabled": True}
    )
    (shown,) = sesv2.get_configuration_set_event_destinations(ConfigurationSetName="s")[
        "EventDestinations"
    ]
    assert shown == {"Name": "d", "Enabled": True, **place}
    sesv2.delete_configuration_set_event_destination(**given)
    code, _ = fault(sesv2.delete_configuration_set_event_destination, **given)
    assert code == "NotFoundException"
