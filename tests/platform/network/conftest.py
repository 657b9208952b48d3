"""VPCs and subnets as rows, for what stands on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forecourt.platform.identity.accounts import FIRST
from forecourt.platform.network.vpcs import SUBNETS, VPCS
from forecourt.store.resources import Kind, insert
from forecourt.store.tx import Tx
from tests.harness import World

Make = Callable[..., list[str]]


@pytest.fixture
def make(world: World) -> Make:
    """Make VPCs or subnets; their ARNs."""

    def make(kind: Kind, count: int = 1, block: str = "10.0.0.0/24") -> list[str]:
        spec = {
            "AvailabilityZone": "us-east-1a",
            "AvailabilityZoneId": "use1-az1",
            "CidrBlock": block,
            "VpcId": "vpc-0",
        }

        def rows(tx: Tx) -> list[str]:
            made = [
                kind.row(tx, FIRST, "us-east-1", f"{kind.name}-{n}", spec, {}, {})
                for n in range(count)
            ]
            insert(tx, made)
            return [row["arn"] for row in made]

        return world.store.write_now(rows)

    return make


@pytest.fixture
def vpc(make: Make) -> str:
    return make(VPCS)[0]


@pytest.fixture
def subnet(make: Make) -> str:
    return make(SUBNETS)[0]
