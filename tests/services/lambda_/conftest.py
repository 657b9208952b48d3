"""Lambda for an account, with functions that were registered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from forecourt.services.lambda_ import functions
from forecourt.store.tx import Call
from tests.harness import SECOND_KEY, World

EXAMPLES = Path(__file__).parents[2] / "planes/functions"
ME = Call("lambda", "CreateFunction", "000000000000", "us-east-1")


def register(world: World, name: str, handler: str, **members: Any) -> str:
    spec = {
        "Handler": f"examples:{handler}",
        "Path": str(EXAMPLES),
        "Timeout": 3,
        "MemorySize": 256,
        **members,
    }

    async def write() -> Any:
        return await world.store.write_for(
            ME, lambda tx, _: functions.register(tx, name, spec), None
        )

    return str(anyio.run(write).arn)


@pytest.fixture
def lambda_(world: World) -> Any:
    return world.client("lambda")


@pytest.fixture
def stranger(world: World) -> Any:
    return world.client("lambda", SECOND_KEY)


@pytest.fixture
def echo(world: World) -> str:
    """A function's ARN."""
    return register(world, "echo", "echo", Environment={"SECRET": "s"}, Description="d")
