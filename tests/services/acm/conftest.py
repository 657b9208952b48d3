"""ACM's API, and an account with a domain on the internet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import SECOND_KEY, World

from .calls import Proving


@pytest.fixture
def acm(world: World) -> Any:
    return world.client("acm")


@pytest.fixture
def others(world: World) -> Any:
    """The same API for another account."""
    return world.client("acm", SECOND_KEY)


@pytest.fixture
def proving(world: World, acm: Any, route53: Any) -> Proving:
    return Proving(world, acm, route53, "jpub.co.kr")
