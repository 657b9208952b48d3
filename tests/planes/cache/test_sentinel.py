"""Sentinels decide once we are gone, and not before."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any

import anyio

from forecourt.planes.cache import replication
from forecourt.planes.cache.client import Silent
from forecourt.planes.cache.sentinel import Decided, Sentinels, Watched, conf, decided

from .conftest import SECRET, VALKEY, Nodes

Play = Callable[[Callable[[Nodes], Any]], None]
PLACES = [("127.97.2.1", 26379 + number) for number in range(3)]
WATCHED = Watched("g1", ("127.97.1.1", 6379), (("127.97.1.2", 6379),), SECRET)


def listens(place: tuple[str, int]) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(place) == 0


def test_a_configuration_names_the_others_and_is_read_back() -> None:
    text = conf(1, PLACES, [WATCHED], "secret")
    assert "sentinel monitor g1 127.97.1.1 6379 2\n" in text
    assert "sentinel known-replica g1 127.97.1.2 6379\n" in text
    assert "port 26380\n" in text and text.count("known-sentinel g1") == 2
    assert decided(text) == {"g1": Decided(("127.97.1.1", 6379), 0)}
    moved = text.replace("monitor g1 127.97.1.1", "monitor g1 127.97.1.2")
    moved += "sentinel config-epoch g1 7\n"
    assert decided(moved) == {"g1": Decided(("127.97.1.2", 6379), 7)}
    assert decided("") == decided("nonsense\nsentinel monitor g1\n") == {}


def test_they_wait_until_we_are_gone_and_then_decide(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        primary, replica = nodes.start(1), nodes.start(2, primary=("127.97.1.1", 6379))
        for link in (primary, replica):
            await link.until_ready(10)
        await replication.until_linked(replica)
        sentinels = Sentinels(nodes.runner, VALKEY.program, PLACES)
        assert await sentinels.take_back() == {}
        await sentinels.stand_by([Watched("g1", ("127.97.1.9", 6379), (), SECRET)])
        await sentinels.stand_by([WATCHED])
        assert not any(map(listens, PLACES))
        for descriptor in sentinels._held.values():  # as when this process ends
            os.close(descriptor)
        sentinels._held.clear()
        await nodes.processes[0].kill()
        with anyio.fail_after(15):
            while True:
                with contextlib.suppress(
                    Silent
                ):  # a Sentinel sends the clients of the promoted away
                    if await replication.role(replica) == "master":
                        break
                await anyio.sleep(0.05)
        later = Sentinels(nodes.runner, VALKEY.program, PLACES)
        path = nodes.runner.folder("sentinel-0") / "sentinel.conf"
        with anyio.fail_after(5):  # who did not decide it learns it
            while decided(path.read_text())["g1"].primary != ("127.97.1.2", 6379):
                await anyio.sleep(0.05)
        said = await later.take_back()
        assert said["g1"].primary == ("127.97.1.2", 6379) and said["g1"].epoch > 0
        assert not any(map(listens, PLACES))
        await later.stand_by([WATCHED])
        await later.stand_by([])
        assert not any(nodes.runner.adopt(f"sentinel-{n}") for n in range(3))

    play(story)
