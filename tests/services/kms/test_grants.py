"""Grants: made, listed, revoked and retired, and what they allow."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forecourt.platform import quotas
from tests.harness import SECOND, World

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
    user,
    user_arn,
)

ROOT = f"arn:aws:iam::{FIRST}:root"
ALICE = user_arn("alice")


def grant(kms: Any, key: str, *operations: str, to: str = ALICE, **options: Any) -> Any:
    return answer(
        kms.create_grant(
            KeyId=key, GranteePrincipal=to, Operations=list(operations or ("Decrypt",)), **options
        )
    )


def ids(listed: Any) -> list[str]:
    return [each["GrantId"] for each in listed["Grants"]]


def test_whole_entries(kms: Any, key: str) -> None:
    constraints = {"EncryptionContextSubset": {"a": "1"}}
    made = grant(
        kms, arn(key), "Decrypt", "Encrypt",
        RetiringPrincipal=ROOT, Name="mail", Constraints=constraints,
    )  # fmt: skip
    assert made.keys() == {"GrantId", "GrantToken"}
    assert re.fullmatch(r"[0-9a-f]{64}", made["GrantId"])
    (listed,) = kms.list_grants(KeyId=key)["Grants"]
    assert abs(listed["CreationDate"] - datetime.now(UTC)) < timedelta(seconds=10)
    assert listed == {
        "KeyId": arn(key),
        "GrantId": made["GrantId"],
        "Name": "mail",
        "CreationDate": listed["CreationDate"],
        "GranteePrincipal": ALICE,
        "RetiringPrincipal": ROOT,
        "IssuingAccount": ROOT,
        "Operations": ["Decrypt", "Encrypt"],
        "Constraints": constraints,
    }


def test_asking_again(kms: Any, key: str) -> None:
    first = grant(kms, key, Name="n")
    again = grant(kms, key, Name="n")
    assert first["GrantId"] == again["GrantId"]
    assert first["GrantToken"] != again["GrantToken"]
    others = [grant(kms, key, "Encrypt", Name="n"), grant(kms, key), grant(kms, key)]
    made = {first["GrantId"], *(each["GrantId"] for each in others)}
    assert len(made) == 4
    assert set(ids(kms.list_grants(KeyId=key))) == made


def test_pages_and_filters(kms: Any, key: str) -> None:
    made = sorted(grant(kms, key)["GrantId"] for _ in range(3))
    other = grant(kms, key, to=user_arn("bob"))["GrantId"]
    grant(kms, create(kms))
    assert ids(kms.list_grants(KeyId=key)) == sorted((*made, other))
    assert ids(kms.list_grants(KeyId=key, GranteePrincipal=ALICE)) == made
    assert ids(kms.list_grants(KeyId=key, GrantId=other)) == [other]
    assert ids(kms.list_grants(KeyId=key, GrantId="0" * 64)) == []
    pages = kms.get_paginator("list_grants").paginate(KeyId=key, PaginationConfig={"PageSize": 3})
    assert [ids(page) for page in pages] == [sorted((*made, other))[:3], sorted((*made, other))[3:]]


def test_retirable(kms: Any, stranger: Any, key: str) -> None:
    made = sorted(grant(kms, key, RetiringPrincipal=ROOT)["GrantId"] for _ in range(2))
    grant(kms, key)
    found = kms.list_retirable_grants(RetiringPrincipal=ROOT)
    assert (ids(found), found["Truncated"]) == (made, False)
    assert ids(kms.list_retirable_grants(RetiringPrincipal=ROOT, Limit=1)) == made[:1]
    assert ids(stranger.list_retirable_grants(RetiringPrincipal=ROOT)) == []
    assert ids(kms.list_retirable_grants(RetiringPrincipal=ALICE)) == []
    assert fault(kms.list_retirable_grants)[0] == "ValidationException"
    assert fault(kms.list_retirable_grants, RetiringPrincipal="a")[0] == "InvalidArnException"


def test_revoked(kms: Any, key: str) -> None:
    first, second = grant(kms, key), grant(kms, key)
    none = fault(kms.revoke_grant, KeyId=create(kms), GrantId=first["GrantId"])
    assert none == ("NotFoundException", f"Grant ID {first['GrantId']} not found")
    kms.revoke_grant(KeyId=key, GrantId=first["GrantId"])
    assert ids(kms.list_grants(KeyId=key)) == [second["GrantId"]]
    assert fault(kms.revoke_grant, KeyId=key, GrantId=first["GrantId"])[0] == "NotFoundException"


def test_retired(world: World, kms: Any, key: str) -> None:
    alice, bob = user(world, "alice"), user(world, "bob")
    made = grant(kms, key, RetiringPrincipal=user_arn("bob"))
    assert fault(alice.retire_grant, GrantToken=made["GrantToken"])[0] == "AccessDeniedException"
    bob.retire_grant(GrantToken=made["GrantToken"])
    assert ids(kms.list_grants(KeyId=key)) == []
    assert fault(kms.retire_grant, GrantToken=made["GrantToken"])[0] == "NotFoundException"
    made = grant(kms, key, "RetireGrant")
    alice.retire_grant(KeyId=arn(key), GrantId=made["GrantId"])
    assert ids(kms.list_grants(KeyId=key)) == []
    assert fault(kms.retire_grant, GrantToken="bm9uZQ==")[0] == "InvalidGrantTokenException"
    assert fault(kms.retire_grant, KeyId=key) == (
        "ValidationException",
        "Grant token OR (grant ID, key ID) must be specified",
    )


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"GranteePrincipal": "alice"}, "InvalidArnException"),
        ({"RetiringPrincipal": "alice"}, "InvalidArnException"),
        ({"GranteeServicePrincipal": "ses.amazonaws.com"}, "ValidationException"),
        ({"Operations": ["Sign"]}, "ValidationException"),
        ({"Operations": ["Fly"]}, "ValidationException"),
        ({"Constraints": {"EncryptionContextEquals": {}, "EncryptionContextSubset": {}}},
         "ValidationException"),
        ({"Name": "a b"}, "ValidationException"),
        ({"KeyId": NO_KEY}, "NotFoundException"),
    ],
)  # fmt: skip
def test_grants_that_cannot_be(kms: Any, key: str, options: dict[str, Any], code: str) -> None:
    given = {"KeyId": key, "GranteePrincipal": ALICE, "Operations": ["Decrypt"], **options}
    assert fault(kms.create_grant, **given)[0] == code
    assert ids(kms.list_grants(KeyId=key)) == []


def test_states(kms: Any, key: str) -> None:
    made = grant(kms, key)
    kms.disable_key(KeyId=key)
    assert fault(grant, kms, key)[0] == "DisabledException"
    kms.schedule_key_deletion(KeyId=key)
    assert fault(grant, kms, key)[0] == "KMSInvalidStateException"
    assert ids(kms.list_grants(KeyId=key)) == [made["GrantId"]]
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])


def test_the_quota(world: World, kms: Any, key: str) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "MAX_GRANTS_BY_KMS_KEY", 1)
    grant(kms, key)
    assert fault(grant, kms, key)[0] == "LimitExceededException"


def test_what_a_grant_allows(world: World, kms: Any, key: str) -> None:
    alice, bob = user(world, "alice"), user(world, "bob")
    blob = encrypt(kms, key, a="1", b="2")
    assert fault(decrypt, alice, blob, a="1", b="2")[0] == "AccessDeniedException"
    made = grant(kms, key, Constraints={"EncryptionContextSubset": {"a": "1"}})
    assert decrypt(alice, blob, a="1", b="2") == b"secret"
    assert fault(encrypt, alice, key, a="1")[0] == "AccessDeniedException"
    assert fault(decrypt, bob, blob, a="1", b="2")[0] == "AccessDeniedException"
    other = encrypt(kms, key, b="2")
    assert fault(decrypt, alice, other, b="2")[0] == "AccessDeniedException"
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    assert fault(decrypt, alice, blob, a="1", b="2")[0] == "AccessDeniedException"


def test_re_encrypting_needs_both(world: World, kms: Any, key: str) -> None:
    alice, other = user(world, "alice"), create(kms)
    given = {"CiphertextBlob": encrypt(kms, key), "DestinationKeyId": other}
    grant(kms, key, "ReEncryptFrom")
    assert fault(alice.re_encrypt, **given)[0] == "AccessDeniedException"
    grant(kms, other, "ReEncryptTo")
    moved = alice.re_encrypt(**given)
    assert decrypt(kms, moved["CiphertextBlob"]) == b"secret"
    back = {"CiphertextBlob": moved["CiphertextBlob"], "DestinationKeyId": key}
    assert fault(alice.re_encrypt, **back)[0] == "AccessDeniedException"


def test_grants_that_make_grants(world: World, kms: Any, key: str) -> None:
    alice, bob = user(world, "alice"), user(world, "bob")
    limits = {"EncryptionContextEquals": {"a": "1"}}
    grant(kms, key, "Decrypt", "CreateGrant", Constraints=limits)
    to_bob = {"to": user_arn("bob")}
    assert fault(grant, alice, key, "Encrypt", **to_bob)[0] == "AccessDeniedException"
    assert fault(grant, alice, key, **to_bob)[0] == "AccessDeniedException"
    grant(alice, key, Constraints=limits, **to_bob)
    assert decrypt(bob, encrypt(kms, key, a="1"), a="1") == b"secret"


def test_a_user_of_another_account(kms: Any, stranger: Any) -> None:
    key = signer(kms)
    message = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    assert fault(stranger.sign, KeyId=arn(key), **message)[0] == "AccessDeniedException"
    grant(kms, key, "Sign", to=f"arn:aws:iam::{SECOND}:root")
    assert stranger.sign(KeyId=arn(key), **message)["Signature"]
