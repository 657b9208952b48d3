"""Which key a caller means."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import FIRST, NO_KEY, arn, fault

ALIASES = f"arn:aws:kms:us-east-1:{FIRST}:alias"


def test_four_ways_to_say_it(kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/a/b", TargetKeyId=key)
    for given in (key, arn(key), "alias/a/b", f"{ALIASES}/a/b"):
        assert kms.describe_key(KeyId=given)["KeyMetadata"]["KeyId"] == key
        made = kms.encrypt(KeyId=given, Plaintext=b"x")
        assert made["KeyId"] == arn(key)
        assert kms.decrypt(KeyId=given, CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == b"x"


@pytest.mark.parametrize("call", ["disable_key", "enable_key_rotation", "get_key_policy"])
@pytest.mark.parametrize("given", ["alias/a", f"{ALIASES}/a"])
def test_some_operations_take_no_alias(kms: Any, key: str, call: str, given: str) -> None:
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    code, _ = fault(getattr(kms, call), KeyId=given)
    assert code in ("NotFoundException", "InvalidArnException")


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (NO_KEY, "NotFoundException", f"Key '{arn(NO_KEY)}' does not exist"),
        (arn(NO_KEY), "NotFoundException", f"Key '{arn(NO_KEY)}' does not exist"),
        ("mrk-" + "d" * 32, "NotFoundException", f"Key '{arn('mrk-' + 'd' * 32)}' does not exist"),
        ("fake", "NotFoundException", "Invalid keyId 'fake'"),
        (NO_KEY.replace("-", ""), "NotFoundException", f"Invalid keyId '{NO_KEY.replace('-', '')}'"),
        (arn("fake"), "NotFoundException", "Invalid keyId 'fake'"),
        (arn(NO_KEY, region="eu-west-1"), "NotFoundException", "Invalid arn eu-west-1"),
        ("alias/none", "NotFoundException", f"Alias {ALIASES}/none is not found."),
        (f"{ALIASES}/none", "NotFoundException", f"Alias {ALIASES}/none is not found."),
        ("arn:aws:kms", "InvalidArnException", "Invalid arn arn:aws:kms"),
        ("arn:aws:s3:us-east-1:1:key/a", "InvalidArnException",
         "Invalid arn arn:aws:s3:us-east-1:1:key/a"),
        (arn("x").replace("key/", "grant/"), "InvalidArnException",
         f"Invalid arn {arn('x').replace('key/', 'grant/')}"),
    ],
)  # fmt: skip
def test_what_is_not_there(kms: Any, given: str, code: str, said: str) -> None:
    assert fault(kms.describe_key, KeyId=given) == (code, said)
