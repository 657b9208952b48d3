"""Prices, and what was paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.harness import World

from .calls import ask, refused, registered


def test_prices(domains: Any) -> None:
    (price,) = domains.list_prices(Tld="com")["Prices"]
    assert price["Name"] == "com"
    assert price["RegistrationPrice"]["Currency"] == "USD"
    pages = domains.get_paginator("list_prices").paginate(PaginationConfig={"PageSize": 5})
    names = [each["Name"] for page in pages for each in page["Prices"]]
    assert "co.kr" in names
    assert names == sorted(names)
    with refused("UnsupportedTLD"):
        domains.list_prices(Tld="nowhere")
    assert domains.get_domain_prices(DomainName="new.com")["DomainPrice"] == price


def test_the_bill(world: World, domains: Any, others: Any) -> None:
    registered(world, domains, "example.com", years=3)
    (record,) = domains.view_billing()["BillingRecords"]
    assert (record["Operation"], record["DomainName"]) == ("REGISTER_DOMAIN", "example.com")
    one = domains.list_prices(Tld="com")["Prices"][0]["RegistrationPrice"]["Price"]
    assert record["Price"] == 3 * one
    assert others.view_billing()["BillingRecords"] == []
    assert domains.view_billing(Start=datetime.now(UTC) + timedelta(1))["BillingRecords"] == []


def test_consent(domains: Any) -> None:
    with refused("InvalidInput", "consented"):
        ask(domains, "example.com", Consent={"MaxPrice": 1.0, "Currency": "USD"})
    assert ask(domains, "example.com", Consent={"MaxPrice": 14.0, "Currency": "USD"})
