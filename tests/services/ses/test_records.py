"""Events in files, as EventBridge and Firehose would have them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from forecourt.services.ses import records
from forecourt.services.ses.records import Places
from tests.harness import World

from .calls import EVERYTHING, SUCCESS, fault, send

HERE = "us-east-1:000000000000"


@pytest.fixture
def both(world: World, sesv2: Any, domain: str) -> str:
    sesv2.create_configuration_set(ConfigurationSetName="s")
    for name, place in (
        ("b", {"EventBridgeDestination": {"EventBusArn": f"arn:aws:events:{HERE}:event-bus/default"}}),
        ("f", {"KinesisFirehoseDestination": {
            "IamRoleArn": "arn:aws:iam::000000000000:role/r",
            "DeliveryStreamArn": f"arn:aws:firehose:{HERE}:deliverystream/mail"}}),
    ):  # fmt: skip
        sesv2.create_configuration_set_event_destination(
            ConfigurationSetName="s", EventDestinationName=name,
            EventDestination={"Enabled": True, "MatchingEventTypes": EVERYTHING, **place},
        )  # fmt: skip
    return "s"


def work(world: World, folder: Path, url: str = "", status: int = 200) -> list[str]:
    """Write what waits; what was posted."""
    posted: list[str] = []

    async def post(where: str, body: bytes, headers: Mapping[str, str]) -> int:
        posted.append(where)
        if not status:
            raise OSError("nobody")
        return status

    world.work_off(records.WORK, partial(records.reconcile, world.store, Places(folder, url, post)))
    return posted


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_files(world: World, sesv2: Any, both: str, tmp_path: Path) -> None:
    id = send(sesv2, SUCCESS, ConfigurationSetName=both)
    assert work(world, tmp_path / "events") == []
    sent, delivered = lines(tmp_path / "events/eventbridge-000000000000.jsonl")
    assert (sent["source"], sent["detail-type"]) == ("aws.ses", "Email Sent")
    assert sent["resources"] == [f"arn:aws:ses:{HERE}:configuration-set/s"]
    assert delivered["detail"]["mail"]["messageId"] == id
    first, _ = lines(tmp_path / "events/firehose-000000000000-mail.jsonl")
    assert first["eventType"] == "Send"


@pytest.mark.parametrize(("status", "tries"), [(200, 4), (500, 4), (0, 4)])
def test_a_url(
    world: World, sesv2: Any, both: str, tmp_path: Path, status: int, tries: int
) -> None:
    send(sesv2, SUCCESS, ConfigurationSetName=both)
    assert len(work(world, tmp_path / "events", "http://sink.test", status)) == tries
    # However often it is tried, the file has each once.
    assert len(lines(tmp_path / "events/firehose-000000000000-mail.jsonl")) == 2


def test_files_begin_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LARGEST", 10)
    path = tmp_path / "x/a.jsonl"
    for number in range(3):
        records.append(path, f"{number} and more than ten")
    assert path.read_text().startswith("2")
    assert path.with_suffix(".jsonl.1").read_text().startswith("1")


def test_what_waits_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_WAITING", 1)
    for _ in range(3):
        world.store.write_now(records.put, records.BUS, "x", "{}")
    assert world.store.read_now(lambda tx: tx.value("SELECT count(*) FROM ses_record")) == 1


def test_places_of_others(sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="s")
    for place in (
        {"EventBridgeDestination": {
            "EventBusArn": "arn:aws:events:us-east-1:111111111111:event-bus/default"}},
        {"KinesisFirehoseDestination": {
            "IamRoleArn": "arn:aws:iam::000000000000:role/r",
            "DeliveryStreamArn": "arn:aws:firehose:us-east-1:111111111111:deliverystream/x"}},
        {"KinesisFirehoseDestination": {
            "IamRoleArn": "arn:aws:iam::000000000000:role/r",
            "DeliveryStreamArn": f"arn:aws:firehose:{HERE}:deliverystream/../x"}},
    ):  # fmt: skip
        code, _ = fault(
            sesv2.create_configuration_set_event_destination, ConfigurationSetName="s",
            EventDestinationName="d",
            EventDestination={"MatchingEventTypes": ["SEND"], **place},
        )  # fmt: skip
        assert code == "BadRequestException"


def test_a_torn_line_swallows_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"torn')
    records.append(path, "{}")
    assert path.read_text() == '{"torn\n{}\n'
