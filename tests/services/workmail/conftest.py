"""WorkMail's API, and an organization."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import World
from tests.services.workmail.calls import organization


@pytest.fixture
def workmail(world: World) -> Any:
    return world.client("workmail")


@pytest.fixture
def org(workmail: Any) -> str:
    return organization(workmail)
