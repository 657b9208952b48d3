"""IAM's API, for two accounts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import SECOND_KEY, World


@pytest.fixture
def iam(world: World) -> Any:
    return world.client("iam")


@pytest.fixture
def stranger(world: World) -> Any:
    """The same API for another account."""
    return world.client("iam", SECOND_KEY)
