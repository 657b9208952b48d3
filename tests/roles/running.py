"""A data directory as the supervisor leaves it to roles, and roles as child processes of a test."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from forecourt.config import Config
from forecourt.planes.dns.snapshot import unpack
from forecourt.platform.certificates import listeners
from forecourt.platform.identity import accounts
from forecourt.platform.names import publishing, server_sets
from forecourt.platform.names.server_sets import TOPIC
from forecourt.processes.channel import Channel
from forecourt.processes.children import Handed
from forecourt.store.opening import open_store
from forecourt.store.secrets import keep, read_master_key
from forecourt.store.store import Store
from tests.planes.dns.building import APEX, nodes

WITHIN = 15.0  # seconds


def wait_until(condition: Callable[[], Any], seconds: float = WITHIN) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)


@contextlib.contextmanager
def data_directory(folder: Path) -> Iterator[tuple[Config, Store]]:
    """An account, a delegation set, secrets and certificates."""
    (folder / "run" / "metrics").mkdir(parents=True)
    store = open_store(folder, "sqlite", read_master_key(folder))
    store.write_now(accounts.create_account, accounts.FIRST, "root")
    store.write_now(server_sets.create)
    keep(folder / "run" / "cookie-secret", b"s" * 16)
    keep(folder / "admin.token", b"token")
    listeners.ensure(folder, store, "127.0.0.1")
    yield Config(folder, testing=True), store
    store.close()


def publish_zone(store: Store, zone: str = "z1", server_set: int = 1) -> None:
    store.write_now(publishing.publish_zone, zone, APEX, "example.", server_set)


def publish(store: Store, text: str, zone: str = "z1") -> int:
    """Publish some names (planes/dns/building.py); the sequence number to wait for."""
    names = {owner: unpack(node) for owner, node in nodes(text).items()}
    return store.write_now(publishing.publish_names, zone, names)


def wait_reached(store: Store, seq: int) -> None:
    wait_until(lambda: store.followers.reached(TOPIC) >= seq)


def udp() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def tcp() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


class Child:
    """A role's process, its supervisor being this test."""

    def __init__(self, name: str, config: Config, sockets: list[Handed]) -> None:
        self.channel, theirs = Channel.pair()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "forecourt.roles", name, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self.channel.send({"config": config.dump(), "index": 0, "sockets": len(sockets)})
        for purpose, sock in sockets:
            self.channel.send({"socket": purpose}, sock)

    def wait_ready(self) -> None:
        assert select.select([self.channel.fileno()], [], [], WITHIN)[0]
        received = self.channel.receive()
        assert received is not None
        assert received[0] == {"ready": True}

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WITHIN)


@contextlib.contextmanager
def child(name: str, config: Config, sockets: list[Handed]) -> Iterator[Child]:
    """A role that is ready; ended if the test has not."""
    found = Child(name, config, sockets)
    try:
        found.wait_ready()
        yield found
    finally:
        found.process.kill()
        found.process.wait(WITHIN)
        found.channel.close()
        for _, sock in sockets:
            sock.close()


def servers(kind: Callable[[], socket.socket], server_set: int = 1) -> list[Handed]:
    """A delegation set's four sockets, as the supervisor hands them down."""
    return [({"view": server_set}, kind()) for _ in range(4)]
