"""Users: made, found, renamed, deleted, and left out of a request."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from forecourt.platform import quotas
from tests.harness import SECOND, World

from .calls import FIRST, SES, allow, answer, as_user, fault, new_key, pages


def test_a_user_from_making_to_deleting(iam: Any) -> None:
    made = answer(iam.create_user(UserName="Ada", Path="/eng/"))["User"]
    assert re.fullmatch("AIDA[A-Z2-7]{17}", made["UserId"])
    assert isinstance(made["CreateDate"], datetime)
    assert made["CreateDate"].microsecond == 0
    assert made == {
        "Path": "/eng/",
        "UserName": "Ada",
        "UserId": made["UserId"],
        "Arn": f"arn:aws:iam::{FIRST}:user/eng/Ada",
        "CreateDate": made["CreateDate"],
    }
    assert iam.get_user(UserName="Ada")["User"] == made
    assert answer(iam.list_users()) == {"Users": [made], "IsTruncated": False}
    iam.delete_user(UserName="Ada")
    expected = ("NoSuchEntity", "The user with name Ada cannot be found.")
    assert fault(iam.get_user, UserName="Ada") == expected
    assert fault(iam.delete_user, UserName="Ada") == expected


def test_details_of_one_are_not_in_lists(iam: Any) -> None:
    made = iam.create_user(
        UserName="u",
        PermissionsBoundary=SES,
        Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": ""}],
    )["User"]
    assert made["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": SES,
    }
    assert made["Tags"] == [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "2"}]
    assert iam.get_user(UserName="u")["User"] == made
    [listed] = iam.list_users()["Users"]
    assert listed == {k: v for k, v in made.items() if k not in ("PermissionsBoundary", "Tags")}


def test_names_differ_in_more_than_case(iam: Any, stranger: Any) -> None:
    iam.create_user(UserName="Ada")
    expected = ("EntityAlreadyExists", "User with name aDA already exists.")
    assert fault(iam.create_user, UserName="aDA") == expected
    assert fault(iam.get_user, UserName="aDA")[0] == "NoSuchEntity"
    assert stranger.create_user(UserName="ada")["User"]["Arn"] == f"arn:aws:iam::{SECOND}:user/ada"


def test_another_name_keeps_what_hangs_on_it(world: World, iam: Any) -> None:
    client = as_user(world, iam, "old", allow("iam:*"))
    before = iam.get_user(UserName="old")["User"]
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="old")
    iam.update_user(UserName="old", NewUserName="new", NewPath="/p/")
    after = client.get_user()["User"]
    assert after == {
        **before,
        "UserName": "new",
        "Path": "/p/",
        "Arn": f"arn:aws:iam::{FIRST}:user/p/new",
    }
    [key] = iam.list_access_keys(UserName="new")["AccessKeyMetadata"]
    assert key["UserName"] == "new"
    assert iam.list_groups_for_user(UserName="new")["Groups"][0]["GroupName"] == "g"
    assert iam.list_user_policies(UserName="new")["PolicyNames"] == ["p0"]
    assert fault(iam.get_user, UserName="old")[0] == "NoSuchEntity"


def test_renaming(iam: Any) -> None:
    iam.create_user(UserName="a")
    iam.create_user(UserName="b")
    expected = ("EntityAlreadyExists", "User with name B already exists.")
    assert fault(iam.update_user, UserName="a", NewUserName="B") == expected
    iam.update_user(UserName="a", NewUserName="A")  # its own name in other letters
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["A", "b"]
    iam.update_user(UserName="A")
    assert fault(iam.update_user, UserName="c")[0] == "NoSuchEntity"


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages_by_name(iam: Any, stranger: Any, size: int) -> None:
    for name in ("b", "C", "a"):
        iam.create_user(UserName=name)
    stranger.create_user(UserName="theirs")
    found = pages(iam.list_users, "Users", size)
    assert [user["UserName"] for page in found for user in page] == ["a", "b", "C"]
    assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)


def test_path_prefixes_need_not_end_where_names_do(iam: Any) -> None:
    for name, path in (
        ("a", "/eng/"),
        ("b", "/eng/dns/"),
        ("c", "/Eng/"),
        ("d", "/"),
        ("e", "/e_g/"),
    ):
        iam.create_user(UserName=name, Path=path)

    def under(prefix: str) -> str:
        return "".join(u["UserName"] for u in iam.list_users(PathPrefix=prefix)["Users"])

    assert [under(p) for p in ("/", "/eng/", "/en", "/eng/dns/", "/e_", "/x/")] == [
        "abcde", "ab", "ab", "b", "e", "",
    ]  # fmt: skip


def test_what_keeps_a_user(iam: Any) -> None:
    iam.create_user(UserName="u")
    iam.create_group(GroupName="g")
    key, _ = new_key(iam, "u")
    iam.attach_user_policy(UserName="u", PolicyArn=SES)
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=allow("ses:*"))
    iam.create_login_profile(UserName="u", Password="Correct-Horse1")
    iam.add_user_to_group(UserName="u", GroupName="g")
    undo: dict[str, Callable[[], Any]] = {
        "detach all policies": partial(iam.detach_user_policy, UserName="u", PolicyArn=SES),
        "delete policies": partial(iam.delete_user_policy, UserName="u", PolicyName="p"),
        "delete access keys": partial(iam.delete_access_key, UserName="u", AccessKeyId=key),
        "delete login profile": partial(iam.delete_login_profile, UserName="u"),
        "remove users from group": partial(iam.remove_user_from_group, UserName="u", GroupName="g"),
    }
    for duty, done in undo.items():
        expected = ("DeleteConflict", f"Cannot delete entity, must {duty} first.")
        assert fault(iam.delete_user, UserName="u") == expected
        done()
    iam.delete_user(UserName="u")


def test_a_quota(world: World, iam: Any, stranger: Any) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "UsersPerAccount", 1)
    iam.create_user(UserName="a")
    expected = ("LimitExceeded", "Cannot exceed quota for UsersPerAccount: 1")
    assert fault(iam.create_user, UserName="b") == expected
    stranger.create_user(UserName="b")
    stranger.create_user(UserName="c")


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"UserName": "a b"}, (r"Value at 'userName' failed to satisfy constraint: Member must"
         r" satisfy regular expression pattern: [\w+=,.@-]+")),
        ({"UserName": "caf\u00e9"}, (r"Value at 'userName' failed to satisfy constraint: Member must"
         r" satisfy regular expression pattern: [\w+=,.@-]+")),
        ({"UserName": "a" * 65}, ("Value at 'userName' failed to satisfy constraint: Member must have"
         " length less than or equal to 64")),
        ({"UserName": "a", "Path": "x/"}, ("Value at 'path' failed to satisfy constraint: Member must"
         r" satisfy regular expression pattern: (\u002F)|(\u002F[\u0021-\u007E]+\u002F)")),
        ({"UserName": "a", "Tags": [{"Key": "k", "Value": ""}] * 51}, ("Value at 'tags' failed to"
         " satisfy constraint: Member must have length less than or equal to 50")),
    ],
)  # fmt: skip
def test_what_a_request_must_be_like(iam: Any, params: dict[str, Any], text: str) -> None:
    expected = ("ValidationError", f"1 validation error detected: {text}")
    assert fault(iam.create_user, **params) == expected
    assert iam.list_users()["Users"] == []


def test_a_boundary_that_is_not_there(iam: Any) -> None:
    arn = f"arn:aws:iam::{FIRST}:policy/none"
    expected = ("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.")
    assert fault(iam.create_user, UserName="u", PermissionsBoundary=arn) == expected
    wrong = f"arn:aws:iam::{FIRST}:not_a_policy/invalid"
    expected = ("InvalidInput", f"ARN {wrong} is not valid.")
    assert fault(iam.create_user, UserName="u", PermissionsBoundary=wrong) == expected


def test_whoever_asks(world: World, iam: Any) -> None:
    client = as_user(
        world,
        iam,
        "me",
        allow("iam:GetUser", resource=f"arn:aws:iam::{FIRST}:user/${{aws:username}}"),
    )
    assert client.get_user()["User"]["UserName"] == "me"
    root = iam.get_user()["User"]
    assert (root["Arn"], root["UserId"]) == (f"arn:aws:iam::{FIRST}:root", FIRST)
    assert "UserName" not in root
    iam.create_account_alias(AccountAlias="first")
    assert iam.get_user()["User"]["UserName"] == "first"
