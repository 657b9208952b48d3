"""Roles."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from tests.harness import World

from .calls import EC2, FIRST, SES, allow, answer, as_user, fault, pages, trusting


def create(iam: Any, name: str = "r", trust: str = EC2, **options: Any) -> Any:
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **options)["Role"]


def test_a_role_from_making_to_deleting(iam: Any) -> None:
    tags = [{"Key": "k", "Value": "v"}]
    made = create(iam, Path="/service-role/", Description="d", MaxSessionDuration=7200, Tags=tags,
                  PermissionsBoundary=SES)  # fmt: skip
    assert re.fullmatch("AROA[A-Z2-7]{17}", made["RoleId"])
    brief = {
        "Path": "/service-role/",
        "RoleName": "r",
        "RoleId": made["RoleId"],
        "Arn": f"arn:aws:iam::{FIRST}:role/service-role/r",
        "CreateDate": made["CreateDate"],
        "AssumeRolePolicyDocument": json.loads(EC2),
    }
    single = {
        "Tags": tags,
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": SES},
    }
    assert made == {**brief, **single}
    listed = {**brief, "Description": "d", "MaxSessionDuration": 7200}
    assert iam.get_role(RoleName="r")["Role"] == {**listed, **single, "RoleLastUsed": {}}
    assert answer(iam.list_roles(PathPrefix="/service-role/")) == {
        "Roles": [listed],
        "IsTruncated": False,
    }
    iam.delete_role(RoleName="r")
    expected = ("NoSuchEntity", "The role with name r cannot be found.")
    assert fault(iam.get_role, RoleName="r") == expected
    assert fault(iam.delete_role, RoleName="r") == expected


def test_updates(iam: Any) -> None:
    create(iam, Description="d")
    assert iam.get_role(RoleName="r")["Role"]["MaxSessionDuration"] == 3600
    iam.update_role(RoleName="r")
    assert iam.get_role(RoleName="r")["Role"]["Description"] == "d"
    iam.update_role(RoleName="r", MaxSessionDuration=43200)
    iam.update_role(RoleName="r", Description="")
    found = iam.get_role(RoleName="r")["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("", 43200)
    shown = iam.update_role_description(RoleName="r", Description="e")["Role"]
    assert shown["Description"] == "e"
    assert "MaxSessionDuration" not in shown
    other = trusting({"Service": ["lambda.amazonaws.com"]})
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=other)
    assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(other)
    for call, params in (
        (iam.update_role, {}),
        (iam.update_role_description, {"Description": "x"}),
        (iam.update_assume_role_policy, {"PolicyDocument": EC2}),
    ):
        assert fault(call, RoleName="x", **params)[1] == "The role with name x cannot be found."


def test_what_keeps_a_role(iam: Any) -> None:
    create(iam)
    iam.attach_role_policy(RoleName="r", PolicyArn=SES)
    expected = ("DeleteConflict", "Cannot delete entity, must detach all policies first.")
    assert fault(iam.delete_role, RoleName="r") == expected
    iam.detach_role_policy(RoleName="r", PolicyArn=SES)
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=allow("a:b"))
    expected = ("DeleteConflict", "Cannot delete entity, must delete policies first.")
    assert fault(iam.delete_role, RoleName="r") == expected


def test_pages(iam: Any) -> None:
    for name in ("b", "C", "a"):
        create(iam, name)
    found = pages(iam.list_roles, "Roles", 2)
    assert [[role["RoleName"] for role in page] for page in found] == [["a", "b"], ["C"]]


def test_when_it_was_used(world: World, iam: Any) -> None:
    made = create(iam)
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    world.store.write_now(
        lambda tx: tx.run(
            "UPDATE iam_role SET used = :at, used_region = 'eu-west-1' WHERE id = :id",
            at=at.timestamp(),
            id=made["RoleId"],
        )
    )
    found = iam.get_role(RoleName="r")["Role"]["RoleLastUsed"]
    assert found == {"LastUsedDate": at, "Region": "eu-west-1"}


def test_a_role_is_taken_and_left(world: World, iam: Any) -> None:
    client = as_user(world, iam, "u", service="sts")
    role = create(iam, trust=trusting({"AWS": f"arn:aws:iam::{FIRST}:user/u"}))
    taken = client.assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]
    key = (taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"])
    session = world.client("iam", key)
    assert fault(session.list_users)[0] == "AccessDenied"
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=allow("iam:*"))
    assert len(session.list_users()["Users"]) == 1
    text = "Must specify userName when calling with non-User credentials"
    assert fault(session.get_user) == ("ValidationError", text)
    assert fault(session.create_access_key) == ("ValidationError", text)
