"""Data that come from a server elsewhere, while it is written to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import valkey

from forecourt.planes.cache import engines
from forecourt.planes.cache.client import Link
from forecourt.planes.cache.runner import Local
from tests.services.elasticache.calls import Keeping, group, refused

PLACE = "127.97.3.1"
FROM = {"CustomerNodeEndpointList": [{"Address": PLACE, "Port": 6379}]}
SHOP = {"ReplicationGroupId": "shop"}


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Any]:
    """A server of somebody's own, without passwords."""
    program = next(each.program for each in engines.installed() if each.name == "valkey")
    words = ["--bind", PLACE, "--port", "6379", "--save", "", "--protected-mode", "no"]
    process = Local(tmp_path / "elsewhere", die_with_us=True).start("one", program, words, {})

    async def ready() -> None:
        async with Link(PLACE, 6379, "") as link:
            await link.until_ready(10)

    anyio.run(ready)
    with valkey.Valkey(PLACE, decode_responses=True) as client:
        yield client
    anyio.run(process.kill)
    process.close()


def messages(caches: Any) -> list[str]:
    return [each["Message"] for each in caches.describe_events()["Events"]]


def test_data_come_and_go_on_coming_until_it_is_completed(
    source: Any, caches: Any, keeping: Keeping
) -> None:
    group(caches)
    keeping.available()
    source.set("before", "1")
    caches.test_migration(**SHOP, **FROM)
    keeping.available()
    assert "Test migration succeeded" in messages(caches)
    with refused("ReplicationGroupNotUnderMigrationFault"):
        caches.complete_migration(**SHOP)
    caches.start_migration(**SHOP, **FROM)
    with refused("ReplicationGroupAlreadyUnderMigrationFault"):
        caches.start_migration(**SHOP, **FROM)
    keeping.wait(lambda: any("in sync" in each for each in messages(caches)))
    assert keeping.group()["Status"] == "modifying"
    source.set("meanwhile", "2")
    with refused("InvalidReplicationGroupState"):
        caches.modify_replication_group(**SHOP, ReplicationGroupDescription="d")
    caches.complete_migration(**SHOP)
    keeping.available()
    source.set("after", "3")
    for node in keeping.nodes():
        with keeping.client(node) as client:
            assert (client.get("before"), client.get("meanwhile")) == ("1", "2")
            assert client.get("after") is None
            if node.role == "primary":
                client.set("mine", "4")
                assert client.wait(1, 5000) == 1


def test_a_source_that_is_not_there_is_told(source: Any, caches: Any, keeping: Keeping) -> None:
    group(caches)
    keeping.available()
    for address, words in ((PLACE, "does not answer"), ("8.8.8.8", "outside")):
        caches.test_migration(**SHOP, CustomerNodeEndpointList=[{"Address": address, "Port": 6380}])
        keeping.available()
        assert any(words in each for each in messages(caches))
    caches.start_migration(**SHOP, CustomerNodeEndpointList=[{"Address": PLACE, "Port": 6380}])
    with refused("InvalidReplicationGroupState", "not in sync"):
        caches.complete_migration(**SHOP)
    caches.complete_migration(**SHOP, Force=True)
    keeping.available()


def test_what_cannot_be_migrated_is_refused(caches: Any) -> None:
    group(caches, NumNodeGroups=2, ReplicasPerNodeGroup=0)
    with refused("InvalidParameterCombination", "cluster mode disabled"):
        caches.start_migration(**SHOP, **FROM)
    with refused("ReplicationGroupNotFoundFault"):
        caches.test_migration(ReplicationGroupId="none", **FROM)
    group(caches, "flat")
    with refused("InvalidReplicationGroupState", "creating"):
        caches.start_migration(ReplicationGroupId="flat", **FROM)
    with refused("InvalidParameterValue", "not implemented"):
        caches.start_migration(ServerlessCacheName="a")
    with refused("InvalidParameterValue", "not implemented"):
        caches.stop_migration(ServerlessCacheName="a")
    with refused("InvalidParameterValue", "not implemented"):
        caches.prepare_migration(ServerlessCacheName="a", **FROM)
