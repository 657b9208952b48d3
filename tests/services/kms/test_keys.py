"""Keys: made, described, listed, switched off and on, and given up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forecourt.platform import quotas
from tests.harness import World

from .calls import (
    FIRST,
    NO_KEY,
    answer,
    arn,
    create,
    decrypt,
    encrypt,
    fault,
    signer,
    state,
)

RSA_SIGNATURES = [
    "RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512",
]  # fmt: skip


def test_a_symmetric_key(kms: Any) -> None:
    made = kms.create_key(Description="mail")["KeyMetadata"]
    assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", made["KeyId"])
    assert abs(made["CreationDate"] - datetime.now(UTC)) < timedelta(seconds=10)
    assert re.fullmatch(r"[0-9a-f]{64}", made["CurrentKeyMaterialId"])
    assert made == {
        "AWSAccountId": FIRST,
        "KeyId": made["KeyId"],
        "Arn": arn(made["KeyId"]),
        "CreationDate": made["CreationDate"],
        "Enabled": True,
        "Description": "mail",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
        "CurrentKeyMaterialId": made["CurrentKeyMaterialId"],
    }
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"] == made


@pytest.mark.parametrize(
    ("spec", "usage", "member", "algorithms"),
    [
        ("RSA_2048", "SIGN_VERIFY", "SigningAlgorithms", RSA_SIGNATURES),
        ("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms",
         ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]),
        ("ECC_NIST_P256", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_256"]),
        ("ECC_NIST_P384", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_384"]),
        ("ECC_NIST_P521", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_512"]),
        ("ECC_SECG_P256K1", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_256"]),
        ("ECC_NIST_P256", "KEY_AGREEMENT", "KeyAgreementAlgorithms", ["ECDH"]),
        ("HMAC_224", "GENERATE_VERIFY_MAC", "MacAlgorithms", ["HMAC_SHA_224"]),
        ("HMAC_512", "GENERATE_VERIFY_MAC", "MacAlgorithms", ["HMAC_SHA_512"]),
    ],
)  # fmt: skip
def test_other_kinds(kms: Any, spec: str, usage: str, member: str, algorithms: list[str]) -> None:
    made = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]
    named = {name: value for name, value in made.items() if name.endswith("Algorithms")}
    assert named == {member: algorithms}
    assert (made["KeySpec"], made["CustomerMasterKeySpec"], made["KeyUsage"]) == (spec, spec, usage)
    assert "CurrentKeyMaterialId" not in made
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"] == made


def test_the_old_name_of_the_spec(kms: Any) -> None:
    given = {"CustomerMasterKeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
    assert kms.create_key(**given)["KeyMetadata"]["KeySpec"] == "ECC_NIST_P256"
    assert fault(kms.create_key, KeySpec="ECC_NIST_P256", **given) == (
        "ValidationException",
        (
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request."
            " CustomerMasterKeySpec is deprecated."
        ),
    )


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"KeySpec": "HMAC_256"}, "ValidationException",
         "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."),
        ({"KeyUsage": "SIGN_VERIFY"}, "ValidationException",
         "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT"),
        ({"KeySpec": "ECC_NIST_P256", "KeyUsage": "ENCRYPT_DECRYPT"}, "ValidationException",
         "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_P256"),
        ({"KeySpec": "ECC_SECG_P256K1", "KeyUsage": "KEY_AGREEMENT"}, "ValidationException",
         "KeyUsage KEY_AGREEMENT is not compatible with KeySpec ECC_SECG_P256K1"),
        ({"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}, "UnsupportedOperationException",
         "KeySpec SM2 is not supported."),
        ({"Origin": "EXTERNAL"}, "UnsupportedOperationException",
         "Keys of origin EXTERNAL are not supported."),
        ({"Origin": "EXTERNAL_KEY_STORE", "XksKeyId": "x"}, "UnsupportedOperationException",
         "Custom key stores are not supported."),
        ({"MultiRegion": True}, "UnsupportedOperationException",
         "Multi-Region keys are not supported."),
    ],
)  # fmt: skip
def test_keys_that_cannot_be(kms: Any, given: dict[str, Any], code: str, said: str) -> None:
    assert fault(kms.create_key, **given) == (code, said)
    assert kms.list_keys()["Keys"] == []


def test_the_quota(world: World, kms: Any) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "MAX_KMS_KEYS_BY_REGION", 1)
    create(kms)
    assert fault(create, kms)[0] == "LimitExceededException"


def test_pages(kms: Any, stranger: Any, elsewhere: Any) -> None:
    made = sorted(create(kms) for _ in range(5))
    theirs, abroad = create(stranger), create(elsewhere)
    listed = [{"KeyId": each, "KeyArn": arn(each)} for each in made]
    assert answer(kms.list_keys()) == {"Keys": listed, "Truncated": False}
    first = kms.list_keys(Limit=2)
    assert (first["Keys"], first["Truncated"]) == (listed[:2], True)
    second = kms.list_keys(Limit=3, Marker=first["NextMarker"])
    assert answer(second) == {"Keys": listed[2:], "Truncated": False}
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 1})
    assert [each["KeyId"] for page in pages for each in page["Keys"]] == made
    assert fault(kms.list_keys, Marker="?")[0] == "InvalidMarkerException"
    assert kms.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])["Keys"] == []
    assert [each["KeyId"] for each in stranger.list_keys()["Keys"]] == [theirs]
    assert [each["KeyArn"] for each in elsewhere.list_keys()["Keys"]] == [
        arn(abroad, region="eu-central-1")
    ]


def test_a_description_changes(kms: Any, key: str) -> None:
    kms.update_key_description(KeyId=arn(key), Description="new")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "new"
    kms.update_key_description(KeyId=key, Description="")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == ""


def test_disabled_and_enabled(kms: Any, key: str) -> None:
    blob = encrypt(kms, key)
    for _ in range(2):
        kms.disable_key(KeyId=key)
        found = kms.describe_key(KeyId=key)["KeyMetadata"]
        assert (found["KeyState"], found["Enabled"]) == ("Disabled", False)
    disabled = ("DisabledException", f"{arn(key)} is disabled.")
    assert fault(encrypt, kms, key) == fault(decrypt, kms, blob) == disabled
    assert fault(kms.generate_data_key, KeyId=key, KeySpec="AES_256") == disabled
    assert fault(kms.enable_key_rotation, KeyId=key) == disabled
    kms.enable_key(KeyId=key)
    assert state(kms, key) == "Enabled"
    assert decrypt(kms, blob) == b"secret"


@pytest.mark.parametrize(("given", "days"), [({}, 30), ({"PendingWindowInDays": 7}, 7)])
def test_given_up(kms: Any, key: str, given: dict[str, int], days: int) -> None:
    blob = encrypt(kms, key)
    before = datetime.now(UTC)
    gone = kms.schedule_key_deletion(KeyId=key, **given)
    assert (
        timedelta(0)
        <= gone["DeletionDate"] - before - timedelta(days=days) + timedelta(milliseconds=1)
        < timedelta(seconds=10)
    )
    assert answer(gone) == {
        "KeyId": arn(key),
        "DeletionDate": gone["DeletionDate"],
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }
    found = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (found["KeyState"], found["Enabled"]) == ("PendingDeletion", False)
    assert found["DeletionDate"] == gone["DeletionDate"]
    pending = ("KMSInvalidStateException", f"{arn(key)} is pending deletion.")
    assert fault(encrypt, kms, key) == fault(decrypt, kms, blob) == pending
    for call in (kms.enable_key, kms.disable_key, kms.schedule_key_deletion):
        assert fault(call, KeyId=key) == pending
    assert fault(kms.tag_resource, KeyId=key, Tags=[]) == pending
    assert fault(kms.update_key_description, KeyId=key, Description="") == pending
    assert fault(kms.create_alias, AliasName="alias/a", TargetKeyId=key) == pending
    assert answer(kms.cancel_key_deletion(KeyId=key)) == {"KeyId": arn(key)}
    found = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (found["KeyState"], "DeletionDate" in found) == ("Disabled", False)
    kms.enable_key(KeyId=key)
    assert decrypt(kms, blob) == b"secret"


def test_only_what_is_given_up_is_taken_back(kms: Any, key: str) -> None:
    assert fault(kms.cancel_key_deletion, KeyId=key) == (
        "KMSInvalidStateException",
        f"{arn(key)} is not pending deletion.",
    )


@pytest.mark.parametrize("days", [6, 31])
def test_windows_that_cannot_be(kms: Any, key: str, days: int) -> None:
    code, said = fault(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days)
    assert code == "ValidationException"
    assert f"Value '{days}' at 'pendingWindowInDays'" in said
    assert state(kms, key) == "Enabled"


def test_a_key_past_its_window_is_gone(kms: Any, key: str, later: Callable[[float], None]) -> None:
    """Whether or not a worker came to take its row away."""
    signing = signer(kms)
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{FIRST}:root",
                     RetiringPrincipal=f"arn:aws:iam::{FIRST}:root", Operations=["Decrypt"])  # fmt: skip
    blob = encrypt(kms, key)
    for each in (key, signing):
        kms.schedule_key_deletion(KeyId=each, PendingWindowInDays=7)
    later(6.9)
    assert state(kms, key) == "PendingDeletion"
    later(0.2)
    assert fault(decrypt, kms, blob)[0] == "AccessDeniedException"
    assert fault(kms.describe_key, KeyId=key) == (
        "NotFoundException",
        f"Key '{arn(key)}' does not exist",
    )
    assert fault(kms.cancel_key_deletion, KeyId=key)[0] == "NotFoundException"
    assert fault(kms.get_public_key, KeyId=signing)[0] == "NotFoundException"
    assert kms.list_keys()["Keys"] == kms.list_aliases()["Aliases"] == []
    owner = f"arn:aws:iam::{FIRST}:root"
    assert kms.list_retirable_grants(RetiringPrincipal=owner)["Grants"] == []
    assert fault(kms.describe_key, KeyId="alias/a")[0] == "NotFoundException"
    kms.create_alias(AliasName="alias/a", TargetKeyId=(other := create(kms)))
    assert kms.describe_key(KeyId="alias/a")["KeyMetadata"]["KeyId"] == other


def test_others_do_not_see_it(kms: Any, stranger: Any, elsewhere: Any, key: str) -> None:
    for other, account, region in (
        (stranger, "111122223333", "us-east-1"),
        (elsewhere, FIRST, "eu-central-1"),
    ):
        assert fault(other.describe_key, KeyId=key) == (
            "NotFoundException",
            f"Key '{arn(key, account, region)}' does not exist",
        )
    assert fault(elsewhere.describe_key, KeyId=arn(key)) == (
        "NotFoundException",
        "Invalid arn us-east-1",
    )
    for call in ("describe_key", "schedule_key_deletion", "disable_key"):
        for name in (key, NO_KEY):
            assert fault(getattr(stranger, call), KeyId=arn(name))[0] == "AccessDeniedException"
    assert state(kms, key) == "Enabled"
