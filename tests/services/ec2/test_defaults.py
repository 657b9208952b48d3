"""Default VPCs of accounts."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import Request, urlopen

from forecourt.platform.identity import accounts
from forecourt.platform.identity.accounts import FIRST
from forecourt.platform.network import defaults as given
from forecourt.platform.network.zones import BY_DEFAULT
from forecourt.services.ec2 import defaults
from forecourt.store.tx import Tx
from tests.harness import FIRST_KEY, World

from .calls import default_vpc

THIRD = "333344445555"


def regions(tx: Tx, account: str) -> list[str]:
    """Where an account has VPCs."""
    rows = tx.all(
        "SELECT region FROM resource WHERE service = 'ec2' AND kind = 'vpc'"
        " AND account = :account ORDER BY region",
        account=account,
    )
    return [region for (region,) in rows]


def test_one_in_each_region(world: World, ec2: Any, stranger: Any) -> None:
    assert world.store.read_now(regions, FIRST) == list(BY_DEFAULT)
    for region in ("us-east-1", "ap-northeast-2"):
        client = world.client("ec2", FIRST_KEY, region)
        assert default_vpc(client)["OwnerId"] == FIRST
        (gateway,) = client.describe_internet_gateways()["InternetGateways"]
        assert gateway["Attachments"][0]["VpcId"] == default_vpc(client)["VpcId"]
    assert default_vpc(ec2)["VpcId"] != default_vpc(stranger)["VpcId"]


def test_once_only(world: World, ec2: Any) -> None:
    """What was deleted does not come back at the next start."""
    for row in ("subnet", "internet-gateway", "vpc"):
        world.store.write_now(
            lambda tx, kind: tx.run(
                "DELETE FROM resource WHERE kind = :kind AND region = 'us-east-1'", kind=kind
            ),
            row,
        )
    world.store.write_now(defaults.create, FIRST)
    assert world.store.read_now(regions, FIRST) == [r for r in BY_DEFAULT if r != "us-east-1"]


def test_an_account_made_later(world: World, ec2: Any) -> None:
    def made(tx: Tx) -> list[str]:
        accounts.create_account(tx, THIRD, "")
        lacking = given.lacking(tx)
        defaults.create(tx, THIRD)
        found = regions(tx, THIRD)
        tx.run("DELETE FROM account WHERE id = :id", id=THIRD)
        assert lacking == [THIRD]
        return found

    assert world.store.write_now(made) == list(BY_DEFAULT)


def test_after_a_reset(world: World, ec2: Any) -> None:
    before = default_vpc(ec2)["VpcId"]
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    with ThreadPoolExecutor(1) as pool:  # answered when the name servers have followed
        asked = Request(f"{world.url}/_forecourt/reset", method="POST")
        answered = pool.submit(urlopen, asked)
        while not answered.done():
            world.follow()
        with answered.result() as answer:
            assert answer.status == 200
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    assert vpc["IsDefault"]
    assert vpc["VpcId"] != before
    assert world.store.read_now(regions, FIRST) == list(BY_DEFAULT)


def test_it_is_quick(world: World, ec2: Any) -> None:
    """A start and a reset are not held up; the bound leaves room for a busy machine."""

    def seconds(tx: Tx) -> float:
        started = time.perf_counter()
        defaults.renew(tx)
        return time.perf_counter() - started

    assert min(world.store.write_now(seconds) for _ in range(3)) < 0.1
