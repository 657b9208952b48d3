"""A VPC and a subnet to work in, and others who look on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import FIRST_KEY, SECOND_KEY, World

from . import calls


@pytest.fixture
def stranger(world: World, ec2: Any) -> Any:
    """The same API for another account."""
    return world.client("ec2", SECOND_KEY)


@pytest.fixture
def elsewhere(world: World, ec2: Any) -> Any:
    """The same account in another region."""
    return world.client("ec2", FIRST_KEY, "eu-central-1")


@pytest.fixture
def vpc(ec2: Any) -> str:
    """10.0.0.0/16, beside the default VPC."""
    return calls.vpc(ec2)


@pytest.fixture
def subnet(ec2: Any, vpc: str) -> str:
    """10.0.1.0/24 of that VPC."""
    return calls.subnet(ec2, vpc)
