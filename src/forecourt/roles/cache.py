"""Caches: what keeps their engines, on this machine."""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import stat
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import uvloop

from forecourt.config import Config
from forecourt.planes.cache import engines, sentinel
from forecourt.planes.cache.engines import Engine
from forecourt.planes.cache.runner import Local
from forecourt.planes.cache.sentinel import Sentinels
from forecourt.platform.egress import Egress
from forecourt.processes.channel import Channel
from forecourt.processes.ending import told_to_end
from forecourt.processes.reconcile import Bell, reconcile_kind
from forecourt.processes.workers import Worker, supervise
from forecourt.roles.gateway import OBJECTS
from forecourt.services.elasticache import exports
from forecourt.services.elasticache.reconcile import Keeper
from forecourt.services.elasticache.stored import WORK as CACHES
from forecourt.services.elasticache.stored import Installation, announce
from forecourt.services.elasticache.telling import Teller
from forecourt.store.blobs import Blobs
from forecourt.store.opening import open_store
from forecourt.store.secrets import read_master_key
from forecourt.store.tx import WORK

log = logging.getLogger(__name__)
FOLDER, SNAPSHOTS = "caches", "blobs/caches"
SHARED = "/dev/shm"
PART = 0.8  # of the machine's memory, where nothing is configured


def run(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    anyio.run(serve, config, channel, backend_options={"loop_factory": uvloop.new_event_loop})


async def serve(config: Config, channel: Channel) -> None:
    """Keep caches until told to end: then their engines end too, and leave their data on disk.

    Where the supervisor is gone they go on, and whoever is started next takes them up again.
    """
    store = open_store(config.data, config.store, read_master_key(config.data))
    found = engines.installed()
    await store.write(announce, installation(config, found))
    runner = Local(config.data / FOLDER, die_with_us=config.testing)
    objects = Blobs(config.data / OBJECTS)
    programs = {(each.name, each.version): each.program for each in found}
    snapshots = Blobs(config.data / SNAPSHOTS)
    keeper = Keeper(
        store,
        runner,
        programs,
        snapshots,
        sentinels_of(config, runner, found),
        Egress(config.network, config.egress),
        memory_of(config),
        objects,
    )
    teller = Teller(store, runner, keeper.runs, config.data / "logs" / "elasticache")
    export = partial(exports.reconcile, store, snapshots, objects)
    bell = Bell(store.bells.listen(f"cache-{os.getpid()}", WORK))
    workers = [
        Worker("bell", bell.listen),
        Worker("caches", keeper.watch),
        Worker("cache probes", keeper.probe),
        Worker("cache metrics", teller.measure),
        Worker("cache logs", teller.deliver),
        Worker(CACHES, partial(reconcile_kind, CACHES, keeper.reconcile, store, bell)),
        Worker(exports.WORK, partial(reconcile_kind, exports.WORK, export, store, bell)),
    ]
    async with anyio.create_task_group() as group:
        await group.start(partial(supervise, workers))
        channel.send({"ready": True})
        if await told_to_end(channel):
            await keeper.stop_all()
        group.cancel_scope.cancel()
    store.close()


def sentinels_of(config: Config, runner: Local, found: tuple[Engine, ...]) -> Sentinels | None:
    """Those that decide while we are gone; Valkey's program is one too."""
    program = next((each.program for each in found if each.name == "valkey"), None)
    if program is None:
        return None
    places = [(config.bind, sentinel.PORT + number) for number in range(sentinel.COUNT)]
    return Sentinels(runner, program, places)


def installation(config: Config, found: tuple[Engine, ...]) -> Installation:
    memory = int(config.cache.memory or PART * machine_memory())
    here = tuple((each.name, each.version) for each in found)
    return Installation(
        here, config.domain, config.cache.scale, memory, memory_of(config) is not None
    )


def memory_of(config: Config) -> Path | None:
    """A folder of ours in memory, for files that are never to be on a disk; None where there is none."""
    mounts = Path("/proc/mounts")
    lines = mounts.read_text().splitlines() if mounts.exists() else []
    if not any(line.split()[1:3] == [SHARED, "tmpfs"] for line in lines):
        return None
    name = hashlib.sha256(str(config.data.resolve()).encode()).hexdigest()[:16]
    folder = Path(SHARED) / f"forecourt-{name}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    mine = folder.stat(follow_symlinks=False)
    good = stat.S_ISDIR(mine.st_mode) and mine.st_uid == os.geteuid()
    return folder if good and stat.S_IMODE(mine.st_mode) == 0o700 else None


def machine_memory() -> int:
    """Bytes of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
