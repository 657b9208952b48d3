"""Prices and billing: what a domain costs here is a table, and what was bought is kept.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_domains_ListPrices.html
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.names import suffixes
from forecourt.store.resources import Kind

from .domains import errors, name_in
from .operations import page

if TYPE_CHECKING:
    from forecourt.aws.types import route53domains as t
    from forecourt.store.tx import Tx

ops = Operations("route53domains")
BILLS = Kind("route53domains", "bill", errors.InvalidInput, is_global=True)
CURRENCY = "USD"
# US dollars a year; whatever is not here costs ELSE.
YEARLY = {
    "click": 3.0, "co.kr": 16.0, "co.uk": 9.0, "com": 14.0, "dev": 17.0, "info": 22.0, "io": 71.0,
    "kr": 19.0, "link": 5.0, "net": 15.0, "org": 14.0, "uk": 9.0,
}  # fmt: skip
ELSE = 20.0
RESTORATION = 60.0


@ops.read
def list_prices(tx: Tx, req: t.ListPricesRequest) -> t.ListPricesResponse:
    wanted = req.get("Tld")
    if wanted is not None and not suffixes.is_known(wanted.lower()):
        raise errors.UnsupportedTLD(
            f"Amazon Route 53 does not support the top-level domain .{wanted}."
        )
    names = sorted(YEARLY) if wanted is None else [wanted.lower()]
    shown, marker = page(names, req, 1000)
    answer: Any = {"Prices": [prices_of(name) for name in shown]}
    if marker:
        answer["NextPageMarker"] = marker
    return answer


@ops.read
def get_domain_prices(tx: Tx, req: t.GetDomainPricesRequest) -> t.GetDomainPricesResponse:
    name = name_in(req["DomainName"])
    found: Any = {"DomainPrice": prices_of(suffixes.public_suffix(name))}
    return found


@ops.read
def view_billing(tx: Tx, req: t.ViewBillingRequest) -> t.ViewBillingResponse:
    """What the caller bought, oldest first."""
    start, end = req.get("Start"), req.get("End")
    found = sorted(
        (
            each
            for each in BILLS.all(tx)
            if (start is None or each.created >= start) and (end is None or each.created <= end)
        ),
        key=lambda each: (each.created, each.name),
    )
    shown, marker = page(found, req)
    answer: Any = {
        "BillingRecords": [
            {**each.spec, "InvoiceId": each.name, "BillDate": each.created} for each in shown
        ]
    }
    if marker:
        answer["NextPageMarker"] = marker
    return answer


def bill(tx: Tx, operation: str, domain: str, years: int) -> None:
    """Note what an operation costs the caller."""
    price = RESTORATION if operation == "RESTORE_DOMAIN" else yearly(domain) * years
    spec = {"DomainName": domain, "Operation": operation, "Price": price}
    BILLS.create(tx, str(uuid.uuid4()), spec, {})


def yearly(domain: str) -> float:
    return YEARLY.get(suffixes.public_suffix(domain), ELSE)


def consented(consent: Any, price: float) -> None:
    """A premium is agreed to up to a price.  InvalidInput."""
    if consent and (consent["Currency"] != CURRENCY or consent["MaxPrice"] < price):
        raise errors.InvalidInput(f"The price is {price} {CURRENCY}, above what was consented to.")


def prices_of(suffix: str) -> dict[str, Any]:
    price = YEARLY.get(suffix, ELSE)
    return {
        "Name": suffix,
        "RegistrationPrice": amount(price),
        "TransferPrice": amount(price),
        "RenewalPrice": amount(price),
        "ChangeOwnershipPrice": amount(0.0),
        "RestorationPrice": amount(RESTORATION),
    }


def amount(price: float) -> dict[str, Any]:
    return {"Price": price, "Currency": CURRENCY, "PriceType": "STANDARD"}
