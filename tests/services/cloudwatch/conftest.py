"""CloudWatch for an account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import World


@pytest.fixture
def cloudwatch(world: World) -> Any:
    return world.client("cloudwatch")
