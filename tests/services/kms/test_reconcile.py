"""What keys do by the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import pytest

from forecourt.platform.keys.stored import WORK
from forecourt.services.kms import reconcile
from forecourt.store.tx import Tx
from tests.harness import World

from .calls import FIRST, arn, create, encrypt, fault, state

DAY = timedelta(days=1).total_seconds()


def tend(world: World, key: str) -> float | None:
    return anyio.run(reconcile.reconcile, world.store, arn(key))


def rows(tx: Tx) -> list[str]:
    return [name for (name,) in tx.all("SELECT name FROM resource WHERE service = 'kms'")]


def due(tx: Tx, key: str) -> float:
    """In how many days a key is to be looked at."""
    found = tx.value("SELECT due FROM work WHERE kind = :kind AND key = :key", kind=WORK, key=key)
    return (float(found) - tx.now.timestamp()) / DAY


def test_nothing_to_do(world: World, key: str) -> None:
    assert tend(world, key) is None
    assert tend(world, "00000000-0000-4000-8000-000000000000") is None


def test_a_deletion_when_its_time_is_over(
    world: World, kms: Any, key: str, later: Callable[[float], None]
) -> None:
    kept = create(kms)
    for target in (key, kept):
        kms.create_alias(AliasName=f"alias/{target}", TargetKeyId=target)
        kms.create_grant(
            KeyId=target, GranteePrincipal=f"arn:aws:iam::{FIRST}:root", Operations=["Decrypt"]
        )
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=8)
    assert world.store.read_now(due, arn(key)) == pytest.approx(8, abs=0.01)
    later(7)
    assert tend(world, key) == pytest.approx(DAY, abs=60)
    assert state(kms, key) == "PendingDeletion"
    later(1.01)
    for _ in range(2):
        assert tend(world, key) is None
    assert not [name for name in world.store.read_now(rows) if key in name]
    assert [each["AliasName"] for each in kms.list_aliases()["Aliases"]] == [f"alias/{kept}"]
    assert len(kms.list_grants(KeyId=kept)["Grants"]) == 1


def test_a_deletion_that_was_taken_back(
    world: World, kms: Any, key: str, later: Callable[[float], None]
) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key)
    later(8)
    assert tend(world, key) is None
    assert state(kms, key) == "Disabled"


def test_a_rotation_is_planned(world: World, kms: Any, key: str) -> None:
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    assert world.store.read_now(due, arn(key)) == pytest.approx(90, abs=0.01)
    assert tend(world, key) == pytest.approx(90 * DAY, abs=60)
    kms.disable_key(KeyId=key)
    kms.enable_key(KeyId=key)
    assert world.store.read_now(due, arn(key)) == pytest.approx(0, abs=0.01)


def test_what_a_deleted_key_encrypted_stays_closed(
    world: World, kms: Any, key: str, later: Callable[[float], None]
) -> None:
    blob = encrypt(kms, key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    later(7.01)
    before = fault(kms.decrypt, CiphertextBlob=blob)
    tend(world, key)
    assert fault(kms.decrypt, CiphertextBlob=blob) == before
    assert before[0] == "AccessDeniedException"
