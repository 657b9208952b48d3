"""Answers that wait until what they answer for is elsewhere too.

    gate = Gate(link, lambda: links_of_replicas_in_other_zones)
    await gate.begin()
    gate.hold(data, give, drop)         # calls one of the two, in the order of the calls

A node's answers are held as they come, unread.  Its place in its history is asked once they are here: whatever
they answer for is before it.  As soon as a replica in another zone has got as far in the same history, they go.
Where the node is no longer primary of that history, or no replica gets as far in time, the connection is dropped:
what was done is not acknowledged, and may be lost.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Durability.Options.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .client import Link, Refused, Silent, lag_of

WAIT = 10.0  # seconds for a replica
EACH, MOST = 0.0002, 0.01  # seconds between looks at it, at first and at last
ASYNC_LAG = 10  # seconds that an asynchronous write may be nowhere else


def directives(mode: str) -> dict[str, str]:
    """What an engine is told for a durability: to refuse writes while no replica keeps up."""
    if mode not in ("sync", "async"):
        return {}
    return {"min-replicas-to-write": "1", "min-replicas-max-lag": str(ASYNC_LAG)}


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a node is."""

    primary: bool
    history: str  # the replication ID
    offset: int


async def stand(link: Link) -> Stand:
    """Silent, Refused."""
    info = await link.info("replication")
    primary = info["role"] == "master"
    offset = int(info["master_repl_offset"]) if primary else lag_of(info)
    return Stand(primary, info["master_replid"], offset)


class Gate:
    """Before one node."""

    def __init__(self, own: Link, replicas: Callable[[], Sequence[Link]]) -> None:
        self._own, self._replicas = own, replicas
        self._held: list[tuple[bytes, Callable[[bytes], None], Callable[[], None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._known: Stand | None = None
        self._safe = Stand(True, "", 0)  # as far as a replica is known to be

    async def begin(self) -> None:
        """Learn where the node is, before it is asked anything.  Silent, Refused."""
        if self._known is None:
            self._known = await stand(self._own)

    async def close(self) -> None:
        """The end of its asking; answers that are held are dropped."""
        await self._own.close()
        if self._task is not None:
            await self._task

    def hold(self, data: bytes, give: Callable[[bytes], None], drop: Callable[[], None]) -> None:
        self._held.append((data, give, drop))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while self._held:
            batch, self._held = self._held, []
            kept = await self._are_kept()
            for data, give, drop in batch:
                if kept:
                    give(data)
                else:
                    drop()
        self._task = None

    async def _are_kept(self) -> bool:
        """Whether all that the node did until now is at a replica."""
        before = self._known
        assert before is not None
        try:
            here = self._known = await stand(self._own)
        except (Silent, Refused):
            return False
        if here.history != before.history and (before.primary or not here.primary):
            return False
        if not here.primary or reaches(self._safe, here):
            return True
        pause, deadline = EACH, asyncio.get_running_loop().time() + WAIT
        while asyncio.get_running_loop().time() < deadline:
            for link in self._replicas():
                try:
                    there = await stand(link)
                except (Silent, Refused):
                    continue
                if reaches(there, here):
                    self._safe = there
                    return True
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST)
        return False


def reaches(there: Stand, here: Stand) -> bool:
    return there.history == here.history and there.offset >= here.offset
