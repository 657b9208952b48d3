"""Rotation: new material, while the old still decrypts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forecourt.services.kms import reconcile, rotations
from tests.harness import World

from .calls import answer, arn, create, decrypt, encrypt, fault, signer


def material(kms: Any, key: str) -> str:
    return str(kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"])


def listed(kms: Any, key: str, **options: Any) -> Any:
    return kms.list_key_rotations(KeyId=key, **options)["Rotations"]


def test_on_demand(kms: Any, key: str) -> None:
    old, first = encrypt(kms, key, a="1"), material(kms, key)
    assert answer(kms.rotate_key_on_demand(KeyId=key)) == {"KeyId": key}
    new, second = encrypt(kms, key, a="1"), material(kms, key)
    assert first != second
    for blob, used in ((old, first), (new, second)):
        found = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "1"})
        assert (found["Plaintext"], found["KeyMaterialId"]) == (b"secret", used)
    (rotation,) = listed(kms, key)
    assert abs(rotation["RotationDate"] - datetime.now(UTC)) < timedelta(seconds=10)
    assert rotation == {
        "KeyId": key,
        "KeyMaterialId": second,
        "KeyMaterialState": "CURRENT",
        "RotationDate": rotation["RotationDate"],
        "RotationType": "ON_DEMAND",
    }
    whole = listed(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    first_entry = {"KeyId": key, "KeyMaterialId": first, "KeyMaterialState": "NON_CURRENT"}
    assert whole == [first_entry, rotation]


def test_the_limit_and_pages(kms: Any, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotations, "ON_DEMAND", 3)
    for _ in range(3):
        kms.rotate_key_on_demand(KeyId=key)
    assert fault(kms.rotate_key_on_demand, KeyId=key)[0] == "LimitExceededException"
    ids = [each["KeyMaterialId"] for each in listed(kms, key)]
    assert len(set(ids)) == 3
    page = kms.list_key_rotations(KeyId=key, Limit=2)
    assert page["Truncated"]
    rest = kms.list_key_rotations(KeyId=key, Marker=page["NextMarker"])
    assert [e["KeyMaterialId"] for e in page["Rotations"] + rest["Rotations"]] == ids


@pytest.mark.parametrize(("given", "days"), [({}, 365), ({"RotationPeriodInDays": 90}, 90)])
def test_the_status(kms: Any, key: str, given: dict[str, int], days: int) -> None:
    off = {"KeyId": key, "KeyRotationEnabled": False}
    assert answer(kms.get_key_rotation_status(KeyId=key)) == off
    kms.enable_key_rotation(KeyId=arn(key), **given)
    found = answer(kms.get_key_rotation_status(KeyId=key))
    due = found["NextRotationDate"]
    assert abs(due - datetime.now(UTC) - timedelta(days=days)) < timedelta(seconds=10)
    on = {"KeyId": key, "KeyRotationEnabled": True, "RotationPeriodInDays": days}
    assert found == {**on, "NextRotationDate": due}
    kms.schedule_key_deletion(KeyId=key)
    assert answer(kms.get_key_rotation_status(KeyId=key)) == off
    kms.cancel_key_deletion(KeyId=key)
    assert answer(kms.get_key_rotation_status(KeyId=key)) == found
    kms.enable_key(KeyId=key)
    kms.disable_key_rotation(KeyId=key)
    assert answer(kms.get_key_rotation_status(KeyId=key)) == off


def test_the_longest_period(kms: Any, key: str) -> None:
    call = kms.enable_key_rotation
    assert fault(call, KeyId=key, RotationPeriodInDays=2561)[0] == "ValidationException"
    call(KeyId=key, RotationPeriodInDays=2560)


def test_by_the_calendar(world: World, kms: Any, key: str, later: Callable[[float], None]) -> None:
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    old = encrypt(kms, key)
    first = kms.get_key_rotation_status(KeyId=key)["NextRotationDate"]
    for days, rotated in ((89, 0), (2, 1), (80, 1), (300, 2)):  # late, it is done once
        later(days)
        for _ in range(2):
            world.store.write_now(reconcile.tend, arn(key))
        found = listed(kms, key)
        assert [each["RotationType"] for each in found] == ["AUTOMATIC"] * rotated
        assert decrypt(kms, old) == decrypt(kms, encrypt(kms, key)) == b"secret"
    due = kms.get_key_rotation_status(KeyId=key)["NextRotationDate"]
    assert abs(due - first - timedelta(days=89 + 2 + 80 + 300)) < timedelta(seconds=10)


def test_a_disabled_key_waits(
    world: World, kms: Any, key: str, later: Callable[[float], None]
) -> None:
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    kms.disable_key(KeyId=key)
    later(91)
    world.store.write_now(reconcile.tend, arn(key))
    assert listed(kms, key) == []
    kms.enable_key(KeyId=key)
    world.store.write_now(reconcile.tend, arn(key))
    assert len(listed(kms, key)) == 1


def test_symmetric_keys_only(kms: Any) -> None:
    for key in (signer(kms), create(kms, "HMAC_256", "GENERATE_VERIFY_MAC")):
        for call in (
            kms.enable_key_rotation,
            kms.disable_key_rotation,
            kms.rotate_key_on_demand,
            kms.list_key_rotations,
        ):
            assert fault(call, KeyId=key)[0] == "UnsupportedOperationException"
        assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
