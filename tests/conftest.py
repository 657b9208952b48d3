"""Fixtures every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from forecourt.services.ec2 import defaults
from forecourt.store import reset
from tests import postgres
from tests.harness import SECOND_KEY, World


@pytest.fixture(scope="session")
def store_url() -> Iterator[str]:
    """The database the suite runs on: SQLite, or with FORECOURT_TEST_STORE=postgresql its own server."""
    if os.environ.get("FORECOURT_TEST_STORE") != "postgresql":
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
