"""Subnet groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import World
from tests.services.elasticache.calls import group, refused


@pytest.fixture
def subnets(world: World, caches: Any) -> list[str]:
    found = world.client("ec2").describe_subnets()["Subnets"]
    return sorted(each["SubnetId"] for each in found)


def make(caches: Any, ids: list[str], name: str = "mine") -> Any:
    return caches.create_cache_subnet_group(
        CacheSubnetGroupName=name, CacheSubnetGroupDescription="d", SubnetIds=ids
    )["CacheSubnetGroup"]


def test_nodes_are_in_the_zones_of_their_group(caches: Any, subnets: list[str]) -> None:
    made = make(caches, subnets[:1])
    zone = made["Subnets"][0]["SubnetAvailabilityZone"]["Name"]
    found = group(caches, CacheSubnetGroupName="mine")
    zones = {e["PreferredAvailabilityZone"] for e in found["NodeGroups"][0]["NodeGroupMembers"]}
    assert zones == {zone}
    with refused("CacheSubnetGroupInUse"):
        caches.delete_cache_subnet_group(CacheSubnetGroupName="mine")
    with refused("SubnetInUse"):
        caches.modify_cache_subnet_group(CacheSubnetGroupName="mine", SubnetIds=subnets[1:])
    caches.modify_cache_subnet_group(CacheSubnetGroupName="mine", SubnetIds=subnets)
    (shown,) = caches.describe_cache_subnet_groups(CacheSubnetGroupName="MINE")["CacheSubnetGroups"]
    assert len(shown["Subnets"]) == len(subnets)


def test_what_is_used_is_not_deleted(world: World, caches: Any, subnets: list[str]) -> None:
    make(caches, subnets[:1])
    ec2 = world.client("ec2")
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnets[0])
    caches.delete_cache_subnet_group(CacheSubnetGroupName="mine")
    ec2.delete_subnet(SubnetId=subnets[0])


def test_what_cannot_be_is_refused(caches: Any, subnets: list[str]) -> None:
    with refused("InvalidSubnet"):
        make(caches, ["subnet-1"])
    for name in ("default", "a b", "a" * 256):
        with refused("InvalidParameterValue"):
            make(caches, subnets, name)
    make(caches, subnets)
    with refused("CacheSubnetGroupAlreadyExists"):
        make(caches, subnets)
    with refused("CacheSubnetGroupNotFoundFault"):
        caches.delete_cache_subnet_group(CacheSubnetGroupName="none")
