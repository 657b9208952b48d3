"""Private CA's API, for two accounts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import SECOND_KEY, World


@pytest.fixture
def pca(world: World) -> Any:
    return world.client("acm-pca")


@pytest.fixture
def others(world: World) -> Any:
    return world.client("acm-pca", SECOND_KEY)
