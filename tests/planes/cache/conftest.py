"""Real Valkey nodes at loopback addresses of their own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from forecourt.planes.cache import configuration, engines
from forecourt.planes.cache.client import Link
from forecourt.planes.cache.runner import Local, Process

SECRET = "a" * 48
VALKEY = next(each for each in engines.installed() if each.name == "valkey")


class Nodes:
    """Engines that end with the test."""

    def __init__(self, folder: Path) -> None:
        self.runner = Local(folder, die_with_us=True)
        self.processes: list[Process] = []
        self.links: list[Link] = []

    def start(self, number: int, **options: Any) -> Link:
        """A node at 127.97.1.<number>, asked as the service's user."""
        address = f"127.97.1.{number}"
        node = configuration.Node(
            engine="valkey",
            directory=str(self.runner.folder(f"n{number}")),
            address=address,
            port=6379,
            hostname=f"n{number}.example",
            memory=16 << 20,
            secret=SECRET,
            **options,
        )
        users = [configuration.access("valkey", "default", [], "~* &* +@all")]
        text = configuration.valkey_conf(node, {"maxmemory-policy": "volatile-lru"}, users)
        files = {"node.conf": text}
        process = self.runner.start(f"n{number}", VALKEY.program, ["node.conf"], files)
        self.processes.append(process)
        self.links.append(Link(address, 6379, SECRET))
        return self.links[-1]

    async def kill_all(self) -> None:
        for link in self.links:
            await link.close()
        for process in self.processes:
            await process.kill()
            process.close()


@pytest.fixture
def play(
    tmp_path: Path,
) -> Iterator[Callable[[Callable[[Nodes], Coroutine[Any, Any, None]]], None]]:
    """Runs a coroutine function with nodes, which end after it."""

    def run(story: Callable[[Nodes], Coroutine[Any, Any, None]]) -> None:
        async def main() -> None:
            nodes = Nodes(tmp_path)
            try:
                await story(nodes)
            finally:
                await nodes.kill_all()

        anyio.run(main)

    yield run
