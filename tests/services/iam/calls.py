"""Short ways to say what the tests of IAM say often."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.harness import World

Key = tuple[str, str]
SES = "arn:aws:iam::aws:policy/AmazonSESFullAccess"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
SERVICE_ROLE = "arn:aws:iam::aws:policy/aws-service-role/AWSElasticLoadBalancingServiceRolePolicy"
FIRST = "000000000000"


def fault(call: Callable[..., Any], *args: Any, **params: Any) -> tuple[str, str]:
    """The code and the message of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(*args, **params)
    error = raised.value.response["Error"]
    return error["Code"], error.get("Message") or ""


def answer(given: Any) -> dict[str, Any]:
    """An answer without what is about the exchange."""
    return {name: value for name, value in given.items() if name != "ResponseMetadata"}


def allow(*actions: str, resource: Any = "*", effect: str = "Allow", **elements: Any) -> str:
    """An identity policy of one statement."""
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource, **elements}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trusting(principal: Any, action: str = "sts:AssumeRole") -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


EC2 = trusting({"Service": "ec2.amazonaws.com"})


def new_key(iam: Any, user: str) -> Key:
    made = iam.create_access_key(UserName=user)["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


def as_user(world: World, iam: Any, name: str, *policies: str, service: str = "iam") -> Any:
    """A client of a new user, with inline policies."""
    iam.create_user(UserName=name)
    for number, document in enumerate(policies):
        iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=document)
    return world.client(service, new_key(iam, name))


def pages(call: Callable[..., Any], member: str, size: int, **params: Any) -> list[list[Any]]:
    """What a listing answers, page by page."""
    found: list[list[Any]] = []
    marker: dict[str, str] = {}
    while True:
        page = call(MaxItems=size, **marker, **params)
        found.append(page[member])
        assert page["IsTruncated"] == ("Marker" in page)
        if not page["IsTruncated"]:
            return found
        marker = {"Marker": page["Marker"]}
