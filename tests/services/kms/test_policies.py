"""Key policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness import SECOND, World

from .calls import FIRST, ROOT, allow, answer, arn, create, encrypt, fault, policy, user, user_arn

LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


def put(kms: Any, key: str, *statements: Any, **options: Any) -> Any:
    return kms.put_key_policy(KeyId=key, Policy=policy(*statements), **options)


def test_the_default_policy(kms: Any, key: str) -> None:
    found = answer(kms.get_key_policy(KeyId=key, PolicyName="default"))
    assert found.keys() == {"Policy", "PolicyName"}
    assert found["PolicyName"] == "default"
    assert json.loads(found["Policy"]) == {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{FIRST}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    listed = answer(kms.list_key_policies(KeyId=key))
    assert listed == {"PolicyNames": ["default"], "Truncated": False}


def test_a_policy_is_kept_as_it_was_given(kms: Any, key: str) -> None:
    document = json.dumps(json.loads(policy(ROOT)), indent=3)
    kms.put_key_policy(KeyId=key, Policy=document)
    assert kms.get_key_policy(KeyId=key)["Policy"] == document
    made = create(kms, Policy=document)
    assert kms.get_key_policy(KeyId=made)["Policy"] == document


def test_other_names(kms: Any, key: str) -> None:
    none = ("NotFoundException", "No such policy exists")
    assert fault(kms.get_key_policy, KeyId=key, PolicyName="other") == none
    assert fault(put, kms, key, ROOT, PolicyName="other") == none


@pytest.mark.parametrize(
    "document",
    [
        "no JSON",
        "[]",
        json.dumps({"Version": "2012-10-17"}),
        json.dumps({"Version": "2011-10-17", "Statement": [ROOT]}),
        policy({**ROOT, "Effect": "Perhaps"}),
        policy({k: v for k, v in ROOT.items() if k != "Principal"}),
        policy({k: v for k, v in ROOT.items() if k != "Resource"}),
        policy({k: v for k, v in ROOT.items() if k != "Action"}),
    ],
)
def test_documents_that_are_none(kms: Any, key: str, document: str) -> None:
    code = "MalformedPolicyDocumentException"
    assert fault(kms.put_key_policy, KeyId=key, Policy=document)[0] == code
    assert fault(kms.create_key, Policy=document)[0] == code
    assert len(kms.list_keys()["Keys"]) == 1


def test_too_long(kms: Any, key: str) -> None:
    long = allow("kms:*", to=f"arn:aws:iam::{FIRST}:root", Sid="s" * 33_000)
    assert fault(put, kms, key, long)[0] == "LimitExceededException"


@pytest.mark.parametrize(
    "statement",
    [
        allow("kms:PutKeyPolicy", to=f"arn:aws:iam::{SECOND}:root"),
        allow("kms:Encrypt", to=f"arn:aws:iam::{FIRST}:root"),
        {**ROOT, "Effect": "Deny"},
        {**ROOT, "Resource": arn("00000000-0000-4000-8000-000000000000")},
    ],
)
def test_locked_out(kms: Any, key: str, statement: Any) -> None:
    assert fault(put, kms, key, statement) == ("MalformedPolicyDocumentException", LOCKED_OUT)
    got = fault(kms.create_key, Policy=policy(statement))
    assert got == ("MalformedPolicyDocumentException", LOCKED_OUT)


def test_locked_out_by_wish(kms: Any, key: str) -> None:
    """Then not even the root of the account may."""
    put(kms, key, allow("kms:Encrypt", "kms:DescribeKey"), BypassPolicyLockoutSafetyCheck=True)
    assert encrypt(kms, key)
    code, said = fault(put, kms, key, ROOT)
    assert (code, said) == (
        "AccessDeniedException",
        (
            f"User: arn:aws:iam::{FIRST}:root is not authorized to perform: kms:PutKeyPolicy on"
            f" resource: {arn(key)} because no resource-based policy allows the kms:PutKeyPolicy"
            " action"
        ),
    )
    assert fault(kms.disable_key, KeyId=key)[0] == "AccessDeniedException"


def test_a_user_that_a_policy_names(world: World, kms: Any, key: str) -> None:
    alice, bob = user(world, "alice"), user(world, "bob", "kms:*")
    assert fault(encrypt, alice, key)[0] == "AccessDeniedException"
    assert encrypt(bob, key)
    put(kms, key, ROOT, allow("kms:Encrypt", to=user_arn("alice")))
    assert encrypt(alice, key)
    assert fault(alice.describe_key, KeyId=key)[0] == "AccessDeniedException"
    put(kms, key, ROOT, {**allow("kms:Encrypt", to=user_arn("bob")), "Effect": "Deny"})
    for refused in (alice, bob):
        assert fault(encrypt, refused, key)[0] == "AccessDeniedException"


def test_another_account(kms: Any, stranger: Any, key: str) -> None:
    assert fault(encrypt, stranger, arn(key))[0] == "AccessDeniedException"
    put(kms, key, ROOT, allow("kms:Encrypt", "kms:Decrypt", to=SECOND))
    blob = encrypt(stranger, arn(key))
    assert stranger.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == arn(key)
    assert fault(stranger.describe_key, KeyId=arn(key))[0] == "AccessDeniedException"
    put(kms, key, ROOT, allow("kms:*", to=SECOND))
    assert stranger.describe_key(KeyId=arn(key))["KeyMetadata"]["AWSAccountId"] == FIRST
    assert fault(stranger.disable_key, KeyId=arn(key))[0] == "AccessDeniedException"
    assert stranger.list_keys()["Keys"] == []
