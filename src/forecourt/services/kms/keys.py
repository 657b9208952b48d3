"""Keys: made, described, listed, switched off and on, and given up.

A key that is given up stays for a window of 7 to 30 days, of no use but that one can change one's mind.
https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.keys import material, stored
from forecourt.platform.keys.specs import AGREE, ENCRYPT, MAC, SIGN, SPECS, SYMMETRIC, Spec
from forecourt.platform.keys.stored import DISABLED, ENABLED, KEYS, PENDING_DELETION, Key, errors

from .identifiers import ValidationException, arn_of, get_key, own_key, staying_key
from .pages import page
from .policies import checked_policy, default_policy
from .tags import checked_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecourt.aws.types import kms as t
    from forecourt.platform.keys.material import Material
    from forecourt.store.tx import Tx

ops = Operations("kms")
WINDOW = range(7, 31)  # days; the last is the default
# Requests for what keys here cannot be.
ELSEWHERE = ("CustomKeyStoreId", "XksKeyId")
ALGORITHMS = {
    ENCRYPT: "EncryptionAlgorithms",
    SIGN: "SigningAlgorithms",
    MAC: "MacAlgorithms",
    AGREE: "KeyAgreementAlgorithms",
}


def generate(req: t.CreateKeyRequest) -> Material:
    """The material of a key that may be made."""
    spec, _ = wanted(req)
    return material.generate(spec)


@ops.write_after(generate)
def create_key(tx: Tx, req: t.CreateKeyRequest, made: Material) -> t.CreateKeyResponse:
    spec, usage = wanted(req)
    if KEYS.count(tx) >= quotas.limit(tx, "MAX_KMS_KEYS_BY_REGION"):
        raise errors.LimitExceededException("The limit of KMS keys has been reached.")
    tags = checked_tags({}, req.get("Tags", []))
    policy = req.get("Policy") or default_policy(tx.call.account)
    key = stored.create(tx, spec, usage, made, policy, req.get("Description", ""), tags)
    checked_policy(tx, key, policy, bypass=req.get("BypassPolicyLockoutSafetyCheck", False))
    return {"KeyMetadata": metadata(key)}


def wanted(req: Mapping[str, Any]) -> tuple[Spec, str]:
    """What kind of key is asked for, and what for."""
    if "KeySpec" in req and "CustomerMasterKeySpec" in req:
        raise ValidationException(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request."
            " CustomerMasterKeySpec is deprecated."
        )
    name = req.get("KeySpec") or req.get("CustomerMasterKeySpec") or SYMMETRIC
    origin = req.get("Origin", "AWS_KMS")
    if any(member in req for member in ELSEWHERE):
        raise errors.UnsupportedOperationException("Custom key stores are not supported.")
    if origin != "AWS_KMS":
        raise errors.UnsupportedOperationException(f"Keys of origin {origin} are not supported.")
    if req.get("MultiRegion"):
        raise errors.UnsupportedOperationException("Multi-Region keys are not supported.")
    if name not in SPECS:
        raise errors.UnsupportedOperationException(f"KeySpec {name} is not supported.")
    if "KeyUsage" not in req and name != SYMMETRIC:
        raise ValidationException(
            "You must specify a KeyUsage value for all KMS keys"
            " except for symmetric encryption keys."
        )
    usage = req.get("KeyUsage", ENCRYPT)
    if usage not in SPECS[name].algorithms:
        raise ValidationException(f"KeyUsage {usage} is not compatible with KeySpec {name}")
    return SPECS[name], usage


@ops.read
def describe_key(tx: Tx, req: t.DescribeKeyRequest) -> t.DescribeKeyResponse:
    return {"KeyMetadata": metadata(get_key(tx, req["KeyId"], by_alias=True))}


@ops.read
def list_keys(tx: Tx, req: t.ListKeysRequest) -> t.ListKeysResponse:
    owners = req.get("ResourceOwners", ["SELF"])
    found = [key.name for key in KEYS.all(tx) if stored.living(tx, Key(key))]
    return page(
        "Keys",
        found if "SELF" in owners else [],
        req,
        by=str,
        show=lambda name: {"KeyId": name, "KeyArn": arn_of(tx, f"key/{name}")},
        default=100,
        most=1000,
    )


@ops.write
def update_key_description(tx: Tx, req: t.UpdateKeyDescriptionRequest) -> None:
    key = staying_key(tx, req["KeyId"])
    stored.change(tx, key, spec={"Description": req["Description"]})


@ops.write
def enable_key(tx: Tx, req: t.EnableKeyRequest) -> None:
    """A rotation that came due meanwhile is made up for at once."""
    key = stored.change(tx, staying_key(tx, req["KeyId"]), status={"KeyState": ENABLED})
    tx.enqueue(stored.WORK, key.arn)


@ops.write
def disable_key(tx: Tx, req: t.DisableKeyRequest) -> None:
    stored.change(tx, staying_key(tx, req["KeyId"]), status={"KeyState": DISABLED})


@ops.write
def schedule_key_deletion(
    tx: Tx, req: t.ScheduleKeyDeletionRequest
) -> t.ScheduleKeyDeletionResponse:
    days = req.get("PendingWindowInDays", WINDOW[-1])
    if days not in WINDOW:
        limit = "greater than or equal to 7" if days < WINDOW[0] else "less than or equal to 30"
        raise ValidationException(
            f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy"
            f" constraint: Member must have value {limit}"
        )
    key = staying_key(tx, req["KeyId"])
    end = tx.now + timedelta(days=days)
    stored.change(tx, key, status={"KeyState": PENDING_DELETION, "DeletionDate": end.timestamp()})
    tx.enqueue(stored.WORK, key.arn, due=end)
    return {
        "KeyId": key.arn,
        "DeletionDate": end,
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }


@ops.write
def cancel_key_deletion(tx: Tx, req: t.CancelKeyDeletionRequest) -> t.CancelKeyDeletionResponse:
    """Keep a key after all; it has to be enabled again."""
    key = own_key(tx, req["KeyId"])
    if key.state != PENDING_DELETION:
        raise errors.KMSInvalidStateException(f"{key.arn} is not pending deletion.")
    stored.change(tx, key, status={"KeyState": DISABLED}, without=("DeletionDate",))
    return {"KeyId": key.arn}


def metadata(key: Key) -> t.KeyMetadata:
    """A key as it is described."""
    shown: dict[str, Any] = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.resource.created,
        "Enabled": key.state == ENABLED,
        "Description": key.resource.spec["Description"],
        "KeyUsage": key.usage,
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": key.spec.name,
        "KeySpec": key.spec.name,
        "MultiRegion": False,
        ALGORITHMS[key.usage]: list(key.algorithms),
    }
    if key.deletion is not None:
        shown["DeletionDate"] = key.deletion
    if key.rotates:
        shown["CurrentKeyMaterialId"] = key.current
    return shown  # type: ignore[return-value]
