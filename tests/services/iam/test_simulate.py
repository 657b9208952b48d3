"""The policy simulator."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import ADMIN, EC2, FIRST, SES, allow, answer, fault, pages

BUCKET = "arn:aws:s3:::b"


def custom(
    iam: Any, *policies: str, actions: tuple[str, ...] = ("s3:GetObject",), **params: Any
) -> list[Any]:
    found = iam.simulate_custom_policy(
        PolicyInputList=list(policies), ActionNames=list(actions), **params
    )
    return list(found["EvaluationResults"])


def entry(name: str, *values: str) -> dict[str, Any]:
    return {"ContextKeyName": name, "ContextKeyType": "string", "ContextKeyValues": list(values)}


def test_what_an_answer_says(iam: Any) -> None:
    [result] = custom(iam, allow("s3:*"))
    statement = {
        "SourcePolicyId": "PolicyInputList.1",
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Line": 1, "Column": 41},
        "EndPosition": {"Line": 1, "Column": len(allow("s3:*")) - 1},
    }
    expected = {
        "EvalActionName": "s3:GetObject",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [statement],
        "MissingContextValues": [],
    }
    assert result == expected
    [result] = custom(iam, allow("s3:*"), ResourceArns=[BUCKET])
    assert result == {
        **expected,
        "EvalResourceName": BUCKET,
        "EvalDecisionDetails": {},
        "ResourceSpecificResults": [
            {
                "EvalResourceName": BUCKET,
                "EvalResourceDecision": "allowed",
                "MatchedStatements": [statement],
                "MissingContextValues": [],
            }
        ],
    }


def test_decisions(iam: Any) -> None:
    deny = allow("s3:PutObject", effect="Deny")
    results = custom(
        iam, allow("s3:*"), deny, actions=("s3:GetObject", "s3:PutObject", "ec2:RunInstances")
    )
    assert [result["EvalDecision"] for result in results] == [
        "allowed",
        "explicitDeny",
        "implicitDeny",
    ]
    matched = [[s["SourcePolicyId"] for s in r["MatchedStatements"]] for r in results]
    assert matched == [["PolicyInputList.1"], ["PolicyInputList.2"], []]


def test_each_action_on_each_resource(iam: Any) -> None:
    params = {"PolicyInputList": [allow("a:x", resource=[BUCKET])], "ActionNames": ["a:x", "a:y"],
              "ResourceArns": [BUCKET, f"{BUCKET}2"]}  # fmt: skip
    found = pages(iam.simulate_custom_policy, "EvaluationResults", 3, **params)
    shown = [
        [(r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"]) for r in p] for p in found
    ]
    assert shown == [
        [
            ("a:x", BUCKET, "allowed"),
            ("a:x", f"{BUCKET}2", "implicitDeny"),
            ("a:y", BUCKET, "implicitDeny"),
        ],
        [("a:y", f"{BUCKET}2", "implicitDeny")],
    ]


def test_keys_that_are_missing(iam: Any) -> None:
    late = allow("s3:*", Condition={"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}})
    [result] = custom(iam, late)
    assert (result["EvalDecision"], result["MissingContextValues"]) == (
        "implicitDeny",
        ["aws:CurrentTime"],
    )
    [result] = custom(iam, late, ContextEntries=[entry("AWS:currenttime", "2021-01-01T00:00:00Z")])
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])
    assert custom(iam, late, actions=("ec2:RunInstances",))[0]["MissingContextValues"] == []


def test_the_policies_of_a_user(iam: Any) -> None:
    arn = iam.create_user(UserName="u")["User"]["Arn"]
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="u")
    iam.attach_group_policy(GroupName="g", PolicyArn=SES)
    iam.put_user_policy(
        UserName="u",
        PolicyName="own",
        PolicyDocument=allow("s3:*", resource=f"{BUCKET}/${{aws:username}}/*"),
    )
    iam.put_group_policy(GroupName="g", PolicyName="gp", PolicyDocument=allow("ec2:*"))

    def matched(action: str, resource: str = "*", **params: Any) -> list[str]:
        found = iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource], **params
        )
        [result] = found["EvaluationResults"]
        assert (result["EvalDecision"] == "allowed") == bool(result["MatchedStatements"])
        return [each["SourcePolicyId"] for each in result["MatchedStatements"]]

    assert matched("ses:SendEmail") == ["AmazonSESFullAccess"]
    assert matched("ec2:RunInstances") == ["group_g_gp"]
    assert matched("s3:GetObject", f"{BUCKET}/u/x") == ["user_u_own"]
    assert matched("s3:GetObject", f"{BUCKET}/v/x") == []
    assert matched("a:b", PolicyInputList=[allow("a:b")]) == ["PolicyInputList.1"]
    other = iam.create_user(UserName="v")["User"]["Arn"]
    assert matched("s3:GetObject", f"{BUCKET}/v/x", CallerArn=other) == ["user_u_own"]


def test_the_policies_of_roles_and_groups(iam: Any) -> None:
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=allow("a:b"))
    group = iam.create_group(GroupName="g")["Group"]["Arn"]
    iam.attach_group_policy(GroupName="g", PolicyArn=ADMIN)
    for arn, name, end in ((role, "role_r_p", None), (group, "AdministratorAccess", (8, 6))):
        found = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["a:b"])
        [statement] = found["EvaluationResults"][0]["MatchedStatements"]
        assert statement["SourcePolicyId"] == name
        if end is not None:
            assert statement["StartPosition"] == {"Line": 3, "Column": 17}
            assert statement["EndPosition"] == {"Line": end[0], "Column": end[1]}


def test_boundaries(iam: Any) -> None:
    [result] = custom(iam, allow("s3:*"), PermissionsBoundaryPolicyInputList=[allow("ec2:*")])
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    arn = iam.create_user(UserName="u", PermissionsBoundary=SES)["User"]["Arn"]
    iam.attach_user_policy(UserName="u", PolicyArn=ADMIN)
    found = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["ses:SendEmail", "s3:GetObject"]
    )
    shown = [
        (r["EvalDecision"], r["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"])
        for r in found["EvaluationResults"]
    ]
    assert shown == [("allowed", True), ("implicitDeny", False)]


def test_policies_of_resources(iam: Any) -> None:
    arn = iam.create_user(UserName="u")["User"]["Arn"]
    policy = allow("s3:GetObject", Principal={"AWS": arn})
    found = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["s3:GetObject"],
        ResourceArns=[BUCKET],
        ResourcePolicy=policy,
    )
    [result] = found["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"
    assert result["MatchedStatements"][0]["SourcePolicyId"] == "ResourcePolicy"
    assert result["MatchedStatements"][0]["SourcePolicyType"] == "Resource Policy"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"PolicySourceArn": f"arn:aws:iam::{FIRST}:user/none"}, "NoSuchEntity"),
        ({"PolicySourceArn": "arn:aws:iam::111122223333:user/u"}, "NoSuchEntity"),
        ({"PolicySourceArn": f"arn:aws:iam::{FIRST}:root"}, "InvalidInput"),
        ({"PolicyInputList": ["nothing"]}, "InvalidInput"),
        ({"ResourcePolicy": "nothing"}, "InvalidInput"),
        ({"ActionNames": ["s3:*"]}, "InvalidInput"),
        ({"ActionNames": ["GetObject"]}, "InvalidInput"),
        ({"CallerArn": f"arn:aws:iam::{FIRST}:user/none"}, "NoSuchEntity"),
    ],
)
def test_bad_input(iam: Any, params: dict[str, Any], code: str) -> None:
    arn = iam.create_user(UserName="u")["User"]["Arn"]
    given = {"PolicySourceArn": arn, "ActionNames": ["a:b"], **params}
    assert fault(iam.simulate_principal_policy, **given)[0] == code


def test_context_keys(iam: Any) -> None:
    one = allow(
        "a:b",
        resource=f"{BUCKET}/${{aws:username}}/${{*}}",
        Condition={"Bool": {"aws:SecureTransport": "true"}},
    )
    two = allow(
        "a:b", Condition={"StringLike": {"AWS:username": "${aws:PrincipalTag/team, 'none'}"}}
    )
    expected = ["aws:SecureTransport", "aws:username", "aws:PrincipalTag/team"]
    found = answer(iam.get_context_keys_for_custom_policy(PolicyInputList=[one, two]))
    assert found == {"ContextKeyNames": expected}
    arn = iam.create_user(UserName="u")["User"]["Arn"]
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=two)
    found = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn, PolicyInputList=[one])
    assert sorted(found["ContextKeyNames"]) == [
        "AWS:username",
        "aws:PrincipalTag/team",
        "aws:SecureTransport",
    ]
