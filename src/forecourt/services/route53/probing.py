"""The checkers of a node: they follow the health checks of all accounts, probe, and write down what they saw.

Each region that the configuration names is a checker of its own.  A verdict that changes is written at
once, with what follows from it, in one transaction; other observations every few seconds, many
together.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import TaskStatus

from forecourt.planes.probes.server import Prober
from forecourt.planes.probes.snapshot import Check, Result, Verdict
from forecourt.platform.egress import Egress
from forecourt.platform.metrics import HEALTH_PROBES
from forecourt.platform.names.asking import address_of
from forecourt.store import feed
from forecourt.store.resources import COLUMNS, Resource
from forecourt.store.store import Unavailable

from . import health
from .health_checks import PROBED, TOPIC

__all__ = ["TOPIC", "probe"]

if TYPE_CHECKING:
    from forecourt.config import Probes
    from forecourt.processes.reconcile import Bell
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)

LOOK_AGAIN = 2.0  # seconds; a commit wakes us sooner
WRITE_DOWN = 5.0  # seconds between writing down what did not change anything
EVERYTHING = "all"  # in the place of a check: all are gone
GATHER = 0.1  # seconds after which what was seen for the first time is written, too
SWEEP = 10.0  # seconds between looking over what is published of all checks
CHUNK = 200  # observations in a transaction
RETRY = 1.0  # seconds after which the store is tried again

KEEP = (
    "INSERT INTO route53_observation (health_check, checker, region, address, healthy, status,"
    " checked, failure, failed) VALUES (:id, :checker, :region, :address, :healthy, :status,"
    " :checked, :failure, :failed) ON CONFLICT (health_check, checker) DO UPDATE SET"
    " healthy = excluded.healthy, status = excluded.status, checked = excluded.checked,"
    " address = excluded.address,"
    " failure = coalesce(excluded.failure, route53_observation.failure),"
    " failed = coalesce(excluded.failed, route53_observation.failed)"
    " WHERE excluded.checked >= route53_observation.checked"
)


@dataclass(frozen=True, slots=True)
class Seen:
    check: str
    healthy: bool  # the verdict
    result: Result
    moment: float


class Checker:
    """One region's prober."""

    def __init__(
        self,
        store: Store,
        egress: Egress,
        node: str,
        region: str,
        address: str,
        settings: Probes,
    ) -> None:
        self.prober = Prober(self, settings.connections)
        self._is_only = len(settings.regions) == 1  # then it stands for all regions
        self._store, self._egress = store, egress
        self._name, self._region, self._address = f"{node}/{region}", region, address
        self._noted: dict[str, Seen] = {}
        self._first: set[str] = set()  # the checks of which something was seen
        self._soon = asyncio.Event()
        self._changed: asyncio.Queue[Seen] = asyncio.Queue()

    def put(self, found: Resource, verdict: Verdict) -> None:
        """Follow a check: probe it, where it is probed from this region."""
        regions = found.spec.get("Regions")
        here = not regions or self._region in regions or self._is_only
        if here and not found.spec["Disabled"]:
            self.prober.put(check_of(found), verdict)
        else:
            self.drop(found.name)

    def drop(self, check_id: str) -> None:
        self.prober.drop(check_id)
        self._first.discard(check_id)
        self._noted.pop(check_id, None)

    def drop_all(self) -> None:
        for check_id in self.prober.checks():
            self.drop(check_id)

    async def resolve(self, host: str) -> str | None:
        """By our own public zones first, else as this machine resolves."""
        found = await self._store.read(address_of, host)
        if found is not None:
            return found
        try:
            answers = await asyncio.get_running_loop().getaddrinfo(host, None, family=2)
        except (OSError, UnicodeError):
            return None
        return str(answers[0][4][0]) if answers else None

    def allows(self, address: str) -> bool:
        return self._egress.allows(address)

    def probed(self, check: Check, result: Result, verdict: Verdict, changed: bool) -> None:
        seen = Seen(check.id, verdict.healthy, result, time.time())
        HEALTH_PROBES.labels("success" if result.healthy else "failure").inc()
        if changed:
            self._noted.pop(check.id, None)
            self._changed.put_nowait(seen)
            return
        self._noted[check.id] = seen
        if check.id not in self._first:
            self._first.add(check.id)
            self._soon.set()

    async def write_changes(self) -> None:
        """Write down each verdict that changed, and what follows from it."""
        while True:
            seen = await self._changed.get()
            while True:
                try:
                    await self._store.write(self._keep_changed, seen)
                    break
                except Unavailable as outage:
                    log.warning("the health of %s cannot be written: %s", seen.check, outage)
                    await asyncio.sleep(RETRY)

    async def write_down(self) -> None:
        """Write down, now and then, what was seen."""
        while True:
            with anyio.move_on_after(WRITE_DOWN):
                await self._soon.wait()
                await asyncio.sleep(GATHER)
            self._soon.clear()
            noted, self._noted = list(self._noted.values()), {}
            try:
                for at in range(0, len(noted), CHUNK):
                    await self._store.write(self._keep, noted[at : at + CHUNK])
            except Unavailable as outage:
                log.warning("observations are lost: %s", outage)

    def _keep_changed(self, tx: Tx, seen: Seen) -> None:
        if (check := health.find(tx, seen.check)) is None:
            return
        self._keep(tx, [seen])
        health.settle(tx, check)

    def _keep(self, tx: Tx, seen: list[Seen]) -> None:
        tx.many(KEEP, [self._row(each) for each in seen])

    def _row(self, seen: Seen) -> Mapping[str, Any]:
        failed = not seen.result.healthy
        return {
            "id": seen.check,
            "checker": self._name,
            "region": self._region,
            "address": self._address,
            "healthy": seen.healthy,
            "status": seen.result.status,
            "checked": seen.moment,
            "failure": seen.result.status if failed else None,
            "failed": seen.moment if failed else None,
        }


