"""People, and keys out of STS's answers."""

from __future__ import annotations

import pytest

from tests.harness import World
from tests.services.iam_rows import People


@pytest.fixture
def people(world: World) -> People:
    return People(world)
