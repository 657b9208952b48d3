"""GetCallerIdentity and GetAccessKeyInfo."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.platform.identity import accounts
from tests.harness import FIRST_KEY, SECOND, SECOND_KEY, World


@pytest.mark.parametrize(("key", "account"), [(FIRST_KEY, accounts.FIRST), (SECOND_KEY, SECOND)])
def test_who_calls(world: World, key: tuple[str, str], account: str) -> None:
    found = world.client("sts", key).get_caller_identity()
    del found["ResponseMetadata"]
    expected = {"Account": account, "UserId": account, "Arn": f"arn:aws:iam::{account}:root"}
    assert found == expected


@pytest.mark.parametrize(
    ("key_id", "account"),
    [
        (FIRST_KEY[0], accounts.FIRST),  # these are here; their ids say nothing
        (SECOND_KEY[0], SECOND),
        (accounts.new_key_id("999988887777"), "999988887777"),
        (accounts.new_key_id("000000000001"), "000000000001"),
        (accounts.new_key_id("123456789012", "ASIA"), "123456789012"),
    ],
    ids=["first", "second", "elsewhere", "small", "session"],
)
def test_whose_a_key_is(world: World, key_id: str, account: str) -> None:
    found: Any = world.client("sts").get_access_key_info(AccessKeyId=key_id)
    assert found["Account"] == account


@pytest.mark.parametrize("key_id", ["AKIA1111111111111111", "A" * 16, "AKIA" + "A" * 16])
def test_a_key_that_is_nobodys(world: World, key_id: str) -> None:
    with pytest.raises(ClientError) as raised:
        world.client("sts").get_access_key_info(AccessKeyId=key_id)
    assert raised.value.response["Error"]["Code"] == "InvalidClientTokenId"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
