"""What services read of VPCs: of the caller's, and of anybody's by ARN."""

from __future__ import annotations

from typing import Any

import anyio

from forecourt.platform.identity.accounts import FIRST
from forecourt.platform.network import vpcs
from forecourt.store.resources import at
from forecourt.store.tx import Call, Tx
from tests.harness import World


def test_reading(world: World, ec2: Any) -> None:
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=made, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]

    def read(tx: Tx, _: Any) -> dict[str, Any]:
        default = vpcs.default_vpc(tx)
        assert default is not None
        group = vpcs.default_group(tx, made)
        return {
            "default": default.spec["CidrBlock"],
            "subnets": [each.name for each in vpcs.subnets_of(tx, made)],
            "groups": [each.name for each in vpcs.groups_of(tx, made)] == [group.name],
            "rules": sorted(each.spec["IsEgress"] for each in vpcs.rules_of(tx, group.name)),
        }

    def there(tx: Tx, _: Any) -> list[str]:
        return [each.name for each in vpcs.subnets_of(tx, made)]

    here = Call("elbv2", "CreateLoadBalancer", FIRST)
    assert anyio.run(world.store.read_for, here, read, None) == {
        "default": "172.31.0.0/16",
        "subnets": [subnet],
        "groups": True,
        "rules": [False, True],
    }
    elsewhere = Call("elbv2", "CreateLoadBalancer", FIRST, "eu-west-1")
    assert anyio.run(world.store.read_for, elsewhere, there, None) == []
    arn = vpcs.arn(vpcs.VPCS, "us-east-1", FIRST, made)
    anybodys = world.store.read_now(at, arn)
    assert anybodys is not None
    assert (anybodys.name, anybodys.spec["CidrBlock"]) == (made, "10.0.0.0/16")
    assert world.store.read_now(at, f"{arn}0") is None
