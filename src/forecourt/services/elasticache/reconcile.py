"""What makes engines be what rows say, and what keeps them so.

    keeper = Keeper(store, runner, programs)
    await keeper.converge(arn)           # one look at a cache: each step is safe to repeat

A cache is mended first: a shard whose primary's engine ended gets its best replica in its place, and only
then is what ended started again, as a replica.  One look at a time; when an engine ends, the look that is
under way is given up and a new one begins, so that nothing keeps a failover waiting.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from forecourt.aws.arns import Arn
from forecourt.planes.cache import (
    cluster,
    configuration,
    discovering,
    discovery,
    dumps,
    durability,
    migration,
    replication,
    slots,
)
from forecourt.planes.cache.client import Link, Refused, Silent
from forecourt.planes.cache.cluster import Stuck
from forecourt.planes.cache.runner import Runner, Running
from forecourt.planes.cache.sentinel import PREFIX, Decided, Sentinels, Watched
from forecourt.platform.egress import Egress
from forecourt.platform.names import registry
from forecourt.platform.network import pools
from forecourt.platform.objects import stored as objects
from forecourt.platform.objects.bodies import Stretch
from forecourt.processes.workers import reason
from forecourt.store.resources import Kind, Resource, at
from forecourt.store.tx import Call

from . import (
    access,
    documents,
    endpoints,
    happenings,
    migrations,
    nodes,
    parameter_groups,
    parameters,
    placing,
    snapshots,
    users,
    windows,
)
from .happenings import CLUSTER, GROUP, SERVERLESS_CACHE
from .nodes import PRIMARY, REPLICA, Node, behind_tls, inner_port
from .stored import (
    AVAILABLE,
    CLUSTERS,
    CREATE_FAILED,
    CREATING,
    DELETING,
    GROUPS,
    MODIFYING,
    REBOOTING,
    SEALED,
    SERVERLESS,
    WORK,
    installation,
    kind_of,
    packed,
    unpacked,
)

if TYPE_CHECKING:
    from forecourt.store.blobs import Blobs
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)
OVERDUE = 300.0  # seconds by the calendar after which a new cache is given up
READY = 60.0  # seconds that an engine may take to load its data
AGAIN = 1.0  # seconds after a look that failed
RESERVED = 100  # descriptors that an engine needs beside its clients'
PROBE = 0.5  # seconds between questions to each engine
HUNG = 2.0  # seconds without an answer after which an engine is ended
PATIENCE = {"R": 15.0, "T": 0.5}  # and of one that computes, or that was stopped
EXPECTED = (Silent, Refused, Stuck, OSError)
WHOLE = "0-16383"
WINDOWS = 30.0  # seconds between looks for windows that are open
SWEEP, SWEPT = (
    600.0,
    3600.0,
)  # seconds between looks for blobs that nobody names, and their least age
SOURCES = {
    GROUPS.name: (GROUP, "Replication group"),
    CLUSTERS.name: (CLUSTER, "Cache cluster"),
    SERVERLESS.name: (SERVERLESS_CACHE, "Serverless cache"),
}
T = TypeVar("T")


@dataclass(slots=True)
class Cache:
    """Everything of one cache, as it was read."""

    resource: Resource
    nodes: list[Node]
    secret: str
    users: Mapping[str, list[str]]  # by engine
    values: Mapping[str, str]  # of its parameter group
    names: Mapping[str, str]
    network: str  # its first address, as text

    @property
    def spec(self) -> Mapping[str, Any]:
        return self.resource.spec

    @property
    def status(self) -> Mapping[str, Any]:
        return self.resource.status

    @property
    def clustered(self) -> bool:
        return bool(self.spec.get("Clustered"))

    @property
    def state(self) -> str:
        return str(self.status["State"])

    def port(self, node: Node) -> int:
        """Where a node's engine is: behind what terminates TLS, where that is on."""
        return inner_port(node, self.spec)

    def parameters(self, node: Node) -> dict[str, str]:
        """What a node's engine is told, which may not be yet what the cache is to have."""
        family = placing.family_of(node.engine, node.version)
        mode = documents.durability(self.spec)
        return parameters.directives(family, self.values) | durability.directives(mode)

    @property
    def kind(self) -> Kind:
        return kind_of(self.resource)

    @property
    def source(self) -> str:
        """Whose events are told of it."""
        return SOURCES[self.kind.name][0]

    @property
    def called(self) -> str:
        return SOURCES[self.kind.name][1]

    def tell_of(self, tx: Tx, node: Node, message: str) -> None:
        """What happened to a node; those of a serverless cache nobody sees."""
        if self.kind is not SERVERLESS:
            happenings.tell(tx, CLUSTER, node.cluster, message)

    @property
    def is_group(self) -> bool:
        return "Shards" in self.spec

    def shard(self, id: str) -> list[Node]:
        return [each for each in self.nodes if each.shard == id]

    def shards(self) -> list[list[Node]]:
        """The nodes of each shard that has any."""
        ids = sorted({each.shard for each in self.nodes})
        return [self.shard(id) for id in ids]


