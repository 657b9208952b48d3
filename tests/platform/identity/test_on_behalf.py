"""Services that act for another account's resource, where a policy lets them in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecourt.platform.identity.on_behalf import lets_in

TOPIC = "arn:aws:sns:us-east-1:000000000000:t"


def policy(**members: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": TOPIC,
        **members,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.mark.parametrize(
    ("document", "may"),
    [
        (None, False),
        (policy(), True),
        (policy(Principal="*"), True),
        (policy(Principal={"Service": "s3.amazonaws.com"}), False),
        (policy(Principal={"AWS": "arn:aws:iam::111111111111:root"}), False),
        (policy(Action="sns:Subscribe"), False),
        (policy(Resource=f"{TOPIC}x"), False),
        (policy(Effect="Deny"), False),
        (policy(Condition={"StringEquals": {"AWS:SourceAccount": "111111111111"}}), True),
        (policy(Condition={"StringEquals": {"AWS:SourceAccount": "222222222222"}}), False),
        (policy(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:ses:*:*:identity/a"}}), True),
        (policy(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:ses:*:*:identity/b"}}), False),
    ],
)
def test_whom_a_policy_lets_in(document: str | None, may: bool) -> None:
    source = "arn:aws:ses:us-east-1:111111111111:identity/a"
    found = lets_in(document, "sns:Publish", TOPIC, "ses.amazonaws.com", source, "111111111111")
    assert found is may
