"""Rotation: new material for symmetric keys, by the calendar or on demand; the old still decrypts.

https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.keys import stored
from forecourt.platform.keys.stored import PENDING_DELETION, Key, errors, moment

from .identifiers import get_key, own_key
from .pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecourt.aws.types import kms as t
    from forecourt.store.tx import Tx

ops = Operations("kms")
PERIOD = 365  # days
ON_DEMAND = 25  # rotations in the life of a key


@ops.write
def enable_key_rotation(tx: Tx, req: t.EnableKeyRotationRequest) -> None:
    key = rotating_key(tx, req["KeyId"])
    days = req.get("RotationPeriodInDays", PERIOD)
    due = tx.now + timedelta(days=days)
    rotation = {"PeriodInDays": days, "Next": due.timestamp()}
    stored.change(tx, key, status={"Rotation": rotation})
    tx.enqueue(stored.WORK, key.arn, due=due)


@ops.write
def disable_key_rotation(tx: Tx, req: t.DisableKeyRotationRequest) -> None:
    stored.change(tx, rotating_key(tx, req["KeyId"]), without=("Rotation",))


@ops.write
def rotate_key_on_demand(tx: Tx, req: t.RotateKeyOnDemandRequest) -> t.RotateKeyOnDemandResponse:
    """New material at once; the calendar's rotations stay where they are."""
    key = rotating_key(tx, req["KeyId"])
    if sum(each.get("Type") == "ON_DEMAND" for each in key.materials) >= ON_DEMAND:
        raise errors.LimitExceededException(
            "The on-demand rotations limit has been reached for the given keyId. No more on-demand"
            f" rotations can be performed for this key: {key.arn}"
        )
    stored.rotate(tx, key, "ON_DEMAND")
    return {"KeyId": key.id}


@ops.read
def get_key_rotation_status(
    tx: Tx, req: t.GetKeyRotationStatusRequest
) -> t.GetKeyRotationStatusResponse:
    """While a key is pending deletion, its rotation rests."""
    key = get_key(tx, req["KeyId"])
    rotation = key.resource.status.get("Rotation")
    if rotation is None or key.state == PENDING_DELETION:
        return {"KeyRotationEnabled": False, "KeyId": key.id}
    shown: dict[str, Any] = {
        "KeyRotationEnabled": True,
        "KeyId": key.id,
        "RotationPeriodInDays": rotation["PeriodInDays"],
        "NextRotationDate": moment(rotation["Next"]),
    }
    return shown  # type: ignore[return-value]


@ops.read
def list_key_rotations(tx: Tx, req: t.ListKeyRotationsRequest) -> t.ListKeyRotationsResponse:
    key = own_key(tx, req["KeyId"])
    if not key.rotates:
        raise unsupported(key)
    whole = req.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
    entries = [
        (f"{at:06}", each) for at, each in enumerate(key.materials) if whole or "Type" in each
    ]
    return page(
        "Rotations",
        entries,
        req,
        by=lambda numbered: numbered[0],
        show=lambda numbered: entry(key, numbered[1]),
        default=100,
        most=1000,
    )


def entry(key: Key, material: Mapping[str, Any]) -> t.RotationsListEntry:
    shown: dict[str, Any] = {
        "KeyId": key.id,
        "KeyMaterialId": material["Id"],
        "KeyMaterialState": "CURRENT" if material["Id"] == key.current else "NON_CURRENT",
    }
    if "Type" in material:
        shown |= {"RotationDate": moment(material["Since"]), "RotationType": material["Type"]}
    return shown  # type: ignore[return-value]


def rotating_key(tx: Tx, given: str) -> Key:
    key = stored.usable(own_key(tx, given))
    if not key.rotates:
        raise unsupported(key)
    return key


def unsupported(key: Key) -> Exception:
    return errors.UnsupportedOperationException(
        f"{key.arn} key spec is {key.spec.name} which is not valid for this operation."
    )
