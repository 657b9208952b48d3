"""One primary and its replicas, without shards: who follows whom.

https://valkey.io/topics/replication
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import anyio

from .client import EACH, Link, Refused, Silent, lag_of
from .cluster import Stuck


async def role(link: Link) -> str:
    """`master` or `slave`, as the engine says it."""
    return (await link.info("replication"))["role"]


async def follow(link: Link, primary: tuple[str, int]) -> None:
    info = await link.info("replication")
    if (info.get("master_host"), info.get("master_port")) != (primary[0], str(primary[1])):
        await link.ask("REPLICAOF", *primary)


async def until_linked(link: Link, seconds: float = 60.0) -> None:
    """Wait until a replica has all its primary has.  Stuck."""
    with anyio.move_on_after(seconds):
        while (await link.info("replication")).get("master_link_status", "up") != "up":
            await anyio.sleep(EACH)
        return
    raise Stuck(f"{link.address} does not get its primary's data")


async def promote(replicas: Sequence[Link], joining: Sequence[Link] = ()) -> Link:
    """Let the replica that got farthest be the primary, and the others follow it.  One that is only just
    joining may have acknowledged writes too: it counts if it has the others' history.  Silent.
    """
    known: list[tuple[int, Link]] = []
    histories = set()
    for link in (*replicas, *joining):
        try:
            said = await link.info("replication")
        except (Silent, Refused):
            continue
        if link in replicas:
            histories.add(said["master_replid"])
        elif said["role"] == "master" or said["master_replid"] not in histories:
            continue
        known.append((lag_of(said), link))
    if not known:
        raise Silent("no replica answers")
    best = max(known, key=lambda each: each[0])[1]
    await best.ask("REPLICAOF", "NO", "ONE")
    for _, link in known:
        if link is not best:
            try:
                await link.ask("REPLICAOF", best.address, best.port)
            except (Silent, Refused):
                continue
    return best


async def hand_over(primary: Link, replica: Link, seconds: float = 10.0) -> None:
    """Let a replica take its living primary's place, with nothing lost: writes to the one before wait, and
    go on waiting until it is `let_go`; should nobody do that, they are its own again.  Stuck.
    """
    await primary.ask("CLIENT", "PAUSE", int(seconds * 1000), "WRITE")
    try:
        with anyio.move_on_after(seconds / 2):
            while lag_of(await replica.info("replication")) < lag_of(
                await primary.info("replication")
            ):
                await anyio.sleep(0.001)
            await replica.ask("REPLICAOF", "NO", "ONE")
            return
    except BaseException:
        await primary.ask("CLIENT", "UNPAUSE")
        raise
    await primary.ask("CLIENT", "UNPAUSE")
    raise Stuck(f"{replica.address} does not catch up with its primary")


async def let_go(former: Link, primary: Link) -> None:
    """Send the clients of one that was primary away, who find the new one by its name, and let it follow.

    It has their writes wait until they are gone: a replica would refuse them.
    """
    await send_away(former)
    await former.ask("REPLICAOF", primary.address, primary.port)
    await send_away(former)
    await former.ask("CLIENT", "UNPAUSE")


async def send_away(link: Link) -> None:
    """Close the connections of a node's clients, so that they look up again where to go."""
    with contextlib.suppress(Silent, Refused):
        await link.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
