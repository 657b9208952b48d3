"""Fixtures every test may use."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from forecourt.services.ec2 import defaults
from forecourt.store import clock, reset
from forecourt.store.tx import Tx
from tests import postgres
from tests.harness import SECOND_KEY, World

# Tests that listen on the same networks.
ADDRESSES = ("tests/cli/", "tests/tour/", "tests/test_app.py", "tests/processes/test_sockets.py")
CACHES = ("tests/planes/cache/", "tests/services/elasticache/", "tests/roles/test_terminator.py")


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """A file stays together on a worker, and those that share addresses do."""

    def _split_scope(self, nodeid: str) -> str:
        shared = next((each for each in (ADDRESSES, CACHES) if nodeid.startswith(each)), None)
        return shared[0] if shared else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what keeps something in the store is another test."""
    if on_postgresql():
        same = [item for item in items if not uses_store(item)]
        items[:] = [item for item in items if uses_store(item)]
        config.hook.pytest_deselected(items=same)


def on_postgresql() -> bool:
    return os.environ.get("FORECOURT_TEST_STORE") == "postgresql"


def uses_store(item: pytest.Item) -> bool:
    return "store_url" in getattr(item, "fixturenames", ()) or "tests/store/" in item.nodeid


@pytest.fixture(scope="session")
def store_url() -> Iterator[str]:
    """The database the suite runs on: SQLite, or with FORECOURT_TEST_STORE=postgresql its own server."""
    if not on_postgresql():
        yield "sqlite"
        return
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def whole_world(tmp_path_factory: pytest.TempPathFactory, store_url: str) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world"), store_url)
    yield world
    world.close()


@pytest.fixture
def world(whole_world: World) -> World:
    """A gateway and name servers, empty."""
    whole_world.store.write_now(reset.empty)
    whole_world.store.write_now(lambda tx: tx.run("DELETE FROM work"))
    whole_world.follow()
    return whole_world


@pytest.fixture
def ec2(world: World) -> Any:
    """EC2's API, for an account with its default VPCs."""
    world.store.write_now(defaults.renew)
    return world.client("ec2")


@pytest.fixture
def route53(world: World) -> Any:
    return world.client("route53")


@pytest.fixture
def stranger(world: World) -> Any:
    """The same API for another account."""
    return world.client("route53", SECOND_KEY)


def ahead(tx: Tx) -> float:
    return tx.now.timestamp() - time.time()


def forget(tx: Tx) -> None:
    tx.run("DELETE FROM setting WHERE name = 'clock'")


@pytest.fixture
def later(world: World) -> Iterator[Callable[[float], None]]:
    """Moves the calendar on by days; afterwards it is back."""

    def wait_for(seconds: float) -> None:
        end = time.monotonic() + 10
        while abs(world.store.write_now(ahead) - seconds) > 5:  # an offset is believed for a while
            assert time.monotonic() < end

    wait_for(0)
    moved = 0.0

    def later(days: float) -> None:
        nonlocal moved
        seconds = timedelta(days=days).total_seconds()
        world.store.write_now(clock.move_forwards, seconds)
        moved += seconds
        wait_for(moved)

    yield later
    world.store.write_now(forget)
    wait_for(0)
