"""Managed policies on users, groups and roles."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform import quotas
from tests.harness import World

from .calls import ADMIN, EC2, FIRST, SERVICE_ROLE, SES, allow, answer, as_user, fault, pages

UNKNOWN = f"arn:aws:iam::{FIRST}:policy/unknown"
KINDS = ("user", "group", "role")


def member(kind: str) -> str:
    return f"{kind.capitalize()}Name"


def make(iam: Any, kind: str, name: str) -> dict[str, str]:
    trust = {"AssumeRolePolicyDocument": EC2} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**{member(kind): name}, **trust)
    return {member(kind): name}


@pytest.mark.parametrize("kind", KINDS)
def test_attached_and_detached(iam: Any, kind: str) -> None:
    who = make(iam, kind, "x")
    attach = getattr(iam, f"attach_{kind}_policy")
    attached = getattr(iam, f"list_attached_{kind}_policies")
    mine = iam.create_policy(PolicyName="mine", Path="/p/", PolicyDocument=allow("a:b"))["Policy"][
        "Arn"
    ]
    for arn in (SES, mine, SES):
        attach(**who, PolicyArn=arn)
    shown = {"PolicyName": "mine", "PolicyArn": mine}
    assert answer(attached(**who)) == {
        "AttachedPolicies": [{"PolicyName": "AmazonSESFullAccess", "PolicyArn": SES}, shown],
        "IsTruncated": False,
    }
    assert pages(attached, "AttachedPolicies", 1, **who)[1] == [shown]
    assert attached(**who, PathPrefix="/p/")["AttachedPolicies"] == [shown]
    assert iam.get_policy(PolicyArn=mine)["Policy"]["AttachmentCount"] == 1
    detach = getattr(iam, f"detach_{kind}_policy")
    detach(**who, PolicyArn=SES)
    assert attached(**who)["AttachedPolicies"] == [shown]
    assert fault(detach, **who, PolicyArn=SES) == ("NoSuchEntity", "Policy ARN was not found.")
    assert fault(detach, **who, PolicyArn=UNKNOWN) == ("NoSuchEntity", "Policy ARN was not found.")


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_attached(iam: Any, stranger: Any, kind: str) -> None:
    who = make(iam, kind, "x")
    attach = getattr(iam, f"attach_{kind}_policy")
    theirs = stranger.create_policy(PolicyName="p", PolicyDocument=allow("a:b"))["Policy"]["Arn"]
    for arn in (UNKNOWN, theirs):
        expected = ("NoSuchEntity", "Policy ARN does not exist or is not attachable.")
        assert fault(attach, **who, PolicyArn=arn) == expected
    expected = ("ValidationError", "ARN longpolicynamebutnoarn is not valid.")
    assert fault(attach, **who, PolicyArn="longpolicynamebutnoarn") == expected
    expected = ("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")
    assert fault(attach, **who, PolicyArn=SERVICE_ROLE) == expected
    expected = ("NoSuchEntity", f"The {kind} with name none cannot be found.")
    assert fault(attach, **{member(kind): "none"}, PolicyArn=SES) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_quota(world: World, iam: Any, kind: str) -> None:
    quota = f"PoliciesPer{kind.capitalize()}"
    world.store.write_now(quotas.set_limit, FIRST, quota, 1)
    who = make(iam, kind, "x")
    attach = getattr(iam, f"attach_{kind}_policy")
    attach(**who, PolicyArn=SES)
    attach(**who, PolicyArn=SES)
    expected = ("LimitExceeded", f"Cannot exceed quota for {quota}: 1")
    assert fault(attach, **who, PolicyArn=ADMIN) == expected


def test_whom_a_policy_is_on(iam: Any, stranger: Any) -> None:
    for kind in KINDS:
        who = make(iam, kind, f"{kind}1")
        getattr(iam, f"attach_{kind}_policy")(**who, PolicyArn=SES)
    make(stranger, "user", "theirs")
    stranger.attach_user_policy(UserName="theirs", PolicyArn=SES)
    bounded = iam.create_user(UserName="bounded", Path="/b/", PermissionsBoundary=SES)["User"]
    found = answer(iam.list_entities_for_policy(PolicyArn=SES))
    assert [g["GroupName"] for g in found["PolicyGroups"]] == ["group1"]
    assert [r["RoleName"] for r in found["PolicyRoles"]] == ["role1"]
    assert [u["UserName"] for u in found["PolicyUsers"]] == ["bounded", "user1"]
    assert found["PolicyUsers"][0] == {"UserName": "bounded", "UserId": bounded["UserId"]}
    assert found["IsTruncated"] is False

    def names(**params: Any) -> list[str]:
        listed = []
        for member in ("PolicyGroups", "PolicyRoles", "PolicyUsers"):
            for page in pages(iam.list_entities_for_policy, member, 1, PolicyArn=SES, **params):
                listed += [next(v for k, v in each.items() if k.endswith("Name")) for each in page]
        return listed

    assert names() == ["group1", "role1", "bounded", "user1"]
    assert names(EntityFilter="Role") == ["role1"]
    assert names(PolicyUsageFilter="PermissionsBoundary") == ["bounded"]
    assert names(PolicyUsageFilter="PermissionsPolicy") == ["group1", "role1", "user1"]
    assert names(PathPrefix="/b/") == ["bounded"]


@pytest.mark.parametrize("kind", ["user", "role"])
def test_boundaries(iam: Any, kind: str) -> None:
    who = make(iam, kind, "x")
    put, get = getattr(iam, f"put_{kind}_permissions_boundary"), getattr(iam, f"get_{kind}")
    put(**who, PermissionsBoundary=SES)
    put(**who, PermissionsBoundary=ADMIN)
    assert get(**who)[kind.capitalize()]["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": ADMIN,
    }
    assert iam.get_policy(PolicyArn=ADMIN)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    getattr(iam, f"delete_{kind}_permissions_boundary")(**who)
    assert "PermissionsBoundary" not in get(**who)[kind.capitalize()]
    code, text = fault(put, **who, PermissionsBoundary=UNKNOWN)
    assert (code, text) == (
        "NoSuchEntity", f"Scope ARN: {UNKNOWN} does not exist or is not attachable."
    )  # fmt: skip
    assert fault(put, **{member(kind): "none"}, PermissionsBoundary=SES)[0] == "NoSuchEntity"


def test_a_boundary_limits_at_once(world: World, iam: Any) -> None:
    client = as_user(world, iam, "u", allow("iam:ListUsers"))
    assert client.list_users()["Users"]
    iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=SES)
    code, text = fault(client.list_users)
    assert code == "AccessDenied"
    assert text.endswith("because no permissions boundary allows the iam:ListUsers action")


def test_an_attached_policy_allows_at_once(world: World, iam: Any) -> None:
    client = as_user(world, iam, "u")
    assert fault(client.list_users)[0] == "AccessDenied"
    iam.attach_user_policy(UserName="u", PolicyArn=ADMIN)
    assert client.list_users()["Users"]
    iam.detach_user_policy(UserName="u", PolicyArn=ADMIN)
    assert fault(client.list_users)[0] == "AccessDenied"
