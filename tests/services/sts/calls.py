"""Short ways to say what the tests of STS say often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.platform.identity import accounts
from tests.harness import FIRST_KEY, World

FIRST = accounts.FIRST
Key = tuple[str, ...]


def fault(call: Callable[..., Any], *args: Any, **params: Any) -> tuple[str, int, str]:
    """The code, the status and the message of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(*args, **params)
    answer: Any = raised.value.response
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return answer["Error"]["Code"], status, answer["Error"].get("Message", "")


def key_in(answer: Any) -> Key:
    """Temporary credentials as `World.client` takes them."""
    given = answer["Credentials"]
    return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]


def assume(world: World, key: Key, role: str, name: str = "session", **params: Any) -> Any:
    """AssumeRole; the whole answer."""
    sts = world.client("sts", key)
    return sts.assume_role(RoleArn=role, RoleSessionName=name, **params)


def refused(world: World, key: Key, role: str, **params: Any) -> tuple[str, int, str]:
    return fault(assume, world, key, role, **params)


def who(world: World, key: Key = FIRST_KEY) -> dict[str, str]:
    found = world.client("sts", key).get_caller_identity()
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}
