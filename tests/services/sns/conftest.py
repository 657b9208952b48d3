"""SNS for an account, and for another; with a topic and somebody who listens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness import SECOND_KEY, World

from .listening import Listener


@pytest.fixture
def sns(world: World) -> Any:
    return world.client("sns")


@pytest.fixture
def stranger(world: World) -> Any:
    """The same API for another account."""
    return world.client("sns", SECOND_KEY)


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name="news")["TopicArn"])


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as found:
        yield found
