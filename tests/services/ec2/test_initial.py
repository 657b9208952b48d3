"""What VPCs have from the start."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from forecourt.platform.network.zones import zones
from forecourt.services.ec2 import initial
from forecourt.store.tx import Tx
from tests.harness import World

ACCOUNT = "999988887777"


def made(world: World, region: str) -> list[dict[str, Any]]:
    """The rows of a default VPC, their documents read."""

    def rows(tx: Tx) -> list[dict[str, Any]]:
        place = initial.Place(tx, ACCOUNT, region)
        _, found = initial.default_vpc(place, "dopt-0", zones(region))
        return [{**row, "spec": json.loads(row["spec"])} for row in found]

    return world.store.read_now(rows)


def test_a_default_vpc(world: World) -> None:
    rows = made(world, "sa-east-1")
    assert Counter(row["kind"] for row in rows) == {
        "vpc": 1,
        "internet-gateway": 1,
        "subnet": 3,
        "security-group": 1,
        "security-group-rule": 2,
        "route-table": 1,
        "network-acl": 1,
    }
    (vpc,) = (row["name"] for row in rows if row["kind"] == "vpc")
    for row in rows:
        assert (row["account"], row["region"], row["service"]) == (ACCOUNT, "sa-east-1", "ec2")
        assert row["arn"] == f"arn:aws:ec2:sa-east-1:{ACCOUNT}:{row['kind']}/{row['name']}"
        if row["kind"] not in ("vpc", "security-group-rule"):
            assert row["spec"]["VpcId"] == vpc
    assert [row["spec"]["AvailabilityZoneId"] for row in rows if row["kind"] == "subnet"] == [
        "sae1-az1",
        "sae1-az2",
        "sae1-az3",
    ]


@pytest.mark.parametrize(
    ("region", "domain"),
    [("us-east-1", "ec2.internal"), ("us-east-2", "us-east-2.compute.internal")],
)
def test_internal_domains(region: str, domain: str) -> None:
    assert initial.internal_domain(region) == domain
