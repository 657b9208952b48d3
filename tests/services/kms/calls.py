"""Short ways to say what the tests of KMS say often."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.harness import World

FIRST = "000000000000"
REGION = "us-east-1"
NO_KEY = "00000000-0000-4000-8000-000000000000"


def create(kms: Any, spec: str = "SYMMETRIC_DEFAULT", usage: str = "", **options: Any) -> str:
    """Make a key; its id."""
    if usage:
        options["KeyUsage"] = usage
    return str(kms.create_key(KeySpec=spec, **options)["KeyMetadata"]["KeyId"])


def signer(kms: Any, spec: str = "ECC_NIST_P256") -> str:
    return create(kms, spec, "SIGN_VERIFY")


def arn(key: str, account: str = FIRST, region: str = REGION) -> str:
    return f"arn:aws:kms:{region}:{account}:key/{key}"


def encrypt(kms: Any, key: str, plaintext: bytes = b"secret", **context: str) -> bytes:
    given = kms.encrypt(KeyId=key, Plaintext=plaintext, EncryptionContext=context)
    return bytes(given["CiphertextBlob"])


def decrypt(kms: Any, blob: bytes, **context: str) -> bytes:
    return bytes(kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"])


def state(kms: Any, key: str) -> str:
    return str(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])


def answer(given: Any) -> dict[str, Any]:
    """An answer without what is about the exchange."""
    return {name: value for name, value in given.items() if name != "ResponseMetadata"}


def fault(call: Callable[..., Any], *args: Any, **params: Any) -> tuple[str, str]:
    """The code and the message of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(*args, **params)
    error = raised.value.response["Error"]
    return error["Code"], error.get("Message") or ""


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, to: Any = "*", **elements: Any) -> dict[str, Any]:
    """A statement of a key policy."""
    principal = to if to == "*" else {"AWS": to}
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": list(actions),
        "Resource": "*",
        **elements,
    }


ROOT = allow("kms:*", to=f"arn:aws:iam::{FIRST}:root")


def user(world: World, name: str, *actions: str) -> Any:
    """A client of a new user of the first account, whose own policy allows some actions."""
    iam = world.client("iam")
    iam.create_user(UserName=name)
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return world.client("kms", (made["AccessKeyId"], made["SecretAccessKey"]))


def user_arn(name: str) -> str:
    return f"arn:aws:iam::{FIRST}:user/{name}"
