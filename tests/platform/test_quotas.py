"""Quotas: AWS's defaults, set for one account by its operator."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from forecourt.platform import quotas
from forecourt.platform.identity.accounts import FIRST
from forecourt.store.tx import Call, Tx
from tests.harness import SECOND, World


def limit(world: World, account: str, name: str) -> int:
    def ask(tx: Tx, req: Any) -> int:
        return quotas.limit(tx, name)

    return asyncio.run(world.store.read_for(Call("route53", "Test", account), ask, None))


@pytest.mark.parametrize("name", quotas.DEFAULTS)
def test_defaults(world: World, name: str) -> None:
    assert limit(world, FIRST, name) == quotas.DEFAULTS[name]


def test_one_account_and_one_name(world: World) -> None:
    name, other = "MAX_HOSTED_ZONES_BY_OWNER", "MAX_RRSETS_BY_ZONE"
    for value in (3, 0, 70_000):  # raised, lowered, and set again
        world.store.write_now(quotas.set_limit, FIRST, name, value)
        assert limit(world, FIRST, name) == value
    assert limit(world, SECOND, name) == 500
    assert limit(world, FIRST, other) == 10_000


def test_a_name_that_is_none(world: World) -> None:
    with pytest.raises(KeyError):
        limit(world, FIRST, "MAX_FUN")
