"""A primary follows a server elsewhere, and is one again.  With a keeper: tests/services/elasticache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forecourt.planes.cache import migration, replication
from forecourt.planes.cache.client import Refused
from forecourt.planes.cache.cluster import Stuck

from .conftest import SECRET, Nodes

Play = Callable[[Callable[[Nodes], Any]], None]


def test_what_the_source_has_comes_and_stays(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(nodes: Nodes) -> None:
        primary, source = nodes.start(1), nodes.start(2)
        for link in (primary, source):
            await link.until_ready(10)
        await source.ask("SET", "a", "1")
        async with migration.source("127.97.1.2", 6379) as open_:
            await migration.check(open_)
            await source.ask("ACL", "SETUSER", "default", "+@all")  # whoever asks may replicate
            await migration.begin(primary, "127.97.1.2", 6379)
            await replication.until_linked(primary)
            await migration.until_same(primary, open_)
        assert await primary.ask("GET", "a") == "1"
        with pytest.raises(Refused, match="not a primary"):
            await migration.check(primary)
        await migration.end(primary, SECRET)
        assert await replication.role(primary) == "master"
        await source.ask("SET", "b", "1")
        monkeypatch.setattr(migration, "CAUGHT_UP", 0.1)
        with pytest.raises(Stuck, match="in sync"):
            await migration.until_same(primary, source)

    play(story)


def test_a_cluster_is_no_source(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        clustered = nodes.start(1, clustered=True)
        await clustered.until_ready(10)
        with pytest.raises(Refused, match="cluster mode"):
            await migration.check(clustered)

    play(story)
