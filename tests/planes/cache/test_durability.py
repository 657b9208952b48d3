"""Answers are held until another node has what they answer for, and go nowhere when it does not."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from forecourt.planes.cache import durability, replication
from forecourt.planes.cache.client import Link
from forecourt.planes.cache.durability import Gate

from .conftest import SECRET, Nodes

Play = Callable[[Callable[[Nodes], Any]], None]


class Answers:
    """What was let through, and what was dropped."""

    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.dropped = 0

    def drop(self) -> None:
        self.dropped += 1

    def held_at(self, gate: Gate, data: bytes) -> None:
        gate.hold(data, self.given.append, self.drop)

    async def some(self) -> None:
        with anyio.fail_after(15):
            while not self.given and not self.dropped:
                await anyio.sleep(0.01)


async def pair(nodes: Nodes) -> tuple[Link, Link]:
    primary, replica = nodes.start(1), nodes.start(2, primary=("127.97.1.1", 6379))
    for link in (primary, replica):
        await link.until_ready(10)
    await replication.until_linked(replica)
    return primary, replica


def test_an_answer_goes_once_a_replica_has_what_it_is_about(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        primary, replica = await pair(nodes)
        gate, answers = Gate(Link("127.97.1.1", 6379, SECRET, 1.0), lambda: [replica]), Answers()
        await gate.begin()
        pid = nodes.processes[1].pid
        os.kill(pid, signal.SIGSTOP)
        await primary.ask("SET", "a", "1")
        answers.held_at(gate, b"+OK\r\n")
        answers.held_at(gate, b"+OK again\r\n")
        await anyio.sleep(0.3)  # nothing can be awaited: nothing is to happen
        assert answers.given == [] and answers.dropped == 0
        os.kill(pid, signal.SIGCONT)
        await answers.some()
        await anyio.lowlevel.checkpoint()
        assert answers.given == [b"+OK\r\n", b"+OK again\r\n"]
        assert await replica.ask("GET", "a") == "1"
        await gate.close()

    play(story)


@pytest.mark.parametrize("nobody", [True, False])
def test_without_a_replica_nothing_is_acknowledged(
    play: Play, monkeypatch: pytest.MonkeyPatch, nobody: bool
) -> None:
    monkeypatch.setattr(durability, "WAIT", 0.2)

    async def story(nodes: Nodes) -> None:
        primary, replica = await pair(nodes)
        gate = Gate(Link("127.97.1.1", 6379, SECRET, 1.0), lambda: [] if nobody else [replica])
        answers = Answers()
        await gate.begin()
        await nodes.processes[1].kill()
        await primary.ask("SET", "a", "1")
        answers.held_at(gate, b"+OK\r\n")
        await answers.some()
        assert answers.given == [] and answers.dropped == 1
        await gate.close()

    play(story)


def test_what_a_primary_answered_before_it_was_none_is_dropped(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        primary, replica = await pair(nodes)
        gate, answers = Gate(Link("127.97.1.1", 6379, SECRET, 1.0), lambda: [replica]), Answers()
        await gate.begin()
        await replica.ask("REPLICAOF", "NO", "ONE")
        await primary.ask("SET", "a", "1")  # the replica never gets it
        await replication.follow(primary, ("127.97.1.2", 6379))
        await replication.until_linked(primary)
        answers.held_at(gate, b"+OK\r\n")
        await answers.some()
        assert answers.given == [] and answers.dropped == 1
        answers.held_at(gate, b"$-1\r\n")  # what it says as a replica goes at once
        with anyio.fail_after(5):
            while not answers.given:
                await anyio.sleep(0.01)
        await nodes.processes[0].kill()
        answers.held_at(gate, b"+OK\r\n")
        with anyio.fail_after(5):
            while answers.dropped < 2:
                await anyio.sleep(0.01)
        await gate.close()

    play(story)


def test_an_engine_refuses_writes_that_would_be_nowhere_else() -> None:
    assert durability.directives("disabled") == {}
    told = {"min-replicas-to-write": "1", "min-replicas-max-lag": "10"}
    assert durability.directives("async") == durability.directives("sync") == told
