"""Aliases: names for keys, which may come to mean other keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forecourt.platform import quotas
from tests.harness import World

from .calls import FIRST, NO_KEY, answer, arn, create, fault, signer

ARN = f"arn:aws:kms:us-east-1:{FIRST}:alias"


def aliases(kms: Any, **options: Any) -> list[tuple[str, str]]:
    listed = kms.list_aliases(**options)["Aliases"]
    return [(each["AliasName"], each["TargetKeyId"]) for each in listed]


def test_made_and_deleted(kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/mail", TargetKeyId=arn(key))
    (listed,) = kms.list_aliases()["Aliases"]
    assert abs(listed["CreationDate"] - datetime.now(UTC)) < timedelta(seconds=10)
    assert listed == {
        "AliasName": "alias/mail",
        "AliasArn": f"{ARN}/mail",
        "TargetKeyId": key,
        "CreationDate": listed["CreationDate"],
        "LastUpdatedDate": listed["CreationDate"],
    }
    kms.delete_alias(AliasName="alias/mail")
    assert aliases(kms) == []
    for call in (kms.delete_alias, kms.update_alias):
        more = {"TargetKeyId": key} if call == kms.update_alias else {}
        assert fault(call, AliasName="alias/mail", **more) == (
            "NotFoundException",
            f"Alias {ARN}/mail is not found.",
        )


def test_taken(kms: Any, key: str, stranger: Any, elsewhere: Any) -> None:
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    assert fault(kms.create_alias, AliasName="alias/a", TargetKeyId=create(kms)) == (
        "AlreadyExistsException",
        f"An alias with the name {ARN}/a already exists",
    )
    for other in (stranger, elsewhere):
        assert aliases(other) == []
        other.create_alias(AliasName="alias/a", TargetKeyId=create(other))
    assert aliases(kms) == [("alias/a", key)]


def test_it_comes_to_mean_another_key(kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.update_alias(AliasName="alias/a", TargetKeyId=(other := create(kms)))
    (listed,) = kms.list_aliases()["Aliases"]
    assert listed["TargetKeyId"] == other
    assert listed["LastUpdatedDate"] >= listed["CreationDate"]
    made = kms.encrypt(KeyId="alias/a", Plaintext=b"x")
    assert made["KeyId"] == arn(other)
    given = {"AliasName": "alias/a", "TargetKeyId": signer(kms)}
    assert fault(kms.update_alias, **given)[0] == "ValidationException"
    kms.schedule_key_deletion(KeyId=key)
    assert fault(kms.update_alias, AliasName="alias/a", TargetKeyId=key) == (
        "KMSInvalidStateException",
        f"{arn(key)} is pending deletion.",
    )
    assert aliases(kms) == [("alias/a", other)]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("mail", "ValidationException"),
        ("alias/", "ValidationException"),
        ("alias/a:b", "ValidationException"),
        ("alias/a b", "ValidationException"),
        ("alias/" + "a" * 251, "ValidationException"),
        ("alias/aws/mail", "InvalidAliasNameException"),
    ],
)
def test_names_that_cannot_be(kms: Any, key: str, name: str, code: str) -> None:
    assert fault(kms.create_alias, AliasName=name, TargetKeyId=key)[0] == code
    assert aliases(kms) == []


def test_the_longest_name(kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/" + "a" * 250, TargetKeyId=key)
    assert aliases(kms) == [("alias/" + "a" * 250, key)]


def test_targets_that_cannot_be(kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    code, _ = fault(kms.create_alias, AliasName="alias/b", TargetKeyId="alias/a")
    assert code in ("ValidationException", "NotFoundException")
    assert (
        fault(kms.create_alias, AliasName="alias/b", TargetKeyId=NO_KEY)[0] == "NotFoundException"
    )


def test_pages_and_keys(kms: Any, key: str, stranger: Any) -> None:
    other = create(kms)
    for name, target in (("c", key), ("a", other), ("b/x", key)):
        kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=target)
    assert aliases(kms, KeyId=key) == [("alias/b/x", key), ("alias/c", key)]
    first = kms.list_aliases(Limit=2)
    assert [each["AliasName"] for each in first["Aliases"]] == ["alias/a", "alias/b/x"]
    rest = answer(kms.list_aliases(Marker=first["NextMarker"]))
    assert (rest["Truncated"], [each["AliasName"] for each in rest["Aliases"]]) == (
        False,
        ["alias/c"],
    )
    assert fault(kms.list_aliases, KeyId=NO_KEY)[0] == "NotFoundException"
    assert fault(stranger.list_aliases, KeyId=arn(key))[0] == "AccessDeniedException"


def test_the_quota(world: World, kms: Any, key: str) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "MAX_ALIASES_BY_KMS_KEY", 1)
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    given = {"AliasName": "alias/b", "TargetKeyId": key}
    assert fault(kms.create_alias, **given)[0] == "LimitExceededException"
    kms.create_alias(AliasName="alias/b", TargetKeyId=create(kms))
