"""Events that wait for a function."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from forecourt.planes.functions.snapshot import Function, Outcome
from forecourt.platform.functions import FUNCTIONS, by_service, events, invoke_later
from forecourt.platform.functions.events import TooMany
from forecourt.store.tx import Tx
from tests.harness import World


class Runs:
    def __init__(self, *errors: str) -> None:
        self.errors, self.got = list(errors), list[bytes]()

    async def run(self, function: Function, payload: bytes, request: str) -> Outcome:
        self.got.append(payload)
        return Outcome(b"null", self.errors.pop(0) if self.errors else "", "")


@pytest.fixture
def arn(world: World) -> str:
    def create(tx: Tx) -> str:
        spec = {"Handler": "a:b", "Path": "/", "Timeout": 3, "MemorySize": 128}
        return FUNCTIONS.create(tx, "f", spec, {}).arn

    return world.store.write_now(create)


def work(world: World, runs: Runs) -> int:
    return world.work_off(events.WORK, partial(events.reconcile, world.store, runs))


def left(world: World) -> int:
    return int(world.store.read_now(lambda tx: tx.value("SELECT count(*) FROM function_event")))


def test_taken_once(world: World, arn: str) -> None:
    world.store.write_now(invoke_later, arn, {"a": 1})
    runs = Runs()
    assert work(world, runs) == 1
    assert (runs.got, left(world)) == ([b'{"a": 1}'], 0)


def test_tried_three_times(world: World, arn: str, later: Any) -> None:
    world.store.write_now(invoke_later, arn, "[]")
    runs = Runs("Unhandled", "Unhandled", "Unhandled")
    for _ in range(4):
        work(world, runs)
        later(200 / 86400)
    assert (len(runs.got), left(world)) == (3, 0)


def test_a_function_that_is_gone(world: World, arn: str) -> None:
    world.store.write_now(invoke_later, f"{arn}x", {})
    runs = Runs()
    work(world, runs)
    assert (runs.got, left(world)) == ([], 0)


def test_the_queue_is_bounded(world: World, arn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_WAITING", 4)
    for _ in range(2):  # half of it, and more than an account's quarter
        world.store.write_now(invoke_later, arn, {})
    assert world.store.write_now(by_service, "s", arn, {}, "arn:x", arn.split(":")[4]) is None
    with pytest.raises(TooMany):
        world.store.write_now(invoke_later, arn, {})
