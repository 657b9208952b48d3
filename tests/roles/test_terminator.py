"""Whose tokens are good.  The doors themselves: tests/e2e/test_caches.py."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.model import ServiceId
from botocore.signers import RequestSigner

from forecourt.roles.terminator import door_of, is_good
from forecourt.services.elasticache.doors import Entrance
from tests.harness import FIRST_KEY, SECOND_KEY, World

OWNER = "arn:aws:elasticache:us-east-1:000000000000:replicationgroup:shop"
USER = "arn:aws:elasticache:us-east-1:000000000000:user:app"
ENTRANCE = Entrance("n", OWNER, "shop", "127.0.0.9", 6379, 6380, True, ("x",), {"app": (USER, "p")})


def token(key: tuple[str, ...], cache: str = "shop", user: str = "app", **more: Any) -> str:
    session = boto3.session.Session(key[0], key[1], *key[2:], region_name="us-east-1")
    signer = RequestSigner(
        ServiceId("elasticache"), "us-east-1", more.get("service", "elasticache"), "v4",
        session.get_credentials(), session.events,
    )  # fmt: skip
    url = signer.generate_presigned_url(
        {
            "method": "GET", "url": f"https://{cache}/?Action=connect&User={user}",
            "body": {}, "headers": {}, "context": {},
        },
        operation_name="connect", expires_in=900, region_name="us-east-1",
    )  # fmt: skip
    return url.removeprefix("https://")


def good(world: World, given: str, user: str = "app", at: datetime | None = None) -> bool:
    now = at or datetime.now(UTC)
    return world.store.read_now(is_good, ENTRANCE, user, USER, given, now)


def test_a_token_is_for_one_cache_one_user_and_a_while(world: World) -> None:
    mine = token(FIRST_KEY)
    assert good(world, mine)
    assert not good(world, mine, user="bob")
    assert not good(world, mine, at=datetime.now(UTC) + timedelta(seconds=901))
    assert not good(world, mine + "0")
    assert not good(world, token(FIRST_KEY, cache="other"))
    assert not good(world, token(FIRST_KEY, user="bob"))
    assert not good(world, token(FIRST_KEY, service="s3"))
    assert not good(world, token((FIRST_KEY[0], "wrong")))
    assert not good(world, token(SECOND_KEY))  # of another account
    for nonsense in ("", "shop", "shop/?", "shop/?Action=connect&User=app", "x" * 5000):
        assert not good(world, nonsense)


@pytest.mark.parametrize(
    ("resources", "may"), [([OWNER, USER], True), (["*"], True), ([OWNER], False), ([USER], False)]
)
def test_a_user_of_iam_needs_to_be_allowed(world: World, resources: list[str], may: bool) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    key = (made["AccessKeyId"], made["SecretAccessKey"])
    assert not good(world, token(key))
    allow = {"Effect": "Allow", "Action": "elasticache:Connect", "Resource": resources}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document)
    assert good(world, token(key)) is may


def test_a_door_is_where_its_node_is() -> None:
    door = door_of(ENTRANCE)
    assert (door.address, door.port, door.behind) == ("127.0.0.9", 6379, 6380)
