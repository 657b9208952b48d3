"""Configuration sets: what both APIs share."""

from __future__ import annotations

from typing import Any

from tests.harness import World

from .calls import fault, topic


def test_destinations_are_checked(world: World, sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="s")
    arn = topic(world)

    def put(name: str = "d", **members: Any) -> Any:
        given = {
            "MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": arn}, **members
        }  # fmt: skip
        return sesv2.create_configuration_set_event_destination(
            ConfigurationSetName="s", EventDestinationName=name,
            EventDestination={k: v for k, v in given.items() if v is not None},
        )  # fmt: skip

    wrong_ones: tuple[dict[str, Any], ...] = (
        {"name": "a b"},
        {"MatchingEventTypes": []},
        {"SnsDestination": None},
        {"SnsDestination": {"TopicArn": arn + "x"}},
        {"CloudWatchDestination": {"DimensionConfigurations": []}, "SnsDestination": None},
    )
    for wrong in wrong_ones:
        assert fault(put, **wrong)[0] == "BadRequestException", wrong
    put()
    assert fault(put)[0] == "AlreadyExistsException"
    for number in range(9):
        put(f"d{number}")
    assert fault(put, "one-more")[0] == "LimitExceededException"


def test_names(sesv2: Any) -> None:
    assert fault(sesv2.create_configuration_set, ConfigurationSetName="a b")
    sesv2.create_configuration_set(ConfigurationSetName="s")
    code, _ = fault(sesv2.create_configuration_set, ConfigurationSetName="s")
    assert code == "AlreadyExistsException"
