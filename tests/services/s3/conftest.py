"""S3 for an account, and for another; with a bucket."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import SECOND_KEY, World

BUCKET = "a-bucket"


@pytest.fixture
def s3(world: World) -> Any:
    return world.client("s3")


@pytest.fixture
def stranger(world: World) -> Any:
    """The same API for another account."""
    return world.client("s3", SECOND_KEY)


@pytest.fixture
def bucket(s3: Any) -> str:
    s3.create_bucket(Bucket=BUCKET)
    return BUCKET
