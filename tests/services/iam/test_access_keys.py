"""Access keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from forecourt.platform.identity.accounts import account_of
from tests.harness import FIRST_KEY, World

from .calls import FIRST, allow, answer, as_user, fault, new_key, pages


def test_a_key_from_making_to_deleting(world: World, iam: Any) -> None:
    iam.create_user(UserName="u")
    made = answer(iam.create_access_key(UserName="u"))["AccessKey"]
    key = (made["AccessKeyId"], made["SecretAccessKey"])
    assert made == {
        "UserName": "u",
        "AccessKeyId": key[0],
        "Status": "Active",
        "SecretAccessKey": key[1],
        "CreateDate": made["CreateDate"],
    }
    assert (key[0][:4], account_of(key[0]), len(key[1])) == ("AKIA", FIRST, 40)
    listed = {name: value for name, value in made.items() if name != "SecretAccessKey"}
    assert answer(iam.list_access_keys(UserName="u")) == {
        "AccessKeyMetadata": [listed],
        "IsTruncated": False,
    }
    sts = world.client("sts", key)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{FIRST}:user/u"
    iam.update_access_key(UserName="u", AccessKeyId=key[0], Status="Inactive")
    assert iam.list_access_keys(UserName="u")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    assert fault(sts.get_caller_identity)[0] == "InvalidClientTokenId"
    iam.update_access_key(UserName="u", AccessKeyId=key[0], Status="Active")
    assert sts.get_caller_identity()["Account"] == FIRST
    iam.delete_access_key(UserName="u", AccessKeyId=key[0])
    assert fault(sts.get_caller_identity)[0] == "InvalidClientTokenId"
    assert iam.list_access_keys(UserName="u")["AccessKeyMetadata"] == []


def test_two_at_most(iam: Any) -> None:
    iam.create_user(UserName="u")
    keys = sorted(new_key(iam, "u")[0] for _ in range(2))
    iam.update_access_key(UserName="u", AccessKeyId=keys[0], Status="Inactive")
    expected = ("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    assert fault(iam.create_access_key, UserName="u") == expected
    found = pages(iam.list_access_keys, "AccessKeyMetadata", 1, UserName="u")
    assert [[key["AccessKeyId"] for key in page] for page in found] == [[key] for key in keys]


@pytest.mark.parametrize(
    ("operation", "params"),
    [("delete_access_key", {}), ("update_access_key", {"Status": "Active"})],
)
def test_keys_of_others(iam: Any, stranger: Any, operation: str, params: dict[str, str]) -> None:
    for name in ("u", "v"):
        iam.create_user(UserName=name)
    stranger.create_user(UserName="u")
    key, _ = new_key(iam, "v")
    expected = ("NoSuchEntity", f"The Access Key with id {key} cannot be found.")
    for client in (iam, stranger):
        assert (
            fault(getattr(client, operation), UserName="u", AccessKeyId=key, **params) == expected
        )
    assert fault(getattr(iam, operation), AccessKeyId=key, **params) == expected
    assert fault(getattr(iam, operation), UserName="x", AccessKeyId=key, **params)[1] == (
        "The user with name x cannot be found."
    )


def test_when_a_key_was_used(world: World, iam: Any, stranger: Any) -> None:
    iam.create_user(UserName="u")
    key, _ = new_key(iam, "u")
    unused = {"ServiceName": "N/A", "Region": "N/A"}
    expected = {"UserName": "u", "AccessKeyLastUsed": unused}
    assert answer(iam.get_access_key_last_used(AccessKeyId=key)) == expected
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    world.store.write_now(
        lambda tx: tx.run(
            "UPDATE access_key SET used = :at, used_service = 'ses', used_region = 'eu-west-1'"
            " WHERE id = :id",
            at=at.timestamp(),
            id=key,
        )
    )
    found = iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]
    assert found == {"LastUsedDate": at, "ServiceName": "ses", "Region": "eu-west-1"}
    who = stranger.get_user()["User"]["Arn"]
    assert fault(stranger.get_access_key_last_used, AccessKeyId=key) == (
        "AccessDenied",
        f"User: {who} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {key}",
    )


def test_a_user_s_own(world: World, iam: Any) -> None:
    own = f"arn:aws:iam::{FIRST}:user/${{aws:username}}"
    client = as_user(world, iam, "u", allow("iam:*AccessKey*", resource=own))
    iam.create_user(UserName="v")
    made = client.create_access_key()["AccessKey"]
    assert made["UserName"] == "u"
    assert len(client.list_access_keys()["AccessKeyMetadata"]) == 2
    client.update_access_key(AccessKeyId=made["AccessKeyId"], Status="Inactive")
    client.delete_access_key(AccessKeyId=made["AccessKeyId"])
    assert fault(client.create_access_key, UserName="v") == (
        "AccessDenied",
        (
            f"User: arn:aws:iam::{FIRST}:user/u is not authorized to perform: iam:CreateAccessKey on"
            " resource: user v because no identity-based policy allows the iam:CreateAccessKey action"
        ),
    )


def test_a_root_s_own(world: World, iam: Any) -> None:
    [first] = iam.list_access_keys()["AccessKeyMetadata"]
    assert first["AccessKeyId"] == FIRST_KEY[0]
    assert "UserName" not in first
    made = iam.create_access_key()["AccessKey"]
    client = world.client("sts", (made["AccessKeyId"], made["SecretAccessKey"]))
    assert client.get_caller_identity()["Arn"] == f"arn:aws:iam::{FIRST}:root"
    iam.delete_access_key(AccessKeyId=made["AccessKeyId"])
    assert fault(client.get_caller_identity)[0] == "InvalidClientTokenId"
