"""Clusters of real nodes: formed, failed over, resharded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forecourt.planes.cache import cluster, slots
from forecourt.planes.cache.client import Refused, Silent

from .conftest import Nodes

Play = Callable[[Callable[[Nodes], Any]], None]
SAID = (
    "a1 127.0.0.1:6379@16379,n1.example,shard-id=x myself,master - 0 0 1 connected 0-5 7 [8->-b2]\n"
    "b2 :0@0 slave,fail,noaddr a1 1 2 3 disconnected\n"
)


def test_what_nodes_say_of_one_another_is_read() -> None:
    found = cluster.parse(SAID)
    assert found["a1"].slots == ((0, 5), (7, 7)) and not found["a1"].failed
    assert found["a1"].primary == "" and found["a1"].port == 6379
    assert found["b2"].primary == "a1" and found["b2"].failed


def test_a_shard_s_replica_takes_over_and_slots_move(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        first, second, replica = (nodes.start(n, clustered=True) for n in (1, 2, 3))
        links = [first, second, replica]
        for link in links:
            await link.until_ready(10)
        await cluster.introduce(links)
        for link, pair in zip((first, second), slots.even(2), strict=True):
            await cluster.assign(link, [pair])
            await cluster.assign(link, [pair])  # again is as well
        await cluster.replicate(replica, await cluster.me(first))
        await cluster.until_whole(links)
        await second.ask("SET", "{a}key", "1")  # in slot 15495
        with pytest.raises(Refused, match="MOVED"):
            await first.ask("GET", "{a}key")

        await nodes.processes[0].kill()
        best = await cluster.take_over([replica])
        assert best is replica
        await cluster.until_primary(replica)
        with pytest.raises(Silent):
            await cluster.take_over([first])

        await cluster.migrate(second, await cluster.me(replica), [(16000, 16383)])
        await cluster.until_settled(second)
        seen = cluster.parse(await replica.ask("CLUSTER", "NODES"))
        mine = next(each for each in seen.values() if "myself" in each.flags)
        assert mine.slots[-1] == (16000, 16383)
        await cluster.forget([replica, second], await cluster.me(second))

    play(story)
