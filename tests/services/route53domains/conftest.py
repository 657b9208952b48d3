"""Route 53 Domains' API, for two accounts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import SECOND_KEY, World


@pytest.fixture
def domains(world: World) -> Any:
    return world.client("route53domains")


@pytest.fixture
def others(world: World) -> Any:
    """The same API for another account."""
    return world.client("route53domains", SECOND_KEY)
