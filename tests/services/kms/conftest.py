"""KMS for an account, for another, in another region."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import FIRST_KEY, SECOND_KEY, World

from . import calls


@pytest.fixture
def kms(world: World) -> Any:
    return world.client("kms")


@pytest.fixture
def stranger(world: World) -> Any:
    """The same API for another account."""
    return world.client("kms", SECOND_KEY)


@pytest.fixture
def elsewhere(world: World) -> Any:
    """The same account in another region."""
    return world.client("kms", FIRST_KEY, "eu-central-1")


@pytest.fixture
def key(kms: Any) -> str:
    """A symmetric key."""
    return calls.create(kms)
