"""A domain's years: it is renewed, or leaves the internet and is free in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from forecourt.platform import outbox
from forecourt.services.route53domains import reconcile
from forecourt.services.route53domains.domains import DOMAINS, REDEMPTION, errors
from forecourt.store.tx import Tx
from tests.harness import SECOND, World

from .calls import ask, detail, due, refused, registered, settle

NAME = "example.com"


@pytest.fixture
def pass_days(world: World, later: Callable[[float], None]) -> Callable[[float], None]:
    """Moves the calendar on by days, and looks at the domain then."""

    def by(days: float) -> None:
        later(days)
        asyncio.run(reconcile.live(world.store, NAME))

    return by


def delegated(world: World) -> bool:
    return world.ask(NAME, "NS", view="registry-1").rcode() == 0


def subjects(world: World) -> list[str]:
    """Of the notices, the one that asks for an address's verification left out."""
    found = [each.spec["Subject"] for each in world.store.read_now(outbox.sent)]
    return [each for each in found if not each.startswith("Verify")]


def test_renewed_by_itself(world: World, domains: Any, pass_days: Callable[[float], None]) -> None:
    before = registered(world, domains, NAME)["ExpirationDate"]
    pass_days(363)
    assert detail(domains, NAME)["ExpirationDate"] == before
    pass_days(2)
    assert detail(domains, NAME)["ExpirationDate"].year == before.year + 1
    for key in world.store.read_now(due, reconcile.BILL):
        asyncio.run(reconcile.charge(world.store, key))
    paid = [each["Operation"] for each in domains.view_billing()["BillingRecords"]]
    assert paid == ["REGISTER_DOMAIN", "RENEW_DOMAIN"]
    assert subjects(world) == [f"{NAME} is registered", f"{NAME} is renewed"]


def test_let_go(
    world: World, domains: Any, others: Any, pass_days: Callable[[float], None]
) -> None:
    registered(world, domains, NAME, AutoRenew=False)
    pass_days(340)
    pass_days(1)
    assert subjects(world)[1:] == [f"{NAME} expires soon"]  # once
    assert delegated(world)
    pass_days(26)
    assert not delegated(world)
    assert detail(domains, NAME)["StatusList"][0] == "autoRenewPeriod"
    pass_days(45)
    assert detail(domains, NAME)["StatusList"][0] == "redemptionPeriod"
    with refused("InvalidInput"):
        year = detail(domains, NAME)["ExpirationDate"].year
        domains.renew_domain(DomainName=NAME, CurrentExpiryYear=year)
    pass_days(31)
    assert domains.list_domains()["Domains"] == []
    ask(others, NAME)


def test_renewed_in_the_grace(
    world: World, domains: Any, pass_days: Callable[[float], None]
) -> None:
    before = registered(world, domains, NAME, AutoRenew=False)["ExpirationDate"]
    pass_days(370)
    assert not delegated(world)
    domains.renew_domain(DomainName=NAME, CurrentExpiryYear=before.year)
    settle(world)
    assert delegated(world)
    assert detail(domains, NAME)["StatusList"][0] != "autoRenewPeriod"


def test_a_zone_that_cannot_be_made(world: World, domains: Any) -> None:
    operation = ask(domains, NAME)
    refusal = errors.OperationLimitExceeded("There are too many zones.")

    def make_zone(tx: Tx, name: str, reference: str) -> list[str]:
        raise refusal

    (key,) = world.store.read_now(due, reconcile.WORK)
    asyncio.run(reconcile.operate(world.store, make_zone, key))
    found = domains.get_operation_detail(OperationId=operation)
    assert (found["Status"], found["Message"]) == ("FAILED", "There are too many zones.")
    assert world.store.read_now(lambda tx: DOMAINS.find(tx, NAME)) is None


def test_done_once(world: World, domains: Any, route53: Any) -> None:
    registered(world, domains, NAME)
    key = f"000000000000 {domains.list_operations()['Operations'][0]['OperationId']}"
    asyncio.run(reconcile.operate(world.store, lambda *_: pytest.fail("again"), key))
    assert len(route53.list_hosted_zones()["HostedZones"]) == 1


def test_what_is_not_so_any_more(world: World, domains: Any) -> None:
    """Operations are carried out only while what they were asked for can still be done."""
    registered(world, domains, NAME)
    domains.delete_domain(DomainName=NAME)
    year = detail(domains, NAME)["ExpirationDate"].year
    late = [
        domains.renew_domain(DomainName=NAME, CurrentExpiryYear=year),
        domains.update_domain_contact_privacy(DomainName=NAME, TechPrivacy=False),
    ]
    settle(world)
    for each in late:
        found = domains.get_operation_detail(OperationId=each["OperationId"])
        assert (found["Status"], found["Message"]) == (
            "FAILED",
            f"The domain {NAME} is {REDEMPTION}.",
        )
    assert not delegated(world)
    assert len(domains.view_billing()["BillingRecords"]) == 1


def test_years_add_up(world: World, domains: Any) -> None:
    before = registered(world, domains, NAME)["ExpirationDate"]
    for years in (5, 1):
        domains.renew_domain(DomainName=NAME, CurrentExpiryYear=before.year, DurationInYears=years)
    settle(world)
    assert detail(domains, NAME)["ExpirationDate"].year == before.year + 6


def test_operations_of_an_owner_before(world: World, domains: Any, others: Any) -> None:
    registered(world, domains, NAME)
    offer = domains.transfer_domain_to_another_aws_account(DomainName=NAME, AccountId=SECOND)
    asked = domains.delete_domain(DomainName=NAME)["OperationId"]
    others.accept_domain_transfer_from_another_aws_account(
        DomainName=NAME, Password=offer["Password"]
    )
    settle(world)
    assert domains.get_operation_detail(OperationId=asked)["Status"] == "FAILED"
    assert delegated(world)
    assert detail(others, NAME)["DomainName"] == NAME
