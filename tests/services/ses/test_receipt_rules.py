"""Which mail rules take, from whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forecourt.platform.mail import domains
from forecourt.services.ses import identities
from forecourt.services.ses.receipt_rules import fits, is_within, taker
from forecourt.services.ses.stored import IDENTITIES
from forecourt.store.tx import Tx
from tests.harness import SECOND_KEY, World

from .calls import ME, verify
from .receipts import rule


@pytest.mark.parametrize(
    ("recipients", "address", "fit"),
    [
        ([], "x@app.test", True),
        (["app.test"], "x@APP.test", True),
        (["app.test"], "x@sub.app.test", False),
        ([".app.test"], "x@sub.app.test", True),
        ([".app.test"], "x@app.test", False),
        (["User@app.test"], "user@app.test", True),
        (["user@app.test"], "user+label@app.test", True),
        (["user+label@app.test"], "user@app.test", False),
        (["user@app.test"], "other@app.test", False),
        (["other.test", "app.test"], "x@app.test", True),
    ],
)
def test_recipients(recipients: list[str], address: str, fit: bool) -> None:
    assert fits({"Recipients": recipients}, address) is fit


def test_ranges() -> None:
    assert is_within("192.0.2.7", "192.0.2.0/24")
    assert is_within("::ffff:192.0.2.7", "192.0.2.0/24")
    for client, cidr in (
        ("192.0.3.7", "192.0.2.0/24"),
        ("x", "192.0.2.0/24"),
        ("::1", "10.0.0.0/8"),
    ):
        assert not is_within(client, cidr)


@pytest.fixture
def rules(ses: Any, domain: str) -> None:
    ses.create_receipt_rule_set(RuleSetName="set")
    rule(ses, "r", Recipients=["app.test"])


def found(world: World, address: str, client: str = "192.0.2.1") -> Any:
    return world.store.read_now(taker, address, client)


def test_who_takes_it(world: World, ses: Any, rules: None) -> None:
    assert found(world, "x@app.test") is None  # the set is not active
    ses.set_active_receipt_rule_set(RuleSetName="set")
    taken = found(world, "x@app.test")
    assert (taken.account, taken.region, taken.rule_set) == ("000000000000", "us-east-1", "set")
    assert found(world, "x@sub.app.test") is None
    assert found(world, "x@other.test") is None
    ses.update_receipt_rule(RuleSetName="set", Rule={"Name": "r", "Enabled": False})
    assert found(world, "x@app.test") is None


def test_only_for_domains_that_are_proven(world: World, ses: Any, rules: None) -> None:
    ses.set_active_receipt_rule_set(RuleSetName="set")
    other = world.client("ses", SECOND_KEY)
    other.create_receipt_rule_set(RuleSetName="all")
    other.create_receipt_rule(RuleSetName="all", Rule={"Name": "all", "Enabled": True})
    other.set_active_receipt_rule_set(RuleSetName="all")
    assert found(world, "x@app.test").account == "000000000000"
    assert found(world, "x@victim.test") is None
    other.verify_domain_identity(Domain="victim.test")
    assert found(world, "x@victim.test") is None
    verify(world, "app.test")


def test_filters(world: World, ses: Any, rules: None) -> None:
    ses.set_active_receipt_rule_set(RuleSetName="set")
    for name, policy, cidr in (
        ("b", "Block", "192.0.2.0/24"),
        ("a", "Allow", "192.0.2.9/32"),
    ):
        ses.create_receipt_filter(
            Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}}
        )
    assert found(world, "x@app.test", "192.0.2.1").blocked
    assert not found(world, "x@app.test", "192.0.2.9").blocked
    assert not found(world, "x@app.test", "198.51.100.1").blocked


def test_who_came_closest_has_the_domain(world: World, ses: Any, domain: str) -> None:
    """A domain that was proven keeps out whoever proved one above it, rules or not."""

    def whose(address: str) -> str:
        found = world.store.read_now(taker, address, "192.0.2.1")
        return found.account if found is not None else ""

    ses.create_receipt_rule_set(RuleSetName="set")
    ses.set_active_receipt_rule_set(RuleSetName="set")
    rule(ses, "all")
    assert whose("x@sub.app.test") == "000000000000"
    other = world.client("ses", SECOND_KEY)
    other.verify_domain_identity(Domain="sub.app.test")
    assert whose("x@sub.app.test") == "000000000000"
    world.store.write_now(prove, "111122223333", "sub.app.test")
    assert whose("x@sub.app.test") == ""
    other.create_receipt_rule_set(RuleSetName="set")
    other.set_active_receipt_rule_set(RuleSetName="set")
    rule(other, "all")
    assert whose("x@deep.sub.app.test") == "111122223333"
    assert whose("x@app.test") == "000000000000"
    world.store.write_now(domains.add, "mail.app.test", "111122223333", domains.new_key())
    assert whose("x@mail.app.test") == ""


def prove(tx: Tx, account: str, name: str) -> None:
    tx.call = replace(ME, account=account)
    found = IDENTITIES.find(tx, name)
    assert found is not None
    identities.note(tx, found, Verification=identities.SUCCESS, Dkim=identities.SUCCESS)
