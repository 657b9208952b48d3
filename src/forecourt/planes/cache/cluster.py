"""Cluster mode: nodes that know one another, and who has which slots.

https://valkey.io/topics/cluster-spec
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import anyio

from . import slots
from .client import EACH, Link, Refused, Silent, lag_of
from .slots import Range


@dataclass(frozen=True, slots=True)
class Seen:
    """A node as another one sees it (CLUSTER NODES)."""

    id: str
    address: str
    port: int
    flags: frozenset[str]
    primary: str  # whom it replicates; empty: nobody
    slots: tuple[Range, ...]
    epoch: int  # of two that say that they have the same slots the greater one is right

    @property
    def failed(self) -> bool:
        return bool(self.flags & {"fail", "handshake", "noaddr"})


class Stuck(Exception):
    """A cluster that did not get where it was to get in time."""


def parse(text: str) -> dict[str, Seen]:
    """What CLUSTER NODES says, by id."""
    found = {}
    for line in text.splitlines():
        id, where, flags, primary, *rest = line.split(" ")
        address, _, port = where.partition(",")[0].partition("@")[0].rpartition(":")
        owned = [part for part in rest[4:] if not part.startswith("[")]
        found[id] = Seen(
            id,
            address,
            int(port or 0),
            frozenset(flags.split(",")),
            "" if primary == "-" else primary,
            slots.parsed(",".join(owned)),
            int(rest[2]),
        )
    return found


async def view(link: Link) -> dict[str, Seen]:
    return parse(await link.ask("CLUSTER", "NODES"))


async def claim(link: Link) -> int | None:
    """The configuration epoch with which a node says to be a primary that serves something."""
    mine = next(each for each in (await view(link)).values() if "myself" in each.flags)
    return mine.epoch if "master" in mine.flags and mine.slots else None


async def me(link: Link) -> str:
    return str(await link.ask("CLUSTER", "MYID"))


async def introduce(links: Sequence[Link], seconds: float = 20.0) -> None:
    """Let all nodes know one another; those that do are left alone.  Stuck."""
    where = {link.address: link.port for link in links}  # each has an address of its own
    with anyio.move_on_after(seconds):
        while True:
            complete = True
            views = [await view(link) for link in links]
            known = [{seen.address for seen in each.values() if not seen.failed} for each in views]
            for link, others in zip(links, known, strict=True):
                missing = where.keys() - others
                complete = complete and not missing
                if link is links[0]:
                    for address in sorted(missing):
                        await link.ask("CLUSTER", "MEET", address, where[address])
            if complete:
                return
            await anyio.sleep(0.05)
    raise Stuck("the nodes of the cluster did not get to know one another")


async def assign(link: Link, wanted: Sequence[Range]) -> None:
    """Give a primary slots that nobody has."""
    taken = {slot for seen in (await view(link)).values() for slot in slots.members(seen.slots)}
    if free := slots.ranges(slots.members(wanted) - taken):
        await link.ask("CLUSTER", "ADDSLOTSRANGE", *(bound for pair in free for bound in pair))


async def replicate(link: Link, primary: str, seconds: float = 20.0) -> None:
    """Let an empty node replicate a primary, as soon as it knows it.  Stuck."""
    with anyio.move_on_after(seconds):
        while True:
            seen = await view(link)
            mine = next(each for each in seen.values() if "myself" in each.flags)
            if mine.primary == primary:
                return
            try:
                await link.ask("CLUSTER", "REPLICATE", primary)
                return
            except Refused as error:
                if "Unknown node" not in str(error):
                    raise
            await anyio.sleep(EACH)
    raise Stuck("a node did not get to know its primary")


async def until_whole(links: Sequence[Link], seconds: float = 20.0) -> None:
    """Wait until every node says that all slots are served.  Stuck."""
    with anyio.move_on_after(seconds):
        while True:
            states = [await link.ask("CLUSTER", "INFO") for link in links]
            if all("cluster_state:ok" in each for each in states):
                return
            await anyio.sleep(EACH)
    raise Stuck("some slots of the cluster are not served")


async def until_told(links: Sequence[Link], seconds: float = 20.0) -> None:
    """Wait until every node tells clients of every node: replicas are told of once they were heard of.  Stuck."""
    with anyio.move_on_after(seconds):
        for link in links:
            while True:
                said = await link.ask("CLUSTER", "SLOTS")
                if len({node[2] for each in said for node in each[2:]}) >= len(links):
                    break
                await anyio.sleep(EACH)
        return
    raise Stuck("some nodes of the cluster are not told of")


async def take_over(replicas: Sequence[Link]) -> Link:
    """Let the replica that got farthest take its lost primary's place, without a vote.  Silent."""
    best: tuple[int, Link] | None = None
    for link in replicas:
        try:
            info = await link.info("replication")
        except (Silent, Refused):
            continue
        if best is None or lag_of(info) > best[0]:
            best = (lag_of(info), link)
    if best is None:
        raise Silent("no replica answers")
    await best[1].ask("CLUSTER", "FAILOVER", "TAKEOVER")
    return best[1]


async def hand_over(replica: Link, seconds: float = 15.0) -> None:
    """Let a replica take its living primary's place, with nothing lost.  Stuck."""
    await replica.ask("CLUSTER", "FAILOVER")
    await until_primary(replica, seconds)


async def until_primary(link: Link, seconds: float = 15.0) -> None:
    with anyio.move_on_after(seconds):
        while (await link.info("replication")).get("role") != "master":
            await anyio.sleep(EACH)
        return
    raise Stuck("a replica did not become primary")


async def migrate(
    source: Link, target: str, wanted: Sequence[Range], seconds: float = 3600.0
) -> None:
    """Move slots with all their keys, while they are used.  Stuck."""
    words: list[str | int] = []
    for first, last in wanted:
        words += ["SLOTSRANGE", first, last]
    await source.ask("CLUSTER", "MIGRATESLOTS", *words, "NODE", target)
    with anyio.move_on_after(seconds):
        while True:
            jobs = [pairs(each) for each in await source.ask("CLUSTER", "GETSLOTMIGRATIONS")]
            current = [job for job in jobs if job.get("target_node") == target]  # the newest first
            state = str(current[0].get("state", "")) if current else ""
            if state == "success":
                return
            if state in ("failed", "canceled"):
                raise Stuck(f"slots could not be moved: {current[0].get('message', '')}")
            await anyio.sleep(0.02)
    raise Stuck("slots were not moved in time")


async def until_settled(source: Link, seconds: float = 3600.0) -> None:
    """Wait until no slots are on the move.  Stuck."""
    with anyio.move_on_after(seconds):
        while True:
            jobs = [pairs(each) for each in await source.ask("CLUSTER", "GETSLOTMIGRATIONS")]
            if all(str(job.get("state")) in ("success", "failed", "canceled") for job in jobs):
                return
            await anyio.sleep(0.02)
    raise Stuck("slots are still on the move")


async def forget(links: Sequence[Link], id: str) -> None:
    for link in links:
        try:
            await link.ask("CLUSTER", "FORGET", id)
        except (Refused, Silent):
            continue


def pairs(said: object) -> Mapping[str, object]:
    """A map out of an answer, which RESP2 gives as a list."""
    if isinstance(said, Mapping):
        return said
    assert isinstance(said, list)
    return dict(zip(said[::2], said[1::2], strict=True))
