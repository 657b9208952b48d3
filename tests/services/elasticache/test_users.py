"""Users and user groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.elasticache.calls import group, refused
from tests.services.elasticache.test_shards import settle

PASSWORD = "password-of-16-characters"


def user(caches: Any, id: str = "app", **members: Any) -> Any:
    given = {
        "UserName": id, "Engine": "valkey", "AccessString": "on ~* +@all", "Passwords": [PASSWORD], **members,
    }  # fmt: skip
    return caches.create_user(UserId=id, **given)


def test_users_are_made_shown_and_changed(caches: Any) -> None:
    made = user(caches)
    assert made["Authentication"] == {"Type": "password", "PasswordCount": 1}
    assert made["Status"] == "active" and PASSWORD not in str(made)
    caches.modify_user(UserId="app", AppendAccessString="-@dangerous")
    (found,) = caches.describe_users(Filters=[{"Name": "user-name", "Values": ["app"]}])["Users"]
    assert found["AccessString"] == "on ~* +@all -@dangerous"
    assert caches.modify_user(UserId="app", NoPasswordRequired=True)["Authentication"] == {
        "Type": "no-password"
    }
    assert caches.delete_user(UserId="app")["Status"] == "deleting"
    with refused("UserNotFound"):
        caches.describe_users(UserId="app")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Passwords": ["short"]}, "InvalidParameterValue"),
        ({"Passwords": [PASSWORD] * 3}, "InvalidParameterValue"),
        ({"NoPasswordRequired": True}, "InvalidParameterCombination"),
        ({"AccessString": "on >secret"}, "InvalidParameterValue"), ({"AccessString": "on ~* +@all\nuser x"}, "ValidationError"),
        ({"Engine": "oracle"}, "InvalidParameterValue"), ({"UserName": "a b"}, "InvalidParameterValue"),
        ({"AuthenticationMode": {"Type": "iam"}}, "InvalidParameterCombination"),
        ({"id": "1a"}, "ValidationError"), ({"id": "a--b"}, "InvalidParameterValue"), ({"id": "default"}, "UserAlreadyExists"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(caches: Any, members: dict[str, Any], code: str) -> None:
    with refused(code):
        user(caches, **members)


def test_groups_have_users_and_caches(world: Any, caches: Any) -> None:
    user(caches)
    user(caches, "dflt", UserName="default")
    made = caches.create_user_group(UserGroupId="people", Engine="valkey", UserIds=["app", "dflt"])
    assert made["UserIds"] == ["app", "dflt"]
    (found,) = caches.describe_users(UserId="app")["Users"]
    assert found["UserGroupIds"] == ["people"]
    with refused("InvalidParameterCombination", "TransitEncryption"):
        group(caches, UserGroupIds=["people"])
    group(caches, UserGroupIds=["people"], TransitEncryptionEnabled=True)
    with refused("InvalidUserGroupState"):
        caches.delete_user_group(UserGroupId="people")
    changed = caches.modify_user_group(UserGroupId="people", UserIdsToRemove=["app"])
    assert changed["Status"] == "modifying" and changed["ReplicationGroups"] == ["shop"]
    with refused("DefaultUserAssociatedToUserGroup"):
        caches.delete_user(UserId="dflt")
    settle(world)
    caches.modify_replication_group(ReplicationGroupId="shop", RemoveUserGroups=True)
    assert caches.delete_user_group(UserGroupId="people")["Status"] == "deleting"


def test_groups_that_cannot_be_are_refused(caches: Any) -> None:
    user(caches)
    user(caches, "twin", UserName="app")
    with refused("DuplicateUserName"):
        caches.create_user_group(UserGroupId="people", Engine="valkey", UserIds=["app", "twin"])
    with refused("DefaultUserRequired"):
        caches.create_user_group(UserGroupId="people", Engine="redis", UserIds=["app"])
    with refused("UserNotFound"):
        caches.create_user_group(UserGroupId="people", Engine="valkey", UserIds=["none"])
    caches.create_user_group(UserGroupId="people", Engine="valkey")
    with refused("UserGroupAlreadyExists"):
        caches.create_user_group(UserGroupId="people", Engine="valkey")
    with refused("UserGroupNotFound"):
        caches.modify_user_group(UserGroupId="none", UserIdsToAdd=["app"])
    with refused("UserNotFound"):
        caches.modify_user_group(UserGroupId="people", UserIdsToRemove=["app"])


def test_tokens_rotate(world: Any, caches: Any) -> None:
    first, second, third = (f"{n}-token-of-16-characters" for n in (1, 2, 3))
    with refused("InvalidParameterCombination"):
        group(caches, AuthToken=first)
    with refused("InvalidParameterValue"):
        group(caches, AuthToken="short", TransitEncryptionEnabled=True)
    made = group(caches, AuthToken=first, TransitEncryptionEnabled=True)
    assert made["AuthTokenEnabled"] and first not in str(made)
    for token, strategy in ((second, "ROTATE"), (third, "ROTATE"), (third, "SET")):
        settle(world)
        caches.modify_replication_group(
            ReplicationGroupId="shop", AuthToken=token, AuthTokenUpdateStrategy=strategy,
            ApplyImmediately=True,
        )  # fmt: skip
    settle(world)
    with refused("InvalidParameterCombination"):
        caches.modify_replication_group(
            ReplicationGroupId="shop", AuthTokenUpdateStrategy="DELETE", ApplyImmediately=True
        )
