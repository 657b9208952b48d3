"""Groups and their members."""

from __future__ import annotations

import re
from typing import Any

import pytest

from forecourt.platform import quotas
from tests.harness import World

from .calls import FIRST, SES, allow, answer, as_user, fault, pages


def test_a_group_from_making_to_deleting(iam: Any) -> None:
    made = answer(iam.create_group(GroupName="Ops", Path="/x/"))["Group"]
    assert re.fullmatch("AGPA[A-Z2-7]{17}", made["GroupId"])
    assert made == {
        "Path": "/x/",
        "GroupName": "Ops",
        "GroupId": made["GroupId"],
        "Arn": f"arn:aws:iam::{FIRST}:group/x/Ops",
        "CreateDate": made["CreateDate"],
    }
    found = answer(iam.get_group(GroupName="Ops"))
    assert found == {"Group": made, "Users": [], "IsTruncated": False}
    assert iam.list_groups(PathPrefix="/x/")["Groups"] == [made]
    assert iam.list_groups(PathPrefix="/y/")["Groups"] == []
    expected = ("EntityAlreadyExists", "Group with name OPS already exists.")
    assert fault(iam.create_group, GroupName="OPS") == expected
    iam.update_group(GroupName="Ops", NewGroupName="Dev", NewPath="/")
    renamed = iam.get_group(GroupName="Dev")["Group"]
    assert renamed == {
        **made,
        "GroupName": "Dev",
        "Path": "/",
        "Arn": f"arn:aws:iam::{FIRST}:group/Dev",
    }
    iam.delete_group(GroupName="Dev")
    expected = ("NoSuchEntity", "The group with name Dev cannot be found.")
    assert fault(iam.get_group, GroupName="Dev") == expected
    assert fault(iam.delete_group, GroupName="Dev") == expected


def test_members(iam: Any) -> None:
    iam.create_group(GroupName="g")
    for name in ("b", "a"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="g", UserName=name)
        iam.add_user_to_group(GroupName="g", UserName=name)
    found = pages(iam.get_group, "Users", 1, GroupName="g")
    assert [[user["UserName"] for user in page] for page in found] == [["a"], ["b"]]
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="a")["Groups"]] == ["g"]
    iam.remove_user_from_group(GroupName="g", UserName="a")
    iam.remove_user_from_group(GroupName="g", UserName="a")
    assert iam.list_groups_for_user(UserName="a")["Groups"] == []
    expected = ("DeleteConflict", "Cannot delete entity, must remove users from group first.")
    assert fault(iam.delete_group, GroupName="g") == expected


@pytest.mark.parametrize("operation", ["add_user_to_group", "remove_user_from_group"])
def test_users_are_looked_for_first(iam: Any, operation: str) -> None:
    call = getattr(iam, operation)
    iam.create_user(UserName="u")
    assert fault(call, GroupName="g", UserName="x")[1] == "The user with name x cannot be found."
    assert fault(call, GroupName="g", UserName="u")[1] == "The group with name g cannot be found."


def test_what_a_group_may_its_members_may(world: World, iam: Any) -> None:
    client = as_user(world, iam, "u")
    assert fault(client.list_users)[0] == "AccessDenied"
    iam.create_group(GroupName="g")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=allow("iam:ListUsers"))
    iam.add_user_to_group(GroupName="g", UserName="u")
    assert len(client.list_users()["Users"]) == 1
    iam.remove_user_from_group(GroupName="g", UserName="u")
    assert fault(client.list_users)[0] == "AccessDenied"


def test_what_keeps_a_group(iam: Any) -> None:
    iam.create_group(GroupName="g")
    iam.attach_group_policy(GroupName="g", PolicyArn=SES)
    expected = ("DeleteConflict", "Cannot delete entity, must detach all policies first.")
    assert fault(iam.delete_group, GroupName="g") == expected
    iam.detach_group_policy(GroupName="g", PolicyArn=SES)
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=allow("ses:*"))
    expected = ("DeleteConflict", "Cannot delete entity, must delete policies first.")
    assert fault(iam.delete_group, GroupName="g") == expected


def test_groups_of_a_user_are_limited(world: World, iam: Any) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "GroupsPerUser", 1)
    iam.create_user(UserName="u")
    for name in ("a", "b"):
        iam.create_group(GroupName=name)
    iam.add_user_to_group(GroupName="a", UserName="u")
    iam.add_user_to_group(GroupName="a", UserName="u")
    expected = ("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 1")
    assert fault(iam.add_user_to_group, GroupName="b", UserName="u") == expected
    assert iam.get_group(GroupName="b")["Users"] == []


def test_groups_of_another_account(iam: Any, stranger: Any) -> None:
    iam.create_group(GroupName="g")
    assert fault(stranger.get_group, GroupName="g")[0] == "NoSuchEntity"
    assert stranger.list_groups()["Groups"] == []
