"""ElastiCache's API, and what keeps caches, on engines that run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forecourt.planes.cache import engines
from forecourt.services.ec2 import defaults
from forecourt.services.elasticache.stored import SETTING, Installation, announce
from forecourt.store.tx import Tx
from tests.harness import World
from tests.services.elasticache.calls import DOMAIN, NETWORK, Keeping

HERE = Installation(
    (("memcached", "1.6.18"), ("redis", "7.0.15"), ("valkey", "9.1.2")), DOMAIN, 1 / 16, 8 << 30
)


def place(tx: Tx, network: str | None) -> None:
    tx.run("DELETE FROM setting WHERE name = 'network'")
    if network is not None:
        tx.run("INSERT INTO setting (name, value) VALUES ('network', :value)", value=network)


@pytest.fixture
def caches(world: World) -> Iterator[Any]:
    """The API, on an installation that has engines, for an account with its default VPC."""
    world.store.write_now(defaults.renew)
    world.store.write_now(announce, HERE)
    yield world.client("elasticache")
    world.store.write_now(lambda tx: tx.run(f"DELETE FROM setting WHERE name = '{SETTING}'"))


@pytest.fixture
def keeping(world: World, caches: Any, tmp_path: Path) -> Iterator[Keeping]:
    """What keeps caches, at work on Valkey."""
    here = tuple(e for e in engines.installed() if e.name == "valkey")
    names = tuple((each.name, each.version) for each in here)
    world.store.write_now(announce, Installation(names, DOMAIN, 1 / 16, 8 << 30, True))
    world.store.write_now(place, NETWORK)
    with Keeping(world, caches, tmp_path / "caches", here) as found:
        yield found
    world.store.write_now(place, None)
