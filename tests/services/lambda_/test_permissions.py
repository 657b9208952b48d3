"""Other accounts at a function."""

from __future__ import annotations

import json
from typing import Any

from forecourt.platform import functions
from tests.harness import SECOND, World

from .calls import fault


def test_who_may(lambda_: Any, stranger: Any, echo: str) -> None:
    assert fault(stranger.invoke, FunctionName=echo) == "AccessDeniedException"
    given = {
        "FunctionName": "echo", "StatementId": "them", "Action": "lambda:InvokeFunction",
        "Principal": SECOND,
    }  # fmt: skip
    statement = json.loads(lambda_.add_permission(**given)["Statement"])
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{SECOND}:root"}
    assert fault(lambda_.add_permission, **given) == "ResourceConflictException"
    stranger.invoke(FunctionName=echo)
    policy = json.loads(lambda_.get_policy(FunctionName="echo")["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == ["them"]
    lambda_.remove_permission(FunctionName="echo", StatementId="them")
    gone = fault(lambda_.remove_permission, FunctionName="echo", StatementId="them")
    assert gone == "ResourceNotFoundException"
    assert fault(stranger.invoke, FunctionName=echo) == "AccessDeniedException"
    assert fault(lambda_.get_policy, FunctionName="echo") == "ResourceNotFoundException"


def test_services(lambda_: Any, echo: str) -> None:
    given = {"FunctionName": "echo", "StatementId": "s", "Action": "lambda:InvokeFunction"}
    answer = lambda_.add_permission(
        **given, Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::b", SourceAccount=SECOND
    )
    statement = json.loads(answer["Statement"])
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Condition"]["ArnLike"] == {"AWS:SourceArn": "arn:aws:s3:::b"}


def test_services_invoke_for_other_accounts_where_they_may(
    world: World, lambda_: Any, echo: str
) -> None:
    def may(service: str, source: str, account: str) -> bool:
        found = world.store.read_now(functions.for_service, echo, service, source, account)
        return found is not None

    sns, topic = "sns.amazonaws.com", "arn:aws:sns:us-east-1:111111111111:t"
    assert may(sns, topic, "000000000000")
    assert not may(sns, topic, "111111111111")
    lambda_.add_permission(
        FunctionName="echo", StatementId="s", Action="lambda:InvokeFunction", Principal=sns,
        SourceArn="arn:aws:sns:us-east-1:111111111111:*",
    )  # fmt: skip
    assert may(sns, topic, "111111111111")
    assert not may(sns, topic.replace("1:t", "2:t"), "111111111112")
    assert not may("s3.amazonaws.com", topic, "111111111111")
