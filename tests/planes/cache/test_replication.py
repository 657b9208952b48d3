"""A primary and its replicas: promoted when it is lost, and with nothing lost when it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from forecourt.planes.cache import replication
from forecourt.planes.cache.client import Silent
from forecourt.planes.cache.cluster import Stuck

from .conftest import Nodes

Play = Callable[[Callable[[Nodes], Any]], None]


def test_the_best_replica_is_promoted_and_the_others_follow(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        primary = nodes.start(1)
        replicas = [nodes.start(n, primary=("127.97.1.1", 6379)) for n in (2, 3)]
        for link in (primary, *replicas):
            await link.until_ready(10)
        for link in replicas:
            await replication.follow(link, ("127.97.1.1", 6379))
            await replication.until_linked(link)
        await primary.ask("SET", "a", "1")
        await primary.ask("WAIT", 2, 5000)
        await nodes.processes[0].kill()
        best = await replication.promote(replicas)
        other = next(each for each in replicas if each is not best)
        assert await replication.role(best) == "master"
        await replication.until_linked(other)
        assert await other.ask("GET", "a") == "1" and await replication.role(other) == "slave"
        with pytest.raises(Silent):
            await replication.promote([primary])

    play(story)


def test_one_that_only_joins_counts_if_it_has_the_history(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        primary, known, joining, stranger = (nodes.start(n) for n in (1, 2, 3, 4))
        for link in (primary, known, joining, stranger):
            await link.until_ready(10)
        for link in (known, joining):
            await replication.follow(link, ("127.97.1.1", 6379))
            await replication.until_linked(link)
        await primary.ask("SET", "a", "1")
        await primary.ask("WAIT", 2, 5000)
        await known.ask("REPLICAOF", "127.97.1.99", 6379)  # it sees no more of what is written
        await primary.ask("SET", "a", "2")
        await primary.ask("WAIT", 1, 5000)
        await nodes.processes[0].kill()
        for at in range(50):
            await stranger.ask("SET", f"k{at}", "x" * 100)
        best = await replication.promote([known], [stranger, joining])
        assert best is joining
        assert await joining.ask("GET", "a") == "2"

    play(story)


def test_a_hand_over_loses_nothing_and_lets_writers_wait(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        primary, replica = nodes.start(1), nodes.start(2, primary=("127.97.1.1", 6379))
        for link in (primary, replica):
            await link.until_ready(10)
        await replication.until_linked(replica)
        await primary.ask("SET", "a", "1")
        await replication.hand_over(primary, replica)
        assert await replication.role(replica) == "master"
        assert await replica.ask("GET", "a") == "1"
        await replication.let_go(primary, replica)
        await replication.until_linked(primary)

    play(story)


def test_a_replica_that_does_not_follow_is_not_handed_over_to(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        primary, stranger = nodes.start(1), nodes.start(2)
        for link in (primary, stranger):
            await link.until_ready(10)
        await stranger.ask("REPLICAOF", "127.97.1.1", 6379)
        await replication.until_linked(stranger)
        await stranger.ask("REPLICAOF", "127.97.1.9", 6379)
        await primary.ask("SET", "a", "1")
        with pytest.raises(Stuck):
            await replication.hand_over(primary, stranger, seconds=0.4)
        with anyio.fail_after(5):
            assert await primary.ask("SET", "a", "2") == "OK"  # writers wait no more

    play(story)