@dataclass(slots=True)
class Look:
    """One look at a cache that is under way."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    scope: anyio.CancelScope | None = None
    next: bool = False  # whether another one begins as soon as it ends
    later: bool = False  # or after a while


class Keeper:
    """Keeps all caches of an installation on one machine."""

    def __init__(
        self,
        store: Store,
        runner: Runner,
        programs: Mapping[tuple[str, str], str],
        blobs: Blobs,
        sentinels: Sentinels | None = None,
        egress: Egress | None = None,
        memory: Path | None = None,
        exported: Blobs | None = None,
    ) -> None:
        self._objects = exported or blobs  # what is in buckets
        self._memory = memory  # where files are that are never to be on a disk
        self._egress = egress  # where data may be migrated from
        self._store, self._runner, self._programs = store, runner, programs
        self._sentinels = sentinels
        self._decided: dict[str, Decided] = {}  # by group, while we were gone
        self._running: dict[str, Running] = {}  # by node
        self._owners: dict[str, str] = {}  # of nodes whose engines run
        self._looks: dict[str, Look] = {}
        self._ended: dict[str, float] = {}  # nodes whose engines ended, and when, by the real clock
        self._group: anyio.abc.TaskGroup | None = None
        self._lists: dict[str, discovery.Nodes] = {}  # of clusters of Memcached
        self._endpoints: dict[str, asyncio.Server] = {}
        self._blobs = blobs
        self._began: dict[str, float] = {}  # nodes' engines, by the monotonic clock

    # ----- running

    async def watch(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        """Be told at once when an engine ends."""
        async with anyio.create_task_group() as group:
            self._group = group
            self._running.clear()  # each is found anew, and watched
            if self._sentinels is not None:
                self._decided = await self._sentinels.take_back()
                await self._stand_by()
            owners = await self._store.read(
                lambda tx: dict.fromkeys(each.owner for each in nodes.everybodys(tx))
            )
            for owner in owners:  # engines that an earlier run left, and those that ended since
                self.look_now(owner)
            task_status.started()
            group.start_soon(self._sweep)
            await anyio.sleep_forever()

    async def _sweep(self) -> None:
        """End engines that belong to nothing any more: after a reset, or a store that was restored."""
        swept = opened = anyio.current_time()
        while True:
            known = await self._store.read(lambda tx: {each.id for each in nodes.everybodys(tx)})
            for name in self._runner.names():
                if name.startswith(PREFIX):
                    continue
                if name not in known and (running := self._found(name)) is not None:
                    await self._end(name, running, grace=0.0)
                if name not in known:
                    self._forget(name)
            if self._memory is not None:
                for folder in self._memory.iterdir():
                    if folder.name not in known:
                        self._forget(folder.name)
            if anyio.current_time() - opened > WINDOWS:
                opened = anyio.current_time()
                for arn in await self._store.read(windows.due):
                    await self._store.write_for(call_of(arn), windows.open_, arn)
            if anyio.current_time() - swept > SWEEP:
                swept = anyio.current_time()
                await self._sweep_blobs()
            await anyio.sleep(2.0)

    async def _sweep_blobs(self) -> None:
        """Snapshots' data that no snapshot names any more go."""
        old = list(self._blobs.older(SWEPT))
        named = await self._store.read(blobs_named)
        for blob in old:
            if blob not in named:
                self._blobs.delete(blob)

    def _found(self, id: str) -> Running | None:
        """The engine of a node, if it runs."""
        known = id in self._running or id in self._ended
        if not known and (adopted := self._runner.adopt(id)) is not None:
            self._took(id, adopted)
        return self._running.get(id)

    def _took(self, id: str, running: Running) -> None:
        self._running[id] = running
        assert self._group is not None
        self._group.start_soon(self._until_ended, id, running)

    async def _until_ended(self, id: str, running: Running) -> None:
        await running.ended()
        running.close()
        if self._running.get(id) is not running:
            return
        del self._running[id]
        if id not in self._owners:  # it was told to end
            return
        self._ended[id] = time.time()
        owner = self._owners[id]
        log.warning("the engine of cache node %s ended", id)
        lived = anyio.current_time() - self._began.get(id, 0.0)
        if lived < AGAIN:  # it does not stay up: not as fast as we can
            look = self._looks.setdefault(owner, Look())
            if look.later:
                return
            look.later = True
            await anyio.sleep(AGAIN)
            look.later = False
        self.look_now(owner)

    def look_now(self, owner: str) -> None:
        """Begin a new look at a cache at once; one that is under way is given up."""
        look = self._looks.setdefault(owner, Look())
        if look.scope is not None:
            look.scope.cancel()
        if not look.next:
            look.next = True
            assert self._group is not None
            self._group.start_soon(self._until_well, owner)

    async def _until_well(self, owner: str) -> None:
        while (again := await self.reconcile(owner)) is not None:
            await anyio.sleep(again)

    async def _end(self, id: str, running: Running, grace: float = 30.0) -> None:
        self._owners.pop(id, None)
        if grace:
            await running.stop(grace)
        else:
            await running.kill()
        self._running.pop(id, None)
        self._ended.pop(id, None)

    async def _stand_by(self) -> None:
        """Let Sentinels know what to watch from the moment we are gone."""
        if self._sentinels is not None:
            await self._sentinels.stand_by(await self._store.read(watched))

    async def stop_all(self) -> None:
        """End all engines, each with its data on disk."""
        if self._sentinels is not None:
            await self._sentinels.take_back()
        async with anyio.create_task_group() as group:
            for id, running in list(self._running.items()):
                group.start_soon(self._end, id, running)

    def runs(self, id: str) -> bool:
        """Whether a node's engine does."""
        return id in self._running

    # ----- one look

    async def reconcile(self, arn: str) -> float | None:
        """One look at a cache; in how many seconds to look again."""
        look = self._looks.setdefault(arn, Look())
        async with look.lock:
            look.next = False
            with anyio.CancelScope() as scope:
                look.scope = scope
                try:
                    return await self._converge(arn)
                except dumps.Unsound as error:
                    await self._failed(arn, str(error))
                    return None
                except (Silent, Refused, Stuck, OSError, ExceptionGroup) as error:
                    if isinstance(error, ExceptionGroup) and error.split(EXPECTED)[1]:
                        raise
                    log.warning("%s: %s", arn, reason(error))
                    if await self._store.read(is_overdue, arn):
                        await self._failed(arn, reason(error))
                        return None
                    return AGAIN
                finally:
                    look.scope = None
        return AGAIN

    async def _converge(self, arn: str) -> float | None:
        cache = await self._load(arn)
        if cache is None:
            return None
        for node in cache.nodes:
            self._found(node.id)
            self._owners[node.id] = arn
        if cache.state in (CREATE_FAILED, "restore-failed"):
            return None
        if cache.state == DELETING:
            await self._last_snapshot(cache)
            await self._delete(cache)
            return None
        async with AsyncExitStack() as stack:
            links = {
                node.id: await stack.enter_async_context(self._link(cache, node))
                for node in cache.nodes
            }
            if cache.spec["Engine"] == "memcached":
                await self._memcached(cache)
            else:
                cache = await self._mend(cache, links)
                await self._start_missing(cache, links)
                if cache.clustered:
                    await self._form(cache, links)
                else:
                    await self._follow(cache, links)
                    await self._migrate(cache, links)
                    cache = await self._reloaded(cache)
                cache = await self._apply(cache, links)
                cache = await self._planned(cache, links)
                await self._snapshot(cache, links)
                cache = await self._shrink(cache, links)
                if cache.clustered:
                    await cluster.until_told([links[each.id] for each in cache.nodes])
        if cache.spec.get("Tls"):
            for node in cache.nodes:
                await until_open(address(cache, node), node.port)
            if "Place" in cache.status:
                await until_open(place_of(cache.network, cache.status["Place"]), cache.spec["Port"])
        await self._write(cache, self._settle, cache)
        self._decided.pop(cache.resource.uid, None)
        await self._stand_by()
        return None

    async def _failed(self, arn: str, why: str) -> None:
        """What was to be made cannot be: nothing of it runs on."""
        if (cache := await self._load(arn)) is None or cache.state != CREATING:
            return
        for node in cache.nodes:
            if (running := self._found(node.id)) is not None:
                await self._end(node.id, running, grace=0.0)
        await self._write(cache, not_made, cache, why)

    async def _load(self, arn: str) -> Cache | None:
        return await self._store.read_for(call_of(arn), load, arn)

    async def _write(self, cache: Cache, change: Callable[..., T], *given: Any) -> T:
        """A step of a cache's, in the name of its owner."""
        call = call_of(cache.resource.arn)
        return await self._store.write_for(call, lambda tx, _: change(tx, *given), None)

    def _link(self, cache: Cache, node: Node) -> Link:
        return Link(address(cache, node), cache.port(node), cache.secret)

    # ----- mending

    async def _mend(self, cache: Cache, links: Mapping[str, Link]) -> Cache:
        """Give each shard whose primary's engine is gone its best replica in its place, if the engines did
        not do so already.
        """
        cache = await self._observe(cache, links)
        for shard in cache.shards():
            primary = next((each for each in shard if each.role == PRIMARY), None)
            if primary is None or primary.state == CREATING or self._found(primary.id):
                continue
            replicas = [
                each
                for each in shard
                if each.role == REPLICA and each.state == AVAILABLE and self._found(each.id)
            ]
            if not replicas or not cache.spec["AutomaticFailover"]:
                continue
            joining = [
                each
                for each in shard
                if each is not primary and each not in replicas and self._found(each.id)
            ]
            await self._fail_over(cache, primary, links, replicas, joining)
            cache = await self._reloaded(cache)
        return cache

    async def _fail_over(
        self,
        cache: Cache,
        primary: Node,
        links: Mapping[str, Link],
        replicas: Sequence[Node],
        joining: Sequence[Node],
    ) -> None:
        failover = secrets.token_hex(4)
        detected, decided = self._ended.get(primary.id, time.time()), time.time()
        if cache.clustered:
            best = await cluster.take_over([links[each.id] for each in replicas])
            await cluster.until_primary(best)
        else:
            best = await replication.promote(
                [links[each.id] for each in replicas],
                [links[each.id] for each in joining if each.id in links],
            )
        promoted = time.time()
        winner = next(each for each in (*replicas, *joining) if links.get(each.id) is best)
        marks = (("detected", detected), ("decided", decided), ("promoted", promoted))
        await self._write(cache, self._promoted, cache, failover, primary, winner, marks)
        await self._stand_by()
        if not cache.clustered:
            self._send_away(cache, primary)

    def _promoted(
        self,
        tx: Tx,
        cache: Cache,
        failover: str,
        old: Node,
        new: Node,
        marks: Iterable[tuple[str, float]],
    ) -> None:
        """The roles are the engines' now, and the endpoints move with them."""
        swap(tx, cache, old, new)
        owner = cache.resource.arn
        for name, moment in marks:
            happenings.step(tx, owner, failover, new.cluster, name, moment)
        happenings.step(tx, owner, failover, new.cluster, "endpoint moved")
        happenings.tell(
            tx,
            cache.source,
            cache.resource.name,
            f"Failover from primary node {old.cluster} to replica node {new.cluster} completed",
        )
        cache.tell_of(tx, old, f"Recovering cache nodes {old.number}")
        nodes.change(tx, old, state=CREATING, role=REPLICA)
        mark(tx, cache, MODIFYING)
        notes = {**current(tx, cache).status, "Rejoining": {old.id: failover}}
        change(tx, cache, status=notes)

    async def _observe(self, cache: Cache, links: Mapping[str, Link]) -> Cache:
        """What engines decided by themselves is taken over: they are the authority on who is primary."""
        moved = []
        for shard in cache.shards():
            running = [each for each in shard if self._found(each.id)]
            primary = next((each for each in shard if each.role == PRIMARY), None)
            if primary is None or len(shard) < 2:
                continue
            claims: dict[str, int] = {}
            for each in running:
                try:
                    claim = await claim_of(cache, links[each.id])
                    said = self._decided.get(cache.resource.uid)
                    if claim is not None and said and said.primary[0] == address(cache, each):
                        claim = said.epoch
                except (Silent, Refused):
                    continue
                if claim is not None:
                    claims[each.id] = claim
            best = [e for e in running if e.id in claims and claims[e.id] == max(claims.values())]
            if primary not in best and len(best) == 1:
                moved.append((primary, best[0]))
        for old, new in moved:
            await self._write(cache, self._moved, cache, old, new)
        return await self._reloaded(cache) if moved else cache

    def _moved(self, tx: Tx, cache: Cache, old: Node, new: Node) -> None:
        swap(tx, cache, old, new)
        failover = secrets.token_hex(4)
        for name in ("promoted", "endpoint moved"):
            happenings.step(tx, cache.resource.arn, failover, new.cluster, name)
        happenings.tell(
            tx,
            cache.source,
            cache.resource.name,
            f"Failover from primary node {old.cluster} to replica node {new.cluster} completed",
        )

    async def _reloaded(self, cache: Cache) -> Cache:
        found = await self._load(cache.resource.arn)
        if found is None:
            raise Stuck("the cache is gone")
        return found

    # ----- starting

    async def _start_missing(self, cache: Cache, links: Mapping[str, Link]) -> None:
        """Start every engine that does not run, each as what it is to be, and wait until all answer."""
        missing = [e for e in cache.nodes if e.state != DELETING and self._found(e.id) is None]
        if cache.state == CREATING:
            await self._seed(cache, missing)
        if lost := [each for each in missing if each.state == AVAILABLE]:
            await self._write(cache, self._lost, cache, lost)
        async with anyio.create_task_group() as group:
            for node in missing:
                self._start(cache, node)
                group.start_soon(self._until_ready, cache, node, links[node.id])

    async def _seed(self, cache: Cache, missing: Sequence[Node]) -> None:
        """Give primaries what they begin with: a snapshot's data."""
        for node in missing:
            seed = cache.spec.get("Seeds", {}).get(node.shard)
            if seed is None or node.role == REPLICA:
                continue
            if "Parts" in seed:
                parts = tuple((blob, size) for blob, size in seed["Parts"])
                pieces: Iterator[bytes] = objects.pieces(
                    Stretch(parts, 0, seed["Size"]), self._objects
                )
            else:
                pieces = self._blobs.get(seed["Blob"])
            if seed.get("Key"):
                pieces = dumps.unsealed(
                    pieces, self._store.seal.open(unpacked(seed["Key"]), SEALED)
                )
            part = self._folder(cache, node) / "seed.part"
            try:
                await anyio.to_thread.run_sync(dumps.bring, pieces, part)
                await dumps.check(self._programs[node.engine, node.version], part)
                part.rename(part.with_name(dumps.NAME))
            finally:
                part.unlink(missing_ok=True)

    def _lost(self, tx: Tx, cache: Cache, lost: Sequence[Node]) -> None:
        for node in lost:
            nodes.change(tx, node, state=CREATING)
            cache.tell_of(tx, node, f"Recovering cache nodes {node.number}")
        mark(tx, cache, MODIFYING)
        found = current(tx, cache)
        rejoining = {**found.status.get("Rejoining", {}), **{node.id: "" for node in lost}}
        change(tx, cache, status={**found.status, "Rejoining": rejoining})

    def _folder(self, cache: Cache, node: Node) -> Path:
        """Where a node's data are when they are in a file."""
        if not cache.spec.get("AtRest"):
            return self._runner.folder(node.id)
        if self._memory is None:
            raise OSError("no file system in memory is here to keep files off the disk")
        folder = self._memory / node.id
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def _forget(self, id: str) -> None:
        """All files of a node that is no more."""
        self._runner.remove(id)
        if self._memory is not None:
            shutil.rmtree(self._memory / id, ignore_errors=True)

    async def _until_ready(self, cache: Cache, node: Node, link: Link) -> None:
        await link.until_ready(READY)
        dump = self._folder(cache, node) / dumps.NAME
        dump.unlink(missing_ok=True)  # so that nothing old is ever loaded after a crash

    def _start(self, cache: Cache, node: Node) -> None:
        self._ended.pop(node.id, None)
        program = self._programs[node.engine, node.version]
        primary = next(
            (e for e in cache.shard(node.shard) if e.role == PRIMARY and e.id != node.id), None
        )
        wanted = configuration.Node(
            engine=node.engine,
            directory=str(self._folder(cache, node)),
            cluster_file=str(self._runner.folder(node.id) / "nodes.conf"),
            address=address(cache, node),
            port=cache.port(node),
            client_port=node.port if cache.spec.get("Tls") else 0,
            hostname=node.host,
            memory=node.memory,
            secret=cache.secret,
            clustered=cache.clustered,
            primary=(address(cache, primary), cache.port(primary))
            if primary is not None and not cache.clustered and node.role == REPLICA
            else None,
        )
        if node.engine == "memcached":
            user = "nobody" if os.geteuid() == 0 else ""
            _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
            arguments = configuration.memcached_arguments(
                wanted, cache.values, user=user, connections=most - RESERVED
            )
            files: dict[str, str] = {}
        else:
            lines = cache.users[node.engine]
            text = configuration.valkey_conf(wanted, cache.parameters(node), lines)
            arguments, files = ["node.conf"], {"node.conf": text}
        self._owners[node.id] = cache.resource.arn
        self._began[node.id] = anyio.current_time()
        self._took(node.id, self._runner.start(node.id, program, arguments, files))

    async def _form(self, cache: Cache, links: Mapping[str, Link]) -> None:
        """Nodes that know one another, primaries with the slots of new shards, replicas with their primaries."""
        staying = [each for each in cache.nodes if each.state != DELETING]
        await cluster.introduce([links[each.id] for each in staying])
        if cache.state == CREATING:
            first = {each["Id"]: each["Slots"] for each in cache.spec["Shards"]}
            if seeds := cache.spec.get("Seeds"):  # slots are where their keys are, and move then
                first = {id: each["Slots"] or WHOLE for id, each in seeds.items()}
            for id, text in first.items():
                primary = next(e for e in cache.shard(id) if e.role == PRIMARY)
                await cluster.assign(links[primary.id], slots.parsed(text))
        async with anyio.create_task_group() as group:
            for shard in cache.shards():
                primary = next(each for each in shard if each.role == PRIMARY)
                id = await cluster.me(links[primary.id])
                for each in shard:
                    if each.role == REPLICA and each.state != DELETING:
                        group.start_soon(self._replicate, links[each.id], id)
        await cluster.until_whole([links[each.id] for each in staying])

    async def _replicate(self, link: Link, primary: str) -> None:
        await cluster.replicate(link, primary)
        await replication.until_linked(link)

    async def _follow(self, cache: Cache, links: Mapping[str, Link]) -> None:
        primary = next((each for each in cache.nodes if each.role == PRIMARY), None)
        if primary is None:
            return
        where = (address(cache, primary), cache.port(primary))
        replicas = [e for e in cache.nodes if e.role == REPLICA and e.state != DELETING]
        for each in replicas:
            await replication.follow(links[each.id], where)
        for each in replicas:
            await replication.until_linked(links[each.id])

    # ----- data from elsewhere

    async def _migrate(self, cache: Cache, links: Mapping[str, Link]) -> None:
        """Let the primary follow a server elsewhere, or take its place."""
        if tested := cache.status.get("MigrationTest"):
            try:
                async with migration.source(await self._place_of(tested[0]), tested[1]) as link:
                    await migration.check(link)
                message = "Test migration succeeded"
            except (Silent, Refused) as error:
                message = f"Test migration failed: {error}"
            await self._write(cache, tested_migration, cache, message)
        going = cache.status.get("Migration")
        if going is None:
            return
        primary = links[next(each for each in cache.nodes if each.role == PRIMARY).id]
        (address, port), state = going["From"], going["State"]
        if not going["Force"]:
            where = await self._place_of(address)
            async with migration.source(where, port) as link:
                await migration.check(link)
                if state != migrations.COMPLETING:  # also where another is primary now
                    await migration.begin(primary, where, port)
                    await replication.until_linked(primary)
                await migration.until_same(primary, link)
        if state == migrations.COMPLETING:
            await migration.end(primary, cache.secret)
        await self._write(cache, migrated, cache, state)

    async def _place_of(self, host: str) -> str:
        """An address of a host that data may come from.  Silent, Refused"""
        try:
            found = await anyio.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Silent(f"{host} is not found: {error}") from None
        address = str(found[0][4][0])
        if self._egress is None or not self._egress.allows(address):
            raise Refused(f"{address} is outside of what may be connected to")
        return address

    # ----- changing

    async def _apply(self, cache: Cache, links: Mapping[str, Link]) -> Cache:
        """Memory, users and those parameters that take effect at once."""
        memory = await self._write(cache, memory_of, cache)
        for node in cache.nodes:
            if node.state == DELETING:
                continue
            link = links[node.id]
            words: list[str | int] = ["maxmemory", memory]
            at_once = parameters.immediate(placing.family_of(node.engine, node.version))
            for name, value in sorted(cache.parameters(node).items()):
                if name in at_once:
                    words += [name, value]
            await link.ask("CONFIG", "SET", *words)
            named = {configuration.SERVICE_USER, "default"}
            for line in cache.users[node.engine]:
                words_ = access.words(line)
                named.add(words_[0])
                await link.ask("ACL", "SETUSER", *words_)
            if gone := set(await link.ask("ACL", "USERS")) - named:
                await link.ask("ACL", "DELUSER", *sorted(gone))
            if cache.status.get("Durability", "disabled") != documents.durability(cache.spec):
                await replication.send_away(link)  # they come back through a gate
        if cache.is_group:
            await self._write(cache, in_effect, cache)
        return cache

    async def _planned(self, cache: Cache, links: Mapping[str, Link]) -> Cache:
        """What callers asked to happen: failovers, promotions, reboots, other versions."""
        if shard := cache.status.get("Failover"):
            nodes_ = cache.shard(shard)
            primary = next(each for each in nodes_ if each.role == PRIMARY)
            replica = next(each for each in nodes_ if each.role == REPLICA)
            await self._hand_over(cache, links, primary, replica)
            happened = await self._reloaded(cache)
            primary = next(each for each in happened.nodes if each.id == primary.id)
            await self._restart(happened, links, primary)
            cache = await self._reloaded(happened)
        if id := cache.status.get("Promote"):
            replica = next(each for each in cache.nodes if each.id == id)
            if replica.role == REPLICA:
                primary = next(each for each in cache.nodes if each.role == PRIMARY)
                await self._hand_over(cache, links, primary, replica)
            cache = await self._reloaded(cache)
        for node in [each for each in cache.nodes if each.state == REBOOTING]:
            if node.role == PRIMARY and len(cache.shard(node.shard)) > 1:
                replica = next(e for e in cache.shard(node.shard) if e.role == REPLICA)
                await self._hand_over(cache, links, node, replica)
                cache = await self._reloaded(cache)
                node = next(each for each in cache.nodes if each.id == node.id)
            await self._restart(cache, links, node)
        return await self._other_versions(cache, links)

    async def _snapshot(self, cache: Cache, links: Mapping[str, Link]) -> None:
        """Take the snapshot that is to be taken, of a replica where there is one."""
        name = cache.status.get("Snapshot")
        if not name:
            return
        shards = []
        try:
            for shard in cache.shards():
                node = next((e for e in shard if e.role == REPLICA), shard[0])
                path = await dumps.take(links[node.id], self._folder(cache, node))
                size, key = path.stat().st_size, secrets.token_bytes(32)
                pieces, kept = dumps.pieces(path), {}
                if cache.spec.get("AtRest"):
                    pieces = dumps.sealed(pieces, key)
                    kept = {"Key": packed(self._store.seal.close(key, SEALED))}
                try:
                    blob = await anyio.to_thread.run_sync(self._blobs.put, pieces)
                finally:
                    path.unlink()
                ranges = next(
                    (e["Slots"] for e in cache.spec.get("Shards", ()) if e["Id"] == node.shard), ""
                )
                made, taken = node.created, await self._store.read(lambda tx: tx.now.timestamp())
                shards.append(
                    {
                        "Id": node.shard, "Slots": ranges, "Blob": blob, "Size": size,
                        "Cluster": node.cluster, "Made": made, "Taken": taken, **kept,
                    }
                )  # fmt: skip
        except (Stuck, OSError) as error:
            log.warning("no snapshot of %s: %s", cache.resource.arn, error)
            shards = []
        await self._write(cache, self._taken, cache, name, shards)

    def _taken(self, tx: Tx, cache: Cache, name: str, shards: list[dict[str, Any]]) -> None:
        kind = snapshots.kind_for(cache.resource)
        found = kind.find(tx, name)
        if found is not None:
            state = AVAILABLE if shards else "failed"
            kind.change(tx, found, spec={**found.spec, "Shards": shards}, status={"State": state})
        what = "succeeded" if shards else "failed"
        message = f"Snapshot {what} for snapshot with ID '{name}' of {cache.resource.name}"
        happenings.tell(tx, cache.source, cache.resource.name, message)
        change(tx, cache, status=without(current(tx, cache).status, "Snapshot"))

    async def _other_versions(self, cache: Cache, links: Mapping[str, Link]) -> Cache:
        """Replicas first, one after the other; then each primary, after a replica took its place."""
        wanted = (cache.spec["Engine"], cache.spec["Version"])
        for role in (REPLICA, PRIMARY):
            for node in [e for e in cache.nodes if (e.engine, e.version) != wanted]:
                current = next(each for each in cache.nodes if each.id == node.id)
                if current.role != role:
                    continue
                if role == PRIMARY and len(cache.shard(node.shard)) > 1:
                    replica = next(e for e in cache.shard(node.shard) if e.role == REPLICA)
                    await self._hand_over(cache, links, current, replica)
                    cache = await self._reloaded(cache)
                await self._write(
                    cache, partial(nodes.change, engine=wanted[0], version=wanted[1]), current
                )
                cache = await self._reloaded(cache)
                current = next(each for each in cache.nodes if each.id == node.id)
                await self._restart(cache, links, current, keep=True)
        return cache

    async def _hand_over(
        self, cache: Cache, links: Mapping[str, Link], primary: Node, replica: Node
    ) -> None:
        """A planned failover: nothing is lost, writes wait for it."""
        failover, decided = secrets.token_hex(4), time.time()
        if cache.clustered:
            await cluster.hand_over(links[replica.id])
        else:
            await replication.hand_over(links[primary.id], links[replica.id])
        marks = (("decided", decided), ("promoted", time.time()))
        await self._write(cache, self._handed_over, cache, failover, primary, replica, marks)
        await self._stand_by()
        if not cache.clustered:
            await replication.let_go(links[primary.id], links[replica.id])
            for each in cache.shard(primary.shard):
                if each.role == REPLICA and each.id != replica.id:
                    await replication.follow(
                        links[each.id], (address(cache, replica), cache.port(replica))
                    )
            self._send_away(cache, primary)

    def _send_away(self, cache: Cache, node: Node) -> None:
        """Let the clients of a node that was primary go, also those that come by what they remember.

        AWS's parameter close-on-replica-write is for this.
        """

        async def again() -> None:
            async with self._link(cache, node) as link:
                for seconds in (0.0, 0.1, 1.0, nodes.TTL):
                    await anyio.sleep(seconds)
                    await replication.send_away(link)

        assert self._group is not None
        self._group.start_soon(again)

    def _handed_over(
        self,
        tx: Tx,
        cache: Cache,
        failover: str,
        old: Node,
        new: Node,
        marks: Iterable[tuple[str, float]],
    ) -> None:
        swap(tx, cache, old, new)
        for name, moment in marks:
            happenings.step(tx, cache.resource.arn, failover, new.cluster, name, moment)
        happenings.step(tx, cache.resource.arn, failover, new.cluster, "endpoint moved")
        happenings.tell(
            tx,
            cache.source,
            cache.resource.name,
            f"Failover from primary node {old.cluster} to replica node {new.cluster} completed",
        )
        change(tx, cache, status=without(current(tx, cache).status, "Failover", "Promote"))

    async def _restart(
        self, cache: Cache, links: Mapping[str, Link], node: Node, *, keep: bool = False
    ) -> None:
        """End a node's engine and start it again; what it had by itself is lost unless kept."""
        if (running := self._found(node.id)) is not None:
            await self._end(node.id, running, grace=30.0 if keep else 0.0)
        await self._write(cache, self._tell_of, node, f"Recovering cache nodes {node.number}")
        self._start(cache, node)
        await self._until_ready(cache, node, links[node.id])
        if node.role == REPLICA:
            await replication.until_linked(links[node.id])
        await self._write(cache, self._recovered, cache, node)

    def _tell_of(self, tx: Tx, node: Node, message: str) -> None:
        happenings.tell(tx, CLUSTER, node.cluster, message)

    def _recovered(self, tx: Tx, cache: Cache, node: Node) -> None:
        nodes.change(tx, node, state=AVAILABLE)
        cache.tell_of(tx, node, f"Finished recovery for cache nodes {node.number}")

    # ----- fewer

    async def _shrink(self, cache: Cache, links: Mapping[str, Link]) -> Cache:
        """Slots where they are to be, then the nodes that go."""
        if cache.clustered:
            await self._balance(cache, links)
        leaving = set(cache.spec.get("Leaving", ()))
        going = [e for e in cache.nodes if e.state == DELETING or e.shard in leaving]
        if not going:
            return cache
        staying = [each for each in cache.nodes if each not in going]
        for node in going:
            if cache.clustered:
                id = await cluster.me(links[node.id])
                await cluster.forget([links[each.id] for each in staying], id)
            if (running := self._found(node.id)) is not None:
                await self._end(node.id, running, grace=0.0)
            self._forget(node.id)
        await self._write(cache, self._gone, cache, going)
        return await self._reloaded(cache)

    def _gone(self, tx: Tx, cache: Cache, going: Sequence[Node]) -> None:
        for node in going:
            nodes.remove(tx, node)
            forget_member(tx, node.cluster)
            happenings.tell(
                tx, cache.source, cache.resource.name, f"Removed cache node {node.cluster}"
            )
        if "Leaving" in cache.spec:
            change(tx, cache, spec=without(cache.spec, "Leaving", "Seeds"))
        if cache.is_group:
            endpoints.point(tx, nodes.of(tx, cache.resource.arn), **cache.names)

    async def _balance(self, cache: Cache, links: Mapping[str, Link]) -> None:
        """Move slots between shards until each has those it is to have."""
        primaries = {e.shard: links[e.id] for e in cache.nodes if e.role == PRIMARY}
        ids = {shard: await cluster.me(link) for shard, link in primaries.items()}
        if cache.spec["Engine"] == "valkey":
            for link in primaries.values():
                await cluster.until_settled(link)
        seen = await cluster.view(next(iter(primaries.values())))
        now = {shard: slots.members(seen[id].slots) for shard, id in ids.items()}
        goal = {
            each["Id"]: slots.members(slots.parsed(each["Slots"])) for each in cache.spec["Shards"]
        }
        for source, target, ranges in slots.plan(now, goal):
            await cluster.migrate(primaries[source], ids[target], ranges)

    # ----- memcached

    async def _memcached(self, cache: Cache) -> None:
        for node in cache.nodes:
            running = self._found(node.id)
            if node.state in (REBOOTING, DELETING) and running is not None:
                await self._end(node.id, running)
            if node.state == DELETING:
                self._forget(node.id)
            elif self._found(node.id) is None:
                self._start(cache, node)
        for node in cache.nodes:
            if node.state != DELETING:
                await until_open(address(cache, node), cache.port(node))
        going = [each for each in cache.nodes if each.state == DELETING]
        if going:
            await self._write(cache, self._gone, cache, going)
        await self._tell(cache)

    async def _tell(self, cache: Cache) -> None:
        """Let the configuration endpoint tell which nodes there are."""
        arn = cache.resource.arn
        staying = [each for each in cache.nodes if each.state != DELETING]
        version = await self._write(cache, listed, cache, [each.id for each in staying])
        self._lists[arn] = version, [(e.host, address(cache, e), e.port) for e in staying]
        if arn not in self._endpoints:
            where, behind = place_of(cache.network, cache.status["Place"]), behind_tls(cache.spec)
            self._endpoints[arn] = await discovering.listen(
                where, cache.spec["Port"] + behind, lambda: self._lists[arn], behind
            )

    # ----- the end

    def _settle(self, tx: Tx, cache: Cache) -> None:
        """All is as it is to be: unless somebody asked for something else meanwhile."""
        found = current(tx, cache)
        if found.generation != cache.resource.generation or found.status["State"] == DELETING:
            tx.enqueue(WORK, found.arn)
            return
        known = nodes.of(tx, found.arn)
        rejoining = found.status.get("Rejoining", {})
        for node in known:
            if node.id in rejoining:
                if failover := rejoining[node.id]:
                    happenings.step(tx, found.arn, failover, node.cluster, "rejoined")
                cache.tell_of(tx, node, f"Finished recovery for cache nodes {node.number}")
            elif node.state == CREATING:
                cache.tell_of(tx, node, "Cache cluster created")
            nodes.change(tx, node, state=AVAILABLE)
            member = CLUSTERS.find(tx, node.cluster)
            if member is not None and member.status["State"] != AVAILABLE:
                CLUSTERS.change(tx, member, status={**member.status, "State": AVAILABLE})
        if cache.is_group and found.status["State"] == CREATING:
            happenings.tell(tx, cache.source, found.name, f"{cache.called} {found.name} created")
        change(
            tx,
            cache,
            status={
                **without(current(tx, cache).status, "Rejoining", "Promote"),
                "State": MODIFYING if "Migration" in found.status else AVAILABLE,
            },
        )
        users.settled(tx, found.spec.get("UserGroups", ()))
        if "Seeds" in found.spec:
            change(tx, cache, spec=without(current(tx, cache).spec, "Seeds"))
        if cache.is_group:
            endpoints.point(tx, nodes.of(tx, found.arn), **cache.names)

    async def _last_snapshot(self, cache: Cache) -> None:
        """The snapshot that was asked for with the deletion, of engines that still run."""
        if not (name := cache.status.get("FinalSnapshot")):
            return
        await self._write(cache, final_snapshot, cache, name)
        async with AsyncExitStack() as stack:
            links = {
                node.id: await stack.enter_async_context(self._link(cache, node))
                for node in cache.nodes
            }
            await self._snapshot(await self._reloaded(cache), links)

    async def _delete(self, cache: Cache) -> None:
        for node in cache.nodes:
            if node.id == cache.status.get("Retain"):
                self._owners.pop(node.id, None)  # its own cluster's from now on
                continue
            if (running := self._found(node.id)) is not None:
                await self._end(node.id, running, grace=0.0)
            self._forget(node.id)
        if (endpoint := self._endpoints.pop(cache.resource.arn, None)) is not None:
            endpoint.close()
        await self._write(cache, self._deleted, cache)
        await self._stand_by()
        self._looks.pop(cache.resource.arn, None)

    def _deleted(self, tx: Tx, cache: Cache) -> None:
        found = cache.resource
        for node in cache.nodes:
            if node.id == cache.status.get("Retain"):
                retain(tx, cache, node)
                continue
            nodes.remove(tx, node)
            if cache.is_group:
                forget_member(tx, node.cluster)
        endpoints.forget(tx, cache.names.values())
        if "Place" in cache.status:
            pools.give_back(tx, cache.status["Place"])
        cache.kind.remove(tx, found)
        happenings.tell(tx, cache.source, found.name, f"{cache.called} {found.name} deleted")

    # ----- those that hang

    async def probe(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        """Ask every engine again and again; one that hangs is ended, and mended like any that ended."""
        task_status.started()
        silent: dict[str, float] = {}
        links: dict[str, Link] = {}  # by node
        try:
            while True:
                await anyio.sleep(PROBE)
                known = await self._store.read(secrets_of)
                for gone in links.keys() - {node.id for node, *_ in known}:
                    await links.pop(gone).close()
                async with anyio.create_task_group() as group:
                    for node, where, port, secret in known:
                        if node.id in self._running and node.state == AVAILABLE:
                            if node.id not in links:
                                links[node.id] = Link(where, port, secret, patience=PROBE)
                            group.start_soon(self._ask, node, links[node.id], silent)
        finally:
            for link in links.values():
                await link.close()

    async def _ask(self, node: Node, link: Link, silent: dict[str, float]) -> None:
        running = self._running.get(node.id)
        if running is None:
            return
        try:
            if node.engine == "memcached":
                await until_open(link.address, link.port, PROBE)
            else:
                said = (await link.ask("ROLE"))[0]
                look = self._looks.get(node.owner)
                if said == "master" and node.role == REPLICA and not (look and look.scope):
                    self.look_now(node.owner)  # the engines decided by themselves
        except Refused:
            pass  # it is loading, or busy with a script: it answers
        except (Silent, OSError):
            since = silent.setdefault(node.id, anyio.current_time())
            waited = anyio.current_time() - since
            if waited > PATIENCE.get(running.doing(), HUNG):
                log.warning("cache node %s does not answer and is ended", node.id)
                silent.pop(node.id, None)
                await running.kill()
            return
        silent.pop(node.id, None)


# ----- rows


def call_of(arn: str) -> Call:
    """In whose name what is done to a cache is done."""
    parsed = Arn.parse(arn)
    return Call("elasticache", "Reconcile", parsed.account, parsed.region)


def load(tx: Tx, arn: str) -> Cache | None:
    found = at(tx, arn)
    if found is None or "Group" in found.spec:  # nodes are their group's
        return None
    _, values = parameter_groups.content(tx, found.spec["ParameterGroup"])
    secret = placing.opened(tx, found.status["Secret"])
    return Cache(
        found,
        nodes.of(tx, arn),
        secret,
        {engine: access.users(tx, found, engine, secret) for engine in ("valkey", "redis")},
        values,
        documents.names(tx, found),
        str(registry.network(tx).network_address),
    )


async def claim_of(cache: Cache, link: Link) -> int | None:
    """With what right an engine says to be primary, if it does; with shards one is that has slots."""
    if cache.clustered:
        return await cluster.claim(link)
    return 0 if await replication.role(link) == "master" else None


def address(cache: Cache, node: Node) -> str:
    return place_of(cache.network, node.place)


def place_of(network: str, place: int) -> str:
    return str(IPv4Address(network) + place)


def retain(tx: Tx, cache: Cache, node: Node) -> None:
    """A group's primary goes on as a cluster of its own."""
    left_out = (
        "Description", "Clustered", "ClusterMode", "AutomaticFailover", "MultiAZ", "Durability", "AtRest",
        "AuthTokens", "AuthChanged", "UserGroups", "Shards",
    )  # fmt: skip
    found = CLUSTERS.get(tx, node.cluster, "The cluster is gone.")
    status = {"State": MODIFYING, "Secret": cache.status["Secret"]}
    CLUSTERS.change(tx, found, spec=without(cache.spec, *left_out), status=status)
    nodes.change(tx, node, owner=found.arn, shard="", role="")
    tx.enqueue(WORK, found.arn)


def watched(tx: Tx) -> list[Watched]:
    """The groups without shards whose replicas may be promoted, as they are now."""
    network = str(registry.network(tx).network_address)
    by_owner: dict[str, list[Node]] = {}
    for node in nodes.everybodys(tx):
        by_owner.setdefault(node.owner, []).append(node)
    found = []
    for arn, known in sorted(by_owner.items()):
        owner = at(tx, arn)
        if owner is None or owner.spec.get("Clustered") or not owner.spec.get("AutomaticFailover"):
            continue
        if "Migration" in owner.status:  # its primary is somebody's replica
            continue
        here = [e for e in known if e.state == AVAILABLE]
        places = {e.id: (place_of(network, e.place), inner_port(e, owner.spec)) for e in here}
        primary = next((e for e in here if e.role == PRIMARY), None)
        if primary is not None and owner.status["State"] != DELETING and len(here) > 1:
            replicas = tuple(places[e.id] for e in here if e.role == REPLICA)
            secret = placing.opened(tx, owner.status["Secret"])
            found.append(Watched(owner.uid, places[primary.id], replicas, secret))
    return found


def secrets_of(tx: Tx) -> list[tuple[Node, str, int, str]]:
    """All nodes, where their engines are, and their service's password."""
    network = str(registry.network(tx).network_address)
    known: dict[str, tuple[Mapping[str, Any], str]] = {}
    found = []
    for node in nodes.everybodys(tx):
        if node.owner not in known:
            if (owner := at(tx, node.owner)) is None:
                continue
            known[node.owner] = owner.spec, placing.opened(tx, owner.status["Secret"])
        spec, secret = known[node.owner]
        where = place_of(network, node.place)
        found.append((node, where, inner_port(node, spec), secret))
    return found


def memory_of(tx: Tx, cache: Cache) -> int:
    """What each node may have now; noted with the nodes."""
    wanted = placing.memory_of(tx, installation(tx), cache.spec)
    for node in cache.nodes:
        if node.memory != wanted:
            nodes.change(tx, node, memory=wanted)
    return wanted


def in_effect(tx: Tx, cache: Cache) -> None:
    """Note the durability that all connections from now on have."""
    found, mode = current(tx, cache), documents.durability(cache.spec)
    if found.status.get("Durability", "disabled") != mode:
        change(tx, cache, status={**found.status, "Durability": mode})


def tested_migration(tx: Tx, cache: Cache, message: str) -> None:
    happenings.tell(tx, GROUP, cache.resource.name, message)
    change(tx, cache, status=without(current(tx, cache).status, "MigrationTest"))


def migrated(tx: Tx, cache: Cache, state: str) -> None:
    """A step of a migration was taken: the data are in sync, or it is complete."""
    status = current(tx, cache).status
    name = cache.resource.name
    if state == migrations.STARTING:
        going = {**status["Migration"], "State": migrations.IN_SYNC}
        change(tx, cache, status={**status, "Migration": going})
        happenings.tell(tx, GROUP, name, f"Replication group {name} is in sync with the source")
    elif state == migrations.COMPLETING:
        change(tx, cache, status=without(status, "Migration"))
        happenings.tell(tx, GROUP, name, f"Migration to replication group {name} completed")


def is_overdue(tx: Tx, arn: str) -> bool:
    """Whether a cache that is being made should long be there."""
    found = at(tx, arn)
    if found is None or found.status["State"] != CREATING:
        return False
    return (tx.now - found.created).total_seconds() > OVERDUE


def not_made(tx: Tx, cache: Cache, why: str) -> None:
    state = CREATE_FAILED if cache.is_group else "restore-failed"
    change(tx, cache, status={**current(tx, cache).status, "State": state})
    restored = "restored from its snapshot" if "Seeds" in cache.spec else "created"
    happenings.tell(
        tx, cache.source, cache.resource.name, f"The cache could not be {restored}: {why}"
    )


def blobs_named(tx: Tx) -> set[str]:
    """The blobs of all snapshots, and those that new caches still begin with."""
    rows = tx.all(
        "SELECT spec FROM resource WHERE service = 'elasticache'"
        " AND kind IN ('snapshot', 'serverlesscachesnapshot', 'replicationgroup', 'cluster', 'serverlesscache')"
    )
    found: set[str] = set()
    for (text,) in rows:
        spec = json.loads(text)
        if "Of" in spec:
            found |= {each["Blob"] for each in spec["Shards"]}
        found |= {each["Blob"] for each in spec.get("Seeds", {}).values() if "Blob" in each}
    return found


def final_snapshot(tx: Tx, cache: Cache, name: str) -> None:
    if snapshots.kind_for(cache.resource).find(tx, name) is None:
        snapshots.begin(tx, current(tx, cache), name, snapshots.MANUAL)
        found = current(tx, cache)
        change(tx, cache, status={**found.status, "State": DELETING})


def listed(tx: Tx, cache: Cache, ids: list[str]) -> int:
    """The version of a cluster's list of nodes: one more whenever it changes."""
    status = current(tx, cache).status
    version = int(status.get("ListVersion", 0))
    if status.get("Listed") != ids:
        version += 1
        change(tx, cache, status={**status, "Listed": ids, "ListVersion": version})
    return version


def current(tx: Tx, cache: Cache) -> Resource:
    found = at(tx, cache.resource.arn)
    assert found is not None
    return found


def change(tx: Tx, cache: Cache, **documents_: Any) -> None:
    cache.kind.change(tx, current(tx, cache), **documents_)


def mark(tx: Tx, cache: Cache, state: str) -> None:
    found = current(tx, cache)
    if found.status["State"] == AVAILABLE:
        change(tx, cache, status={**found.status, "State": state})


def swap(tx: Tx, cache: Cache, old: Node, new: Node) -> None:
    """Let two nodes have each other's roles, and the endpoints with them."""
    nodes.change(tx, old, role=REPLICA)
    nodes.change(tx, new, role=PRIMARY)
    endpoints.point(tx, nodes.of(tx, cache.resource.arn), **cache.names)


def forget_member(tx: Tx, name: str) -> None:
    found = CLUSTERS.find(tx, name)
    if found is not None and "Group" in found.spec:
        CLUSTERS.remove(tx, found)


def without(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


async def until_open(where: str, port: int, seconds: float = 10.0) -> None:
    """Wait until somebody listens.  Silent."""
    with anyio.move_on_after(seconds):
        while True:
            try:
                stream = await anyio.connect_tcp(where, port)
            except OSError:
                await anyio.sleep(0.02)
                continue
            await stream.aclose()
            return
    raise Silent(f"{where}:{port} does not answer")
