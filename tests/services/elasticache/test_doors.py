"""Where clients come in over TLS."""

from __future__ import annotations

import asyncio
from typing import Any

from forecourt.services.elasticache import doors
from forecourt.services.elasticache.doors import Entrance
from forecourt.services.elasticache.reconcile import call_of
from tests.harness import World
from tests.services.elasticache.calls import group


def entrances(world: World, arn: str) -> list[Entrance]:
    return asyncio.run(world.store.read_for(call_of(arn), doors.entrances, arn))


def test_groups_with_tls_have_doors(world: World, caches: Any) -> None:
    group(caches, "plain")
    caches.create_user(
        UserId="iamuser", UserName="iamuser", Engine="valkey", AccessString="on ~* +@all",
        AuthenticationMode={"Type": "iam"},
    )  # fmt: skip
    caches.create_user_group(UserGroupId="people", Engine="valkey", UserIds=["iamuser"])
    arn = group(caches, TransitEncryptionEnabled=True, UserGroupIds=["people"])["ARN"]
    assert world.store.read_now(doors.owners) == [arn]
    first, second = entrances(world, arn)
    assert (first.port, first.behind, first.required) == (6379, 6380, True)
    assert first.address != second.address and first.names[0].startswith("master.shop.")
    assert list(first.tokens) == ["iamuser"]
    assert entrances(world, f"{arn}x") == []
