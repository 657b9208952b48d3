"""WorkMail as IAM sees it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness import World
from tests.services.workmail.calls import organization


def test_a_policy_can_be_about_one_organization(world: World, workmail: Any, org: str) -> None:
    other = organization(workmail, "other")
    iam = world.client("iam")
    iam.create_user(UserName="clerk")
    arn = f"arn:aws:workmail:us-east-1:000000000000:organization/{org}"
    statement = {"Effect": "Allow", "Action": "workmail:List*", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="clerk", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="clerk")["AccessKey"]
    clerk = world.client("workmail", (key["AccessKeyId"], key["SecretAccessKey"]))
    assert clerk.list_users(OrganizationId=org)["Users"] == []
    for refused in (
        lambda: clerk.list_users(OrganizationId=other),
        lambda: clerk.create_user(OrganizationId=org, Name="x", DisplayName="x"),
        clerk.list_organizations,
    ):
        with pytest.raises(clerk.exceptions.ClientError) as error:
            refused()
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
