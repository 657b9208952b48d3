"""Nodes have addresses of their own, and give them back."""

from __future__ import annotations

from typing import Any

from forecourt.platform.network.pools import TAKEN
from forecourt.services.elasticache import nodes
from tests.harness import World
from tests.services.elasticache.calls import group


def test_addresses_are_taken_and_given_back(world: World, caches: Any) -> None:
    arn = group(caches)["ARN"]
    found = world.store.read_now(nodes.of, arn)
    assert len({each.place for each in found}) == 2
    assert world.store.read_now(nodes.memory) == sum(each.memory for each in found)
    for each in found:
        world.store.write_now(nodes.remove, each)
    assert world.store.read_now(TAKEN.all) == []
    assert world.store.read_now(nodes.everybodys) == []
