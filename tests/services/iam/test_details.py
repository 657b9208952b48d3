"""GetAccountAuthorizationDetails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .calls import ADMIN, EC2, SES, allow, answer, pages

LISTS = {"UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"}
DOCUMENT = allow("a:b")


@pytest.fixture
def arn(iam: Any) -> str:
    """An account with one of each; the ARN of its policy."""
    made = iam.create_policy(PolicyName="p", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=made, PolicyDocument=allow("a:c"))
    iam.create_group(GroupName="g")
    iam.put_group_policy(GroupName="g", PolicyName="gp", PolicyDocument=DOCUMENT)
    iam.attach_group_policy(GroupName="g", PolicyArn=SES)
    iam.create_user(UserName="u", PermissionsBoundary=made, Tags=[{"Key": "k", "Value": "v"}])
    iam.add_user_to_group(UserName="u", GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    iam.attach_role_policy(RoleName="r", PolicyArn=made)
    return str(made)


def test_everything(iam: Any, stranger: Any, arn: str) -> None:
    found = answer(iam.get_account_authorization_details())
    assert found.keys() == {*LISTS, "IsTruncated"}
    [user], [group], [role] = (found[f"{kind}DetailList"] for kind in ("User", "Group", "Role"))
    single = iam.get_user(UserName="u")["User"]
    assert user == {
        **single,
        "UserPolicyList": [],
        "GroupList": ["g"],
        "AttachedManagedPolicies": [],
    }
    assert group == {
        **iam.get_group(GroupName="g")["Group"],
        "GroupPolicyList": [{"PolicyName": "gp", "PolicyDocument": json.loads(DOCUMENT)}],
        "AttachedManagedPolicies": [{"PolicyName": "AmazonSESFullAccess", "PolicyArn": SES}],
    }
    shown = iam.get_role(RoleName="r")["Role"]
    del shown["MaxSessionDuration"]
    assert role == {
        **shown,
        "InstanceProfileList": [],
        "RolePolicyList": [],
        "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": arn}],
        "Tags": [],
        "RoleLastUsed": {},
    }
    aws, mine = found["Policies"]
    assert (aws["Arn"], len(aws["PolicyVersionList"])) == (SES, 1)
    versions = mine.pop("PolicyVersionList")
    single = iam.get_policy(PolicyArn=arn)["Policy"]
    assert mine == {name: value for name, value in single.items() if name != "Tags"}
    assert [v["VersionId"] for v in versions] == ["v2", "v1"]
    assert versions[1]["Document"] == json.loads(DOCUMENT)
    assert ADMIN not in json.dumps(found, default=str)
    empty = answer(stranger.get_account_authorization_details())
    assert empty == {**{name: [] for name in LISTS}, "IsTruncated": False}


@pytest.mark.parametrize(
    ("wanted", "filled"),
    [
        (["User"], {"UserDetailList"}),
        (["Group", "Role"], {"GroupDetailList", "RoleDetailList"}),
        (["LocalManagedPolicy"], {"Policies"}),
        (["AWSManagedPolicy"], {"Policies"}),
    ],
)
def test_filters(iam: Any, arn: str, wanted: list[str], filled: set[str]) -> None:
    found = iam.get_account_authorization_details(Filter=wanted)
    assert {name for name in LISTS if found[name]} == filled
    if filled == {"Policies"}:
        [policy] = found["Policies"]
        assert policy["Arn"] == (arn if wanted == ["LocalManagedPolicy"] else SES)


def test_pages(iam: Any, arn: str) -> None:
    call = iam.get_account_authorization_details
    whole = answer(call())
    for name in LISTS:
        assert [each for page in pages(call, name, 2) for each in page] == whole[name]
    assert len(pages(call, "Policies", 2)) == 3
