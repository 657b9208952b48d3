"""How much data nodes take."""

from __future__ import annotations

from forecourt.services.elasticache import node_types


def test_memory_is_the_type_s_scaled_and_reserved() -> None:
    assert node_types.memory("cache.t3.micro", 1.0, 25) == 536870912 * 3 // 4
    assert node_types.memory("cache.t3.micro", 1 / 1024, 25) == node_types.LEAST


def test_one_can_grow_and_shrink() -> None:
    up, down = node_types.scaling("cache.m6g.large")
    assert "cache.m6g.xlarge" in up and "cache.t3.micro" in down
    assert not set(up) & set(down) and "cache.m6g.large" not in up + down
