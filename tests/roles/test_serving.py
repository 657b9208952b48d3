"""A role on an event loop: sockets that come later, a database that is away, and the end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import Any

import pytest

from forecourt.config import Config
from forecourt.platform.names import server_sets
from forecourt.processes.channel import Channel
from forecourt.roles import serving
from forecourt.roles.following import Following
from forecourt.store.store import Store, Unavailable
from tests.planes.dns.building import START

from .running import child, publish, publish_zone, servers, tcp, wait_reached, wait_until
from .test_streams import ask


def test_sockets_of_a_new_set_are_taken_while_it_runs(config: Config, store: Store) -> None:
    with child("streams", config, servers(tcp)) as role:
        store.write_now(server_sets.create)
        publish_zone(store, server_set=2)
        wanted = publish(store, START + "www A 192.0.2.1")
        more = servers(tcp, server_set=2)
        for purpose, sock in more:
            role.channel.send({"socket": purpose}, sock)
        wait_reached(store, wanted)
        assert ask(more[0][1]) == {"www.example. A 192.0.2.1"}
        for _, sock in more:
            sock.close()


def test_it_ends_when_its_supervisor_is_gone(config: Config) -> None:
    with child("streams", config, servers(tcp)) as role:
        role.channel.close()
        wait_until(lambda: role.process.poll() is not None)
        assert role.process.returncode == 0


class Awkward:
    """Cannot serve at first."""

    def __init__(self) -> None:
        self.tries = 0

    async def serve(self, purpose: dict[str, Any], sock: socket.socket) -> None:
        self.tries, self.socket = self.tries + 1, sock
        if self.tries < 3:
            raise Unavailable
        os.kill(os.getpid(), signal.SIGTERM)

    def changed(self) -> None: ...

    def tick(self) -> None: ...

    async def close(self) -> None:
        self.socket.close()


def test_a_socket_is_served_once_the_database_is_back(
    config: Config, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "TICK", 0.01)
    ours, theirs = Channel.pair()
    following, awkward = Following(config, "streams"), Awkward()
    sock = tcp()
    ours.send({"socket": {"view": 1}}, sock)
    asyncio.run(serving.serve_all(Channel(theirs), [], following, awkward))
    assert awkward.tries == 3
    for each in (ours, theirs, sock, following.store):
        each.close()
