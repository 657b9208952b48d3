"""Who may manage whom, and how refusals say it."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.iam import AUTHORIZATION, TABLES
from forecourt.services.iam.actions import shown
from tests.harness import World

from .calls import ADMIN, EC2, FIRST, SES, allow, as_user, fault

ME = f"arn:aws:iam::{FIRST}:user/team/me"
ACCOUNT = f"arn:aws:iam::{FIRST}"


@pytest.fixture
def me(world: World, iam: Any) -> Any:
    """A client of a user who may do nothing yet."""
    client = as_user(world, iam, "me")
    iam.update_user(UserName="me", NewPath="/team/")
    return client


def may(iam: Any, *actions: str, **elements: Any) -> None:
    iam.put_user_policy(UserName="me", PolicyName="p", PolicyDocument=allow(*actions, **elements))


def test_every_operation_has_its_action() -> None:
    served = {name for ops in TABLES for name in ops.table}
    assert served == set(AUTHORIZATION.actions)


@pytest.mark.parametrize(
    ("operation", "params", "action", "resource"),
    [
        ("get_user", {"UserName": "other"}, "GetUser", "user other"),
        ("get_user", {}, "GetUser", "user me"),
        ("create_access_key", {"UserName": "none"}, "CreateAccessKey", "user none"),
        ("get_role", {"RoleName": "r"}, "GetRole", "role r"),
        ("attach_role_policy", {"RoleName": "r", "PolicyArn": SES}, "AttachRolePolicy", "role r"),
        ("add_user_to_group", {"GroupName": "g", "UserName": "u"}, "AddUserToGroup", "group g"),
        ("create_policy", {"PolicyName": "p", "PolicyDocument": "{}"}, "CreatePolicy", "policy p"),
        ("get_policy", {"PolicyArn": SES}, "GetPolicy", f"policy {SES}"),
        ("list_policies", {}, "ListPolicies", "policy path /"),
        ("list_policies", {"PathPrefix": "/a/"}, "ListPolicies", "policy path /a/"),
        ("create_user", {"UserName": "u", "Path": "/x/"}, "CreateUser", f"{ACCOUNT}:user/x/u"),
        ("create_group", {"GroupName": "g"}, "CreateGroup", f"{ACCOUNT}:group/g"),
        ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": EC2}, "CreateRole",
         f"{ACCOUNT}:role/r"),
        ("list_users", {}, "ListUsers", f"{ACCOUNT}:user/"),
        ("list_roles", {"PathPrefix": "/x/"}, "ListRoles", f"{ACCOUNT}:role/x/"),
        ("list_groups", {}, "ListGroups", f"{ACCOUNT}:group/"),
        ("get_account_summary", {}, "GetAccountSummary", "*"),
    ],
)  # fmt: skip
def test_refusals(
    iam: Any, me: Any, operation: str, params: dict[str, str], action: str, resource: str
) -> None:
    iam.create_user(UserName="other", Path="/p/")
    iam.create_role(RoleName="r", Path="/p/", AssumeRolePolicyDocument=EC2)
    assert fault(getattr(me, operation), **params) == (
        "AccessDenied",
        (
            f"User: {ME} is not authorized to perform: iam:{action} on resource: {resource}"
            f" because no identity-based policy allows the iam:{action} action"
        ),
    )


def test_shown() -> None:
    assert shown("PassRole", f"{ACCOUNT}:role/p/r") == "role r"
    assert shown("GetUser", "*") == "*"


def test_paths_count(iam: Any, me: Any) -> None:
    for name, path in (("a", "/dns/"), ("b", "/")):
        iam.create_user(UserName=name, Path=path)
    may(iam, "iam:GetUser", "iam:CreateUser", "iam:ListUsers", resource=f"{ACCOUNT}:user/dns/*")
    assert me.get_user(UserName="a")
    assert fault(me.get_user, UserName="b")[0] == "AccessDenied"
    me.create_user(UserName="c", Path="/dns/")
    assert fault(me.create_user, UserName="d")[0] == "AccessDenied"
    assert len(me.list_users(PathPrefix="/dns/")["Users"]) == 2
    assert fault(me.list_users)[0] == "AccessDenied"


def test_which_policy_is_attached(iam: Any, me: Any) -> None:
    may(iam, "iam:AttachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": SES}})
    me.attach_user_policy(UserName="me", PolicyArn=SES)
    assert fault(me.attach_user_policy, UserName="me", PolicyArn=ADMIN)[0] == "AccessDenied"


def test_only_with_a_boundary(iam: Any, me: Any) -> None:
    may(iam, "iam:CreateUser", "iam:PutUserPolicy",
        Condition={"StringEquals": {"iam:PermissionsBoundary": SES}})  # fmt: skip
    assert fault(me.create_user, UserName="u")[0] == "AccessDenied"
    me.create_user(UserName="u", PermissionsBoundary=SES)
    given = {"PolicyName": "p", "PolicyDocument": allow("a:b")}
    me.put_user_policy(UserName="u", **given)
    assert fault(me.put_user_policy, UserName="me", **given)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("operation", "params", "tagging"),
    [
        ("create_user", {"UserName": "u"}, "TagUser"),
        ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": EC2}, "TagRole"),
        ("create_policy", {"PolicyName": "p", "PolicyDocument": allow("a:b")}, "TagPolicy"),
    ],
)
def test_tags_on_what_is_made(
    iam: Any, me: Any, operation: str, params: dict[str, str], tagging: str
) -> None:
    tags = {"Tags": [{"Key": "k", "Value": "v"}]}
    may(iam, "iam:Create*")
    code, text = fault(getattr(me, operation), **params, **tags)
    assert code == "AccessDenied"
    assert f"is not authorized to perform: iam:{tagging} on resource: " in text
    may(
        iam,
        "iam:Create*",
        f"iam:{tagging}",
    )
    assert getattr(me, operation)(**params, **tags)


def test_tags_of_policies_and_roles(iam: Any, me: Any) -> None:
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2, Tags=[{"Key": "k", "Value": "v"}])
    arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("a:b"))["Policy"]["Arn"]
    may(iam, "iam:Get*", Condition={"StringEquals": {"aws:ResourceTag/k": "v"}})
    assert me.get_role(RoleName="r")
    assert fault(me.get_policy, PolicyArn=arn)[0] == "AccessDenied"
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    assert me.get_policy(PolicyArn=arn)
    assert fault(me.get_policy, PolicyArn=SES)[0] == "AccessDenied"


def test_whose_key_it_is(iam: Any, me: Any) -> None:
    iam.create_user(UserName="other")
    key = iam.create_access_key(UserName="other")["AccessKey"]["AccessKeyId"]
    may(iam, "iam:GetAccessKeyLastUsed", resource=f"{ACCOUNT}:user/other")
    assert me.get_access_key_last_used(AccessKeyId=key)["UserName"] == "other"
    mine = iam.list_access_keys(UserName="me")["AccessKeyMetadata"][0]["AccessKeyId"]
    assert fault(me.get_access_key_last_used, AccessKeyId=mine)[0] == "AccessDenied"


def test_whose_policies_are_simulated(iam: Any, me: Any) -> None:
    may(iam, "iam:SimulatePrincipalPolicy", resource=ME)
    assert me.simulate_principal_policy(PolicySourceArn=ME, ActionNames=["a:b"])
    other = iam.create_user(UserName="other")["User"]["Arn"]
    code, _ = fault(me.simulate_principal_policy, PolicySourceArn=other, ActionNames=["a:b"])
    assert code == "AccessDenied"
