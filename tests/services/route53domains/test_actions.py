"""Every operation is an action of its own, on all resources."""

from __future__ import annotations

import json
from typing import Any

from forecourt.services.route53domains.actions import ACTIONS
from tests.harness import World

from .calls import refused


def test_every_operation_is_one() -> None:
    assert len(ACTIONS) == 36


def test_a_user_needs_it(world: World, domains: Any) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    user = world.client("route53domains", (key["AccessKeyId"], key["SecretAccessKey"]))
    with refused("AccessDeniedException", "route53domains:ListDomains"):
        user.list_domains()
    allowed = {"Effect": "Allow", "Action": "route53domains:ListDomains", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="alice", PolicyName="look", PolicyDocument=document)
    assert user.list_domains()["Domains"] == []
