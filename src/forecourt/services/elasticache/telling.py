"""What nodes count and log, brought to where it is asked for, each minute.

teller = Teller(store, runner, keeper.runs, folder)
await teller.measure(); await teller.deliver()
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from forecourt.planes.cache.client import Link, Refused, Silent, memcached_stats
from forecourt.planes.cache.runner import Runner, write
from forecourt.platform.log_files import append
from forecourt.platform.measurements import stored
from forecourt.platform.measurements.points import of_values
from forecourt.platform.measurements.stored import Datum, minute_of
from forecourt.platform.metrics import CACHE_NODES
from forecourt.store.resources import at

from . import logs, metrics, nodes
from .metrics import Sample
from .nodes import Node
from .reconcile import secrets_of
from .stored import AVAILABLE

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)
NAMESPACE = "AWS/ElastiCache"
MEASURED = 60.0  # seconds between looks
SLOWEST, LOGGED = 128, 1 << 20  # entries and bytes of a node's logs that are taken at once
OURS = 2  # connections to each engine


class Teller:
    def __init__(
        self, store: Store, runner: Runner, runs: Callable[[str], bool], folder: Path
    ) -> None:
        self._store, self._runner, self._runs, self._logs = store, runner, runs, folder

    async def measure(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        """Ask every engine what it counted, each minute."""
        task_status.started()
        before: dict[str, Sample] = {}
        shown: dict[str, tuple[Node, set[str]]] = {}
        while True:
            known = {each[0].id: each for each in await self._store.read(secrets_of)}
            for id in shown.keys() - known.keys():
                node, names = shown.pop(id)
                show(node, dict.fromkeys(names, float("nan")))
                before.pop(id, None)
            measured: list[tuple[Node, dict[str, float]]] = []
            for id, (node, where, port, secret) in known.items():
                if not self._runs(id) or node.state != AVAILABLE:
                    continue
                try:
                    now = await sampled(node, where, port, secret)
                except (Silent, Refused, OSError):
                    continue
                values = metrics.metrics(now, before.get(id), os.cpu_count() or 1)
                show(node, values)
                shown[id] = node, set(values)
                before[id] = now
                measured.append((node, values))
            if measured:
                await self._store.write(put, measured)
            await anyio.sleep(MEASURED)

    async def deliver(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        """Bring what engines logged to where callers want it, each minute."""
        task_status.started()
        while True:
            await anyio.sleep(MEASURED)
            wanted = await self._store.read(delivered_of)
            places = {each[0].id: each[1:] for each in await self._store.read(secrets_of)}
            for node, configured in wanted:
                if node.id not in places or not self._runs(node.id):
                    continue
                try:
                    await self._deliver(node, configured, *places[node.id])
                except (Silent, Refused, OSError) as error:
                    log.warning("logs of cache node %s are not delivered: %s", node.id, error)

    async def _deliver(
        self,
        node: Node,
        configured: Sequence[Mapping[str, Any]],
        where: str,
        port: int,
        secret: str,
    ) -> None:
        kept = self._runner.folder(node.id) / "delivered.json"
        positions: dict[str, int] = json.loads(kept.read_text()) if kept.exists() else {}
        for each in configured:
            position = positions.get(each["Type"], 0)
            if each["Type"] == logs.SLOW:
                async with Link(where, port, secret) as link:
                    entries = await link.ask("SLOWLOG", "GET", SLOWEST)
                lines, position = logs.slow(node, each["Format"], entries, position)
            else:
                text, position = read_on(self._runner.folder(node.id) / "engine.log", position)
                lines = logs.engine(node, each["Format"], text)
            if lines:
                append(self._logs / logs.file_of(each), lines)
            positions[each["Type"]] = position
        write(kept, json.dumps(positions))


async def sampled(node: Node, where: str, port: int, secret: str) -> Sample:
    """What an engine says it counted.  Silent, Refused."""
    if node.engine == "memcached":
        said = await memcached_stats(where, port)
    else:
        async with Link(where, port, secret) as link:
            said = await link.info("everything")
        said["connected_clients"] = str(max(0, int(said["connected_clients"]) - OURS))
    return metrics.sample(node.engine, said, anyio.current_time())


def show(node: Node, values: Mapping[str, float]) -> None:
    for name, value in values.items():
        CACHE_NODES.labels(node.account, node.region, node.cluster, node.number, name).set(value)


def put(tx: Tx, measured: Sequence[tuple[Node, Mapping[str, float]]]) -> None:
    """What was measured, where CloudWatch's API tells of it: by node, and by cluster."""
    minute = minute_of(tx.now)
    for node, values in measured:
        dimensions = (("CacheClusterId", node.cluster), ("CacheNodeId", node.number))
        stored.put(
            tx,
            node.account,
            node.region,
            NAMESPACE,
            [
                Datum(name, known, metrics.unit_of(name), of_values(minute, ((value, 1.0),)))
                for name, value in values.items()
                for known in (dimensions, dimensions[:1])
            ],
        )


def delivered_of(tx: Tx) -> list[tuple[Node, Sequence[Mapping[str, Any]]]]:
    """The nodes whose logs are wanted, and where."""
    specs: dict[str, Mapping[str, Any]] = {}
    found = []
    for node in nodes.everybodys(tx):
        if node.owner not in specs:
            owner = at(tx, node.owner)
            specs[node.owner] = owner.spec if owner else {}
        if configured := specs[node.owner].get("LogDelivery"):
            found.append((node, configured))
    return found


def read_on(path: Path, position: int) -> tuple[str, int]:
    """The whole lines of a file from a position on, and where they end; one that is shorter began anew."""
    if path.stat().st_size < position:
        position = 0
    with open(path, "rb") as file:
        file.seek(position)
        data = file.read(LOGGED)
    data = data[: data.rfind(b"\n") + 1]
    return data.decode(errors="replace"), position + len(data)
