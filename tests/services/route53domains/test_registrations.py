"""Registering, renewing, deleting, listing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from forecourt.services.route53domains.registrations import later
from tests.harness import World

from .calls import CONTACT, ask, detail, refused, registered, settle


def test_a_registered_name_is_delegated(world: World, domains: Any, route53: Any) -> None:
    found = registered(world, domains, "jpub.co.kr", years=2)
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    assert zone["Name"] == "jpub.co.kr."
    servers = route53.get_hosted_zone(Id=zone["Id"])["DelegationSet"]["NameServers"]
    assert [each["Name"] for each in found["Nameservers"]] == servers
    reply = world.ask("www.jpub.co.kr", view="registry-2")
    assert {each.to_text().rstrip(".") for each in reply.authority[0]} == set(servers)
    assert found["ExpirationDate"].year == found["CreationDate"].year + 2
    assert found["StatusList"] == ["clientTransferProhibited"]
    assert found["RegistrantContact"]["Email"] == "alice@example.com"
    assert found["AdminPrivacy"] is True


def test_availability(world: World, domains: Any, others: Any) -> None:
    def said(client: Any) -> str:
        return str(client.check_domain_availability(DomainName="example.com")["Availability"])

    assert said(others) == "AVAILABLE"
    ask(domains, "example.com")
    assert said(others) == "UNAVAILABLE"
    with refused("DuplicateRequest"):
        ask(others, "example.com")
    for name, code in (("www.example.com", "InvalidInput"), ("example.nowhere", "UnsupportedTLD")):
        with refused(code):
            domains.check_domain_availability(DomainName=name)


def test_suggestions(domains: Any) -> None:
    ask(domains, "example.net")

    def suggested(**asked: Any) -> list[str]:
        found = domains.get_domain_suggestions(DomainName="example.com", **asked)
        return [each["DomainName"] for each in found["SuggestionsList"]]

    assert len(suggested(SuggestionCount=50, OnlyAvailable=True)) == 50
    assert "example.net" not in suggested(SuggestionCount=50, OnlyAvailable=True)
    assert suggested(SuggestionCount=1, OnlyAvailable=False) == ["example.net"]
    with refused("InvalidInput"):
        suggested(SuggestionCount=51, OnlyAvailable=True)


@pytest.mark.parametrize(
    ("member", "value"), [("Email", "nowhere"), ("PhoneNumber", "0212345678"), ("City", "")]
)
def test_contacts(domains: Any, member: str, value: str) -> None:
    with refused("InvalidInput"):
        ask(domains, "example.com", RegistrantContact={**CONTACT, member: value})


def test_renewal(world: World, domains: Any) -> None:
    before = registered(world, domains, "example.com")["ExpirationDate"]
    with refused("InvalidInput", "CurrentExpiryYear"):
        domains.renew_domain(DomainName="example.com", CurrentExpiryYear=before.year + 1)
    with refused("TLDRulesViolation"):
        domains.renew_domain(
            DomainName="example.com", CurrentExpiryYear=before.year, DurationInYears=10
        )
    domains.renew_domain(DomainName="example.com", CurrentExpiryYear=before.year, DurationInYears=9)
    settle(world)
    assert detail(domains, "example.com")["ExpirationDate"].year == before.year + 9


def test_deleted_and_restored(world: World, domains: Any) -> None:
    registered(world, domains, "example.com")
    domains.delete_domain(DomainName="example.com")
    settle(world)
    assert detail(domains, "example.com")["StatusList"][0] == "redemptionPeriod"
    assert world.ask("example.com", "NS", view="registry-1").rcode() == 3
    with refused("InvalidInput"):
        domains.enable_domain_auto_renew(DomainName="example.com")
    with refused("InvalidInput"):
        domains.delete_domain(DomainName="example.com")
    domains.restore_domain(DomainName="example.com")
    settle(world)
    assert world.ask("example.com", "NS", view="registry-1").rcode() == 0
    with refused("InvalidInput"):
        domains.restore_domain(DomainName="example.com")


def test_listing(world: World, domains: Any) -> None:
    for name, years in (("b.com", 1), ("a.com", 3), ("c.net", 2)):
        registered(world, domains, name, years=years)

    def listed(**asked: Any) -> list[str]:
        return [each["DomainName"] for each in domains.list_domains(**asked)["Domains"]]

    assert listed() == ["a.com", "b.com", "c.net"]
    assert listed(SortCondition={"Name": "Expiry", "SortOrder": "DESC"}) == [
        "a.com",
        "c.net",
        "b.com",
    ]
    starting = {"Name": "DomainName", "Operator": "BEGINS_WITH", "Values": ["A"]}
    assert listed(FilterConditions=[starting]) == ["a.com"]
    limit = detail(domains, "c.net")["ExpirationDate"].timestamp()
    until = {"Name": "Expiry", "Operator": "LE", "Values": [str(limit)]}
    assert listed(FilterConditions=[until]) == ["b.com", "c.net"]
    with refused("InvalidInput"):
        listed(FilterConditions=[{**until, "Operator": "BEGINS_WITH"}])
    pages = domains.get_paginator("list_domains").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["Domains"]) for page in pages] == [2, 1]


def test_auto_renewal_is_chosen(world: World, domains: Any) -> None:
    assert registered(world, domains, "example.com")["AutoRenew"]
    domains.disable_domain_auto_renew(DomainName="example.com")
    assert not detail(domains, "example.com")["AutoRenew"]
    domains.enable_domain_auto_renew(DomainName="example.com")
    assert detail(domains, "example.com")["AutoRenew"]


def test_a_leap_day() -> None:
    assert later(datetime(2028, 2, 29, tzinfo=UTC), 1) == datetime(2029, 2, 28, tzinfo=UTC)
    assert later(datetime(2028, 2, 29, tzinfo=UTC), 4) == datetime(2032, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize("name", ["nic.com", "awsdns-07.co.uk", "root-servers.net"])
def test_names_of_our_own_servers(domains: Any, name: str) -> None:
    found = domains.check_domain_availability(DomainName=name)
    assert found["Availability"] == "RESERVED"
    with refused("InvalidInput"):
        ask(domains, name)
