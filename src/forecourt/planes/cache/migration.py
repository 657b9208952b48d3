"""A primary that follows a server elsewhere until it takes its place.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/OnlineMigration.html
"""

from __future__ import annotations

import anyio

from . import replication
from .client import EACH, Link, Refused, lag_of
from .cluster import Stuck
from .configuration import SERVICE_USER

CAUGHT_UP = 10.0  # seconds in which what the source had is here too


def source(address: str, port: int) -> Link:
    """A server that asks nobody who they are, as AWS demands of a source."""
    return Link(address, port, "")


async def check(link: Link) -> None:
    """Whether a server can be migrated from.  Silent, Refused."""
    info = await link.info("replication")
    if info.get("role") != "master":
        raise Refused("the source is not a primary")
    if (await link.info("cluster")).get("cluster_enabled") == "1":
        raise Refused("the source has cluster mode enabled")


async def begin(primary: Link, address: str, port: int) -> None:
    """Let a primary follow a server elsewhere; what it had is replaced."""
    await primary.ask("CONFIG", "SET", "masteruser", "", "masterauth", "")
    await replication.follow(primary, (address, port))


async def until_same(primary: Link, link: Link) -> None:
    """Wait until a primary has all that the source had a moment ago.  Stuck, Silent"""
    wanted = lag_of(await link.info("replication"))
    with anyio.move_on_after(CAUGHT_UP):
        while True:
            here = await primary.info("replication")
            if here.get("master_link_status") == "up" and lag_of(here) >= wanted:
                return
            await anyio.sleep(EACH)
    raise Stuck("the data are not in sync with the source")


async def end(primary: Link, secret: str) -> None:
    """Let it be a primary of its own again."""
    await primary.ask("REPLICAOF", "NO", "ONE")
    await primary.ask("CONFIG", "SET", "masteruser", SERVICE_USER, "masterauth", secret)
