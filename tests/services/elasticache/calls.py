"""Caches as tests ask for them, and their keeper."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import anyio
import pytest
import valkey
from botocore.exceptions import ClientError

from forecourt.planes.cache.engines import Engine
from forecourt.planes.cache.runner import Local
from forecourt.platform.egress import Egress
from forecourt.processes.reconcile import Bell, reconcile_kind
from forecourt.services.elasticache import nodes
from forecourt.services.elasticache.nodes import Node
from forecourt.services.elasticache.reconcile import Keeper, place_of
from forecourt.services.elasticache.stored import WORK as CACHES
from forecourt.services.elasticache.telling import Teller
from forecourt.store.blobs import Blobs
from forecourt.store.tx import WORK
from tests.harness import World

DOMAIN, NETWORK = "forecourt.test", "127.97.0.0/16"
SMALL = "cache.t3.micro"
WITHIN = 30.0  # seconds


def refused(code: str, words: str = "") -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{words}")


def group(caches: Any, name: str = "shop", **members: Any) -> Any:
    """A replication group, of one shard with one replica unless it says otherwise."""
    if not members.keys() & {"NumNodeGroups", "NumCacheClusters", "NodeGroupConfiguration"}:
        members |= {"NumCacheClusters": 2, "AutomaticFailoverEnabled": True}
    given = {"CacheNodeType": SMALL, "Engine": "valkey", **members}
    made = caches.create_replication_group(
        ReplicationGroupId=name, ReplicationGroupDescription="about", **given
    )
    return made["ReplicationGroup"]


class Keeping:
    """A keeper on a thread of its own, whose engines end with it."""

    def __init__(self, world: World, caches: Any, folder: Path, here: Sequence[Engine]) -> None:
        self.world, self.caches = world, caches
        self._folder, self._here = folder, here
        self.logs = folder.with_name("logs")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: anyio.run(self._main))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(WITHIN)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WITHIN)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        programs = {(each.name, each.version): each.program for each in self._here}
        runner = Local(self._folder, die_with_us=True)
        blobs = Blobs(self._folder.with_name("blobs"))
        egress = Egress(NETWORK)
        memory = self._folder.with_name("memory")
        memory.mkdir()
        self.keeper = Keeper(
            self.world.store,
            runner,
            programs,
            blobs,
            egress=egress,
            memory=memory,
            exported=self.world.objects,
        )
        self.teller = Teller(self.world.store, runner, self.keeper.runs, self.logs)
        sock = self.world.store.bells.listen("keeping", WORK)
        bell = Bell(sock)
        with sock:
            await self._work(bell)

    async def _work(self, bell: Bell) -> None:
        async with anyio.create_task_group() as group:
            await group.start(bell.listen)
            await group.start(self.keeper.watch)
            await group.start(self.keeper.probe)
            await group.start(self.teller.measure)
            await group.start(self.teller.deliver)
            await group.start(
                partial(reconcile_kind, CACHES, self.keeper.reconcile, self.world.store, bell)
            )
            self._ready.set()
            await self._stop.wait()
            await self.keeper.stop_all()
            group.cancel_scope.cancel()

    def wait(self, condition: Callable[[], Any]) -> Any:
        """What a condition gives, once that is something."""
        end = time.monotonic() + WITHIN
        while not (found := condition()):
            assert time.monotonic() < end, "that did not come about"
            time.sleep(0.02)
        return found

    def group(self, name: str = "shop") -> Any:
        (found,) = self.caches.describe_replication_groups(ReplicationGroupId=name)[
            "ReplicationGroups"
        ]
        return found

    def available(self, name: str = "shop") -> Any:
        return self.wait(lambda: (g := self.group(name))["Status"] == "available" and g)

    def nodes(self, name: str = "shop") -> list[Node]:
        return self.world.store.read_now(nodes.of, self.group(name)["ARN"])

    def role(self, role: str, name: str = "shop", shard: str = "0001") -> Node:
        return next(e for e in self.nodes(name) if e.role == role and e.shard == shard)

    def client(self, node: Node) -> valkey.Valkey:
        where = place_of(NETWORK.partition("/")[0], node.place)
        return valkey.Valkey(host=where, port=node.port, decode_responses=True, socket_timeout=5)

    def pid(self, node: Node) -> int:
        found = self.keeper._running[node.id]
        return found.pid  # type: ignore[attr-defined]

    def events(self, source: str) -> list[str]:
        found = self.caches.describe_events(Duration=60)["Events"]
        return [each["Message"] for each in found if each["SourceIdentifier"] == source]
