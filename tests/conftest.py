"""Fixtures every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from forecourt.store import reset
from tests.harness import SECOND_KEY, World


@pytest.fixture(scope="session")
def whole_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.close()


@pytest.fixture
def world(whole_world: World) -> World:
    """A gateway and name servers, empty."""
    whole_world.store.write_now(reset.empty)
    whole_world.follow()
    return whole_world


@pytest.fixture
def route53(world: World) -> Any:
    return world.client("route53")


@pytest.fixture
def stranger(world: World) -> Any:
    """The same API for another account."""
    return world.client("route53", SECOND_KEY)
