"""Asking one engine."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from forecourt.planes.cache.client import Link, Refused, Silent, lag_of

from .conftest import SECRET, Nodes

Play = Callable[[Callable[[Nodes], Any]], None]


def test_a_node_is_asked_as_the_service(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        async with nodes.start(1) as link:
            await link.until_ready(10)
            assert await link.ask("ACL", "WHOAMI") == "forecourt"
            assert (await link.info("replication"))["role"] == "master"
            with pytest.raises(Refused, match="unknown command"):
                await link.ask("NONSENSE")
        async with Link("127.97.1.1", 6379, "wrong") as other:
            with pytest.raises(Refused):
                await other.ask("PING")

    play(story)


def test_one_that_hangs_is_silent(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        async with nodes.start(1) as link:
            await link.until_ready(10)
        nodes.processes[0].send(signal.SIGSTOP)
        async with Link("127.97.1.1", 6379, SECRET, patience=0.2) as link:
            with pytest.raises(Silent):
                await link.ask("PING")
        async with Link("127.97.1.9", 6379, SECRET) as link:
            with pytest.raises(Silent):
                await link.until_ready(0.05)

    play(story)


def test_how_far_a_replica_is() -> None:
    assert lag_of({"slave_repl_offset": "7", "master_repl_offset": "9"}) == 7
    assert lag_of({"master_repl_offset": "9"}) == 9
