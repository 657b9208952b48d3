"""KMS as IAM sees it: policies of users and of keys, and their conditions."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.kms import AUTHORIZATION, TABLES
from tests.harness import World

from .calls import FIRST, NO_KEY, ROOT, allow, arn, create, encrypt, fault, policy, user, user_arn

ALICE = user_arn("alice")


def test_every_operation_has_its_action() -> None:
    served = {name for ops in TABLES for name in ops.table}
    assert served == set(AUTHORIZATION.actions)


@pytest.mark.parametrize(
    ("operation", "params", "action"),
    [
        ("encrypt", {"KeyId": "{key}", "Plaintext": b"x"}, "Encrypt"),
        ("encrypt", {"KeyId": "alias/a", "Plaintext": b"x"}, "Encrypt"),
        ("describe_key", {"KeyId": "{key}"}, "DescribeKey"),
        ("disable_key", {"KeyId": "{key}"}, "DisableKey"),
        ("get_key_policy", {"KeyId": "{key}"}, "GetKeyPolicy"),
        ("list_grants", {"KeyId": "{key}"}, "ListGrants"),
        ("re_encrypt", {"CiphertextBlob": b"{blob}", "DestinationKeyId": "{key}"}, "ReEncryptFrom"),
        ("decrypt", {"CiphertextBlob": b"{blob}"}, "Decrypt"),
    ],
)
def test_refusals(
    world: World, kms: Any, key: str, operation: str, params: dict[str, Any], action: str
) -> None:
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    given = {"{key}": key, b"{blob}": encrypt(kms, key)}
    named = {member: given.get(value, value) for member, value in params.items()}
    code, said = fault(getattr(user(world, "alice"), operation), **named)
    assert (code, said) == (
        "AccessDeniedException",
        (
            f"User: {ALICE} is not authorized to perform: kms:{action} on resource: {arn(key)}"
            f" because no identity-based policy allows the kms:{action} action"
        ),
    )


@pytest.mark.parametrize(
    ("operation", "params", "action"),
    [
        ("list_keys", {}, "ListKeys"),
        ("list_aliases", {}, "ListAliases"),
        ("create_key", {}, "CreateKey"),
        ("generate_random", {"NumberOfBytes": 1}, "GenerateRandom"),
    ],
)
def test_what_is_on_no_key(
    world: World, operation: str, params: dict[str, Any], action: str
) -> None:
    assert fault(getattr(user(world, "alice"), operation), **params) == (
        "AccessDeniedException",
        (
            f"User: {ALICE} is not authorized to perform: kms:{action}"
            f" because no identity-based policy allows the kms:{action} action"
        ),
    )
    getattr(user(world, "bob", f"kms:{action}"), operation)(**params)


def test_tags_need_leave_of_their_own(world: World) -> None:
    alice = user(world, "alice", "kms:CreateKey")
    create(alice)
    tags = [{"TagKey": "a", "TagValue": "1"}]
    code, said = fault(alice.create_key, Tags=tags)
    assert (code, "kms:TagResource" in said) == ("AccessDeniedException", True)


def test_a_key_that_is_not_there(world: World) -> None:
    alice = user(world, "alice")
    assert fault(alice.describe_key, KeyId=NO_KEY) == (
        "NotFoundException",
        f"Key '{arn(NO_KEY)}' does not exist",
    )
    assert fault(alice.delete_alias, AliasName="alias/none")[0] != "NotFoundException"


def test_an_alias_and_its_key(world: World, kms: Any, key: str) -> None:
    alice = user(world, "alice")
    statement = allow("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias", to=ALICE)
    for each in (key, other := create(kms)):
        kms.put_key_policy(KeyId=each, Policy=policy(ROOT, statement))
    given = {"AliasName": "alias/a", "TargetKeyId": key}
    code, said = fault(alice.create_alias, **given)
    assert (code, f"arn:aws:kms:us-east-1:{FIRST}:alias/a" in said) == (
        "AccessDeniedException",
        True,
    )
    bob = user(world, "bob", "kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias")
    bob.create_alias(**given)
    bob.update_alias(AliasName="alias/a", TargetKeyId=other)
    kms.put_key_policy(
        KeyId=other, Policy=policy(ROOT, {**allow("kms:UpdateAlias", to="*"), "Effect": "Deny"})
    )
    assert fault(bob.update_alias, **given)[0] == "AccessDeniedException"
    bob.delete_alias(AliasName="alias/a")


SYMMETRIC = ("SYMMETRIC_DEFAULT", "")
CURVE = ("ECC_NIST_P256", "SIGN_VERIFY")
MESSAGE = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}


@pytest.mark.parametrize(
    ("kind", "operation", "params", "condition", "holds"),
    [
        (CURVE, "sign", MESSAGE, {"kms:SigningAlgorithm": "ECDSA_SHA_256"}, True),
        (CURVE, "sign", MESSAGE, {"kms:SigningAlgorithm": "ECDSA_SHA_384"}, False),
        (CURVE, "sign", MESSAGE, {"kms:MessageType": "RAW"}, True),
        (CURVE, "sign", MESSAGE, {"kms:MessageType": "DIGEST"}, False),
        (CURVE, "sign", MESSAGE, {"kms:KeySpec": "ECC_NIST_P256"}, True),
        (CURVE, "sign", MESSAGE, {"kms:KeyUsage": "ENCRYPT_DECRYPT"}, False),
        (CURVE, "sign", MESSAGE, {"kms:KeyOrigin": "AWS_KMS"}, True),
        (CURVE, "sign", MESSAGE, {"kms:CallerAccount": FIRST}, True),
        (CURVE, "sign", MESSAGE, {"kms:RequestAlias": "alias/a"}, False),
        (CURVE, "sign", {**MESSAGE, "KeyId": "alias/a"}, {"kms:RequestAlias": "alias/a"}, True),
        (CURVE, "sign", MESSAGE, {"kms:ResourceAliases": "alias/a"}, True),
        (CURVE, "sign", MESSAGE, {"kms:ResourceAliases": "alias/b"}, False),
        (CURVE, "sign", MESSAGE, {"aws:ResourceTag/team": "mail"}, True),
        (SYMMETRIC, "encrypt", {"Plaintext": b"x", "EncryptionContext": {"App": "mail"}},
         {"kms:EncryptionContext:App": "mail"}, True),
        (SYMMETRIC, "encrypt", {"Plaintext": b"x", "EncryptionContext": {"App": "web"}},
         {"kms:EncryptionContext:App": "mail"}, False),
        (SYMMETRIC, "encrypt", {"Plaintext": b"x"}, {"kms:EncryptionContext:App": "mail"}, False),
        (SYMMETRIC, "encrypt", {"Plaintext": b"x"},
         {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}, True),
        (SYMMETRIC, "generate_data_key_pair", {"KeyPairSpec": "ECC_NIST_P256"},
         {"kms:DataKeyPairSpec": "RSA_2048"}, False),
        (SYMMETRIC, "schedule_key_deletion", {},
         {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}, True),
        (SYMMETRIC, "create_grant", {"GranteePrincipal": ALICE, "Operations": ["Decrypt"]},
         {"kms:GrantOperations": "Encrypt"}, False),
        (SYMMETRIC, "create_grant", {"GranteePrincipal": ALICE, "Operations": ["Decrypt"]},
         {"kms:GranteePrincipal": ALICE}, True),
    ],
)  # fmt: skip
def test_conditions(
    world: World,
    kms: Any,
    kind: tuple[str, str],
    operation: str,
    params: dict[str, Any],
    condition: dict[str, str],
    holds: bool,
) -> None:
    key = create(kms, *kind, Tags=[{"TagKey": "team", "TagValue": "mail"}])
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    statement = allow("kms:*", to=ALICE, Condition={"StringEquals": condition})
    kms.put_key_policy(KeyId=key, Policy=policy(ROOT, statement))
    call = getattr(user(world, "alice"), operation)
    given = {"KeyId": key, **params}
    if holds:
        call(**given)
    else:
        assert fault(call, **given)[0] == "AccessDeniedException"


def test_each_side_of_a_re_encryption_has_its_context(world: World, kms: Any, key: str) -> None:
    alice, other = user(world, "alice"), create(kms)
    for each, name, value in ((key, "ReEncryptFrom", "1"), (other, "ReEncryptTo", "2")):
        condition = {"StringEquals": {"kms:EncryptionContext:side": value}}
        statement = allow(f"kms:{name}", to=ALICE, Condition=condition)
        kms.put_key_policy(KeyId=each, Policy=policy(ROOT, statement))
    given = {
        "CiphertextBlob": encrypt(kms, key, side="1"),
        "SourceEncryptionContext": {"side": "1"},
        "DestinationKeyId": other,
    }
    assert fault(alice.re_encrypt, **given)[0] == "AccessDeniedException"
    alice.re_encrypt(DestinationEncryptionContext={"side": "2"}, **given)


def test_keys_of_a_new_key(world: World, kms: Any) -> None:
    iam = world.client("iam")
    alice = user(world, "alice")
    condition = {"StringEquals": {"kms:KeySpec": "ECC_NIST_P256"}}
    document = policy(
        {"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*", "Condition": condition}
    )
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document)
    assert fault(create, alice)[0] == "AccessDeniedException"
    create(alice, *CURVE)
