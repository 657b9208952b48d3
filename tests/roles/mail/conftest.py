"""A mail server on free ports of loopback, on the world's store, with names that tests make up."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.rdata
import dns.rdatatype
import pytest
import uvloop

from forecourt.config import Config, Mail
from forecourt.planes.mail.asking import Found, TryLater
from forecourt.platform.identity import passwords
from forecourt.platform.mail import domains, people
from forecourt.processes.sockets import listen_tcp
from forecourt.roles.mail import Post
from forecourt.store.tx import Tx
from tests.harness import World

ADDRESS = "127.0.0.1"
PASSWORD = "correct horse"
DIGEST = passwords.digest(PASSWORD)
KEY = domains.new_key()
LISTENERS = (
    ("smtp", "smtp", False),
    ("submission", "submission", False),
    ("submissions", "submission", True),
    ("imap", "imap", False),
    ("imaps", "imap", True),
    ("pop3", "pop3", False),
)


@dataclass
class Names:
    """DNS, as the test says."""

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)

    def add(self, name: str, type_: str, *values: str) -> None:
        self.records[name, type_] = list(values)

    async def __call__(self, name: str, type: str) -> Found:
        name = name.rstrip(".").lower()
        if name in self.failing:
            raise TryLater("no server answers")
        values = self.records.get((name, type), [])
        found = tuple(dns.rdata.from_text("IN", type, value) for value in values)
        exists = any(known == name or known.endswith(f".{name}") for known, _ in self.records)
        return Found(found, exists, held=name not in self.outside)


class Running:
    """The server, on a loop of its own thread."""

    def __init__(self, world: World, folder: Path, names: Names, **settings: Any) -> None:
        self.store, self.names = world.store, names
        url = "sqlite" if type(world.store).__name__ == "SqliteStore" else "postgresql://"
        (folder / "run").mkdir(parents=True)
        (folder / "tls").mkdir()
        mail = Mail(cleartext=True, **settings)
        self.config = Config(folder, bind=ADDRESS, store=url, mail=mail)
        self.ports: dict[str, int] = {}
        self._sockets: list[tuple[dict[str, Any], socket.socket]] = []
        for name, protocol, tls in LISTENERS:
            sock = listen_tcp(ADDRESS, 0)
            self.ports[name] = sock.getsockname()[1]
            self._sockets.append(({"protocol": protocol, "tls": tls}, sock))
        self._write_status(folder)
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(20)

    def _write_status(self, folder: Path) -> None:
        listeners = [
            {"name": "smtp", "protocol": "smtp", "address": ADDRESS, "port": self.ports["smtp"]}
        ]
        (folder / "run" / "status.json").write_text(json.dumps({"listeners": listeners}))

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self.post = Post(self.config, self.store, self.names)
        await self.post.listen(self._sockets)
        work = asyncio.ensure_future(self.post.work())
        self._ready.set()
        await self._stop.wait()
        await self.post.close()
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def person(self, address: str, password: str = PASSWORD, **options: Any) -> people.Person:
        """Somebody with a mailbox, on a hosted domain that DNS knows."""
        digest = DIGEST if password == PASSWORD else passwords.digest(password)
        return self.store.write_now(add, address, digest, self.names, options)


def add(tx: Tx, address: str, digest: str, names: Names, options: dict[str, Any]) -> people.Person:
    domain = domains.add(tx, address.rpartition("@")[2], "000000000000", KEY)
    for name, type_, values in domains.records(domain, ADDRESS):
        names.add(name, type_, *values)
    return people.create(tx, address, address.partition("@")[0], digest, **options)


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def mail(world: World, tmp_path: Path, names: Names) -> Iterator[Running]:
    running = Running(world, tmp_path / "mail", names)
    yield running
    running.close()
