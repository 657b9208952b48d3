"""Lambda as IAM sees it."""

from __future__ import annotations

import json
from typing import Any

from forecourt.services.lambda_ import AUTHORIZATION, TABLES
from tests.harness import World

from .calls import fault
from .conftest import register


def test_every_operation_has_its_action() -> None:
    served = {name for ops in TABLES for name in ops.table}
    assert served == set(AUTHORIZATION.actions)


def test_a_user_by_the_functions_name(world: World, lambda_: Any, echo: str) -> None:
    register(world, "other", "echo")
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": echo}
    iam.put_user_policy(
        UserName="alice", PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )  # fmt: skip
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice: Any = world.client("lambda", (key["AccessKeyId"], key["SecretAccessKey"]))
    alice.invoke(FunctionName="echo")
    for call, name in (
        (alice.invoke, "other"),
        (alice.get_function, "echo"),
        (alice.invoke, "none"),
    ):
        assert fault(call, FunctionName=name) == "AccessDeniedException"