def check_of(found: Resource) -> Check:
    """A health check as the prober takes it."""
    spec = found.spec
    kind = spec["Type"].removesuffix("_STR_MATCH")
    path = spec.get("ResourcePath") or "/"
    return Check(
        found.name,
        kind,
        spec.get("IPAddress", ""),
        spec.get("FullyQualifiedDomainName", "").rstrip("."),
        spec["Port"],
        path if path.startswith("/") else f"/{path}",
        spec.get("SearchString", "").encode(),
        float(spec["RequestInterval"]),
        spec["FailureThreshold"],
        bool(spec.get("EnableSNI")),
    )


async def probe(
    store: Store,
    egress: Egress,
    bell: Bell,
    node: str,
    settings: Probes,
    address: str,
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Follow the health checks and probe them, for ever."""
    checkers = [
        Checker(store, egress, node, region, address, settings) for region in settings.regions
    ]
    cursor = await store.read(feed.head)
    for found, verdict in await store.read(load, node):
        for checker in checkers:
            checker.put(found, Verdict(verdict.healthy))
    async with anyio.create_task_group() as group:
        for checker in checkers:
            group.start_soon(checker.prober.run)
            group.start_soon(checker.write_changes)
            group.start_soon(checker.write_down)
        group.start_soon(sweep, store)
        task_status.started()
        while True:
            rung = bell.next
            try:
                cursor = await follow(store, checkers, cursor)
            except Unavailable as outage:
                log.warning("health checks cannot be followed: %s", outage)
            with anyio.move_on_after(LOOK_AGAIN):
                await rung.wait()


async def sweep(store: Store) -> None:
    """Settle what no probe of ours settles: checkers of nodes that ended, and those that came."""
    while True:
        await asyncio.sleep(SWEEP)
        try:
            for check_id in await store.read(health.unsettled):
                await store.write(health.settle_by_id, check_id)
        except Unavailable as outage:
            log.warning("health is not looked over: %s", outage)


async def follow(store: Store, checkers: list[Checker], cursor: int) -> int:
    """Carry out what changed since `cursor`; the cursor to go on from."""
    entries, head = await store.read(feed.after, TOPIC, cursor)
    if any(entry.key == EVERYTHING for entry in entries):
        for checker in checkers:
            checker.drop_all()
    for check_id in dict.fromkeys(entry.key for entry in entries if entry.key != EVERYTHING):
        found = await store.read(health.find, check_id)
        for checker in checkers:
            if found is None or found.spec["Type"] not in PROBED:
                checker.drop(check_id)
            else:
                checker.put(found, Verdict())
    return head


def load(tx: Tx, node: str) -> list[tuple[Resource, Verdict]]:
    """All checks that are probed, each with what this node last said of it."""
    rows = tx.all(
        "SELECT health_check, healthy FROM route53_observation WHERE checker LIKE :mine",
        mine=f"{node}/%",
    )
    said = {check: bool(healthy) for check, healthy in rows}
    found = (
        Resource.of(row)
        for row in tx.all(
            f"SELECT {COLUMNS} FROM resource WHERE service = 'route53' AND kind = 'healthcheck'"
        )
    )
    return [
        (each, Verdict(said.get(each.name, True))) for each in found if each.spec["Type"] in PROBED
    ]
