"""Registering, renewing, deleting and describing domains.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/registrar.html
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.names import registry, suffixes

from .domains import (
    CONTACTS,
    DOMAINS,
    EXPIRED,
    OK,
    PENDING,
    REDEMPTION,
    change,
    ds_of,
    errors,
    expiry,
    living,
    name_in,
    new_code,
    own,
    tag_of,
)
from .operations import page, submit
from .prices import amount, consented, yearly

if TYPE_CHECKING:
    from forecourt.aws.types import route53domains as t
    from forecourt.store.resources import Resource
    from forecourt.store.tx import Tx

ops = Operations("route53domains")
LIFE = "route53domains-life"  # the kind of work that follows a domain's years
MOST_YEARS = 10
REGISTRAR = "Forecourt"
RESERVED = re.compile(r"(nic|awsdns-\d+)\.|root-servers\.net\Z")  # where our own servers' names lie
WORDS = ("online", "shop", "web", "now", "hub", "app", "site", "world", "go", "my")


@ops.read
def check_domain_availability(
    tx: Tx, req: t.CheckDomainAvailabilityRequest
) -> t.CheckDomainAvailabilityResponse:
    name = name_in(req["DomainName"])
    answer: Any = {"Availability": availability(tx, name)}
    if answer["Availability"] == "AVAILABLE":
        answer["Price"] = amount(yearly(name))
    return answer


@ops.read
def get_domain_suggestions(
    tx: Tx, req: t.GetDomainSuggestionsRequest
) -> t.GetDomainSuggestionsResponse:
    """Names like one that is wanted: other suffixes, other words."""
    name = name_in(req["DomainName"])
    suffix = suffixes.public_suffix(name)
    stem = name.removesuffix(f".{suffix}")
    if not 0 < req["SuggestionCount"] <= 50:
        raise errors.InvalidInput("SuggestionCount must be between 1 and 50.")
    endings = [each for each in ("com", "net", "org", "io", "dev", "link") if each != suffix]
    wanted = [f"{stem}.{each}" for each in endings]
    wanted += [f"{stem}{word}.{suffix}" for word in WORDS]
    wanted += [f"{word}{stem}.{each}" for each in endings for word in WORDS]
    found: list[Any] = []
    for each in wanted:
        state = availability(tx, each)
        if state == "AVAILABLE" or not req["OnlyAvailable"]:
            found.append({"DomainName": each, "Availability": state, "Price": amount(yearly(each))})
    return {"SuggestionsList": found[: req["SuggestionCount"]]}


@ops.write
def register_domain(tx: Tx, req: t.RegisterDomainRequest) -> t.RegisterDomainResponse:
    """Take a name; its zone and its delegation follow as an operation."""
    name = name_in(req["DomainName"])
    if DOMAINS.find(tx, name) is not None:
        raise errors.DuplicateRequest(f"The domain {name} is registered, or about to be.")
    if availability(tx, name) != "AVAILABLE":
        raise errors.InvalidInput(f"The domain {name} is not available.")
    given: Any = req
    years = req["DurationInYears"]
    consented(req.get("Consent"), yearly(name) * years)
    now = tx.now.timestamp()
    spec: dict[str, Any] = {
        "Account": tx.call.account,
        "State": PENDING,
        "AutoRenew": req.get("AutoRenew", True),
        "TransferLock": True,
        "AuthCode": new_code(tx),
        "Nameservers": [],
        "DnssecKeys": [],
        "Created": now,
        "Updated": now,
        "Expiry": later(tx.now, years).timestamp(),
        "Transfer": None,
    }
    for kind in CONTACTS:
        contact = given.get(f"{kind}Contact") or given["RegistrantContact"]
        check_contact(contact)
        spec[f"{kind}Contact"] = contact
        spec[f"{kind}Privacy"] = given.get(f"PrivacyProtect{kind}Contact", True)
    DOMAINS.create(tx, name, spec, {})
    return {"OperationId": submit(tx, "REGISTER_DOMAIN", name, Years=years)}


@ops.write
def renew_domain(tx: Tx, req: t.RenewDomainRequest) -> t.RenewDomainResponse:
    """Years more; also in the grace after its end."""
    found = own(tx, req["DomainName"])
    if found.spec["State"] not in (OK, EXPIRED):
        raise errors.InvalidInput(f"The domain {found.name} is {found.spec['State']}.")
    if req["CurrentExpiryYear"] != expiry(found).year:
        raise errors.InvalidInput("CurrentExpiryYear is not the year in which the domain expires.")
    years = req.get("DurationInYears", 1)
    consented(req.get("Consent"), yearly(found.name) * years)
    extended(tx, found, years)
    return {"OperationId": submit(tx, "RENEW_DOMAIN", found.name, Years=years)}


@ops.write
def delete_domain(tx: Tx, req: t.DeleteDomainRequest) -> t.DeleteDomainResponse:
    """Give a name up: its delegation goes, and it can be restored for a month."""
    found = own(tx, req["DomainName"])
    if found.spec["State"] not in (OK, EXPIRED):
        raise errors.InvalidInput(f"The domain {found.name} is {found.spec['State']}.")
    return {"OperationId": submit(tx, "DELETE_DOMAIN", found.name)}


@ops.write
def restore_domain(tx: Tx, req: t.RestoreDomainRequest) -> t.RestoreDomainResponse:
    """Take back a name that was given up, or expired long ago."""
    found = own(tx, req["DomainName"])
    if found.spec["State"] != REDEMPTION:
        raise errors.InvalidInput(f"The domain {found.name} is {found.spec['State']}.")
    return {"OperationId": submit(tx, "RESTORE_DOMAIN", found.name, Years=1)}


@ops.read
def get_domain_detail(tx: Tx, req: t.GetDomainDetailRequest) -> t.GetDomainDetailResponse:
    found = own(tx, req["DomainName"])
    spec = found.spec
    shown: Any = {
        "DomainName": found.name,
        "Nameservers": [{"GlueIps": [], **each} for each in spec["Nameservers"]],
        "AutoRenew": spec["AutoRenew"],
        "RegistrarName": REGISTRAR,
        "StatusList": statuses(found),
        "CreationDate": moment(spec["Created"]),
        "UpdatedDate": moment(spec["Updated"]),
        "ExpirationDate": expiry(found),
        "DnssecKeys": [key_document(each, found.name) for each in spec["DnssecKeys"]],
        "AbuseContactEmail": f"abuse@{found.name}",
    }
    for kind in CONTACTS:
        shown[f"{kind}Contact"] = spec[f"{kind}Contact"]
        shown[f"{kind}Privacy"] = spec[f"{kind}Privacy"]
    return shown


@ops.read
def list_domains(tx: Tx, req: t.ListDomainsRequest) -> t.ListDomainsResponse:
    """The caller's, by name unless asked otherwise."""
    found = [each for each in DOMAINS.all(tx) if each.spec["Account"] == tx.call.account]
    for condition in req.get("FilterConditions", []):
        found = [each for each in found if meets(each, condition)]
    sort: Any = req.get("SortCondition", {"Name": "DomainName", "SortOrder": "ASC"})
    if sort["Name"] == "Expiry":
        found.sort(key=lambda each: (each.spec["Expiry"], each.name))
    if sort["SortOrder"] == "DESC":
        found.reverse()
    shown, marker = page(found, req)
    answer: Any = {
        "Domains": [
            {
                "DomainName": each.name,
                "AutoRenew": each.spec["AutoRenew"],
                "TransferLock": each.spec["TransferLock"],
                "Expiry": expiry(each),
            }
            for each in shown
        ]
    }
    if marker:
        answer["NextPageMarker"] = marker
    return answer


@ops.write
def enable_domain_auto_renew(tx: Tx, req: t.EnableDomainAutoRenewRequest) -> dict[str, Any]:
    change(tx, living(tx, req["DomainName"]), AutoRenew=True)
    return {}


@ops.write
def disable_domain_auto_renew(tx: Tx, req: t.DisableDomainAutoRenewRequest) -> dict[str, Any]:
    change(tx, living(tx, req["DomainName"]), AutoRenew=False)
    return {}


def extended(tx: Tx, found: Resource, years: int) -> datetime:
    """When a domain ends after years more.  TLDRulesViolation."""
    end = later(expiry(found), years)
    if end > later(tx.now, MOST_YEARS):
        raise errors.TLDRulesViolation(f"A domain is registered for at most {MOST_YEARS} years.")
    return end


def availability(tx: Tx, name: str) -> str:
    if RESERVED.match(name):
        return "RESERVED"
    if DOMAINS.find(tx, name) is not None or registry.delegation(tx, name) is not None:
        return "UNAVAILABLE"
    return "AVAILABLE"


def meets(found: Resource, condition: Any) -> bool:
    """Whether a domain is one of those that are listed.  InvalidInput."""
    (value,) = condition["Values"]
    match condition["Name"], condition["Operator"]:
        case "DomainName", "BEGINS_WITH":
            return found.name.startswith(value.lower())
        case "Expiry", "LE" | "GE":
            try:
                limit = float(value)
            except ValueError:
                raise errors.InvalidInput(f"{value} is not a time.") from None
            end = found.spec["Expiry"]
            return bool(end <= limit if condition["Operator"] == "LE" else end >= limit)
    raise errors.InvalidInput(f"{condition['Name']} cannot be compared by {condition['Operator']}.")


def statuses(found: Resource) -> list[str]:
    """EPP's status codes (RFC 5731 §2.3)."""
    state = {
        OK: "ok",
        PENDING: "pendingCreate",
        EXPIRED: "autoRenewPeriod",
        REDEMPTION: "redemptionPeriod",
    }
    held = ["clientTransferProhibited"] if found.spec["TransferLock"] else []
    first = state[found.spec["State"]]
    return held if held and first == "ok" else [first, *held]


def check_contact(contact: Any) -> None:
    """What every registry wants to know.  InvalidInput."""
    wanted = ("FirstName", "LastName", "ContactType", "AddressLine1", "City", "CountryCode", "PhoneNumber", "Email")  # fmt: skip
    missing = [each for each in wanted if not contact.get(each)]
    if missing:
        raise errors.InvalidInput(f"The contact has no {', '.join(missing)}.")
    if "@" not in contact["Email"]:
        raise errors.InvalidInput(f"{contact['Email']} is not an email address.")
    phone = contact["PhoneNumber"]
    if not (phone.startswith("+") and "." in phone and phone[1:].replace(".", "", 1).isdecimal()):
        raise errors.InvalidInput(f"{phone} is not a phone number of the form +999.12345678.")


def key_document(key: dict[str, Any], name: str) -> dict[str, Any]:
    ds = ds_of(key, name)
    return {**key, "KeyTag": tag_of(key), "DigestType": ds[3], "Digest": ds[4:].hex().upper()}


def later(moment_: datetime, years: int) -> datetime:
    """The same day of another year; the 28th for a 29th that is not there."""
    year = moment_.year + years
    day = min(moment_.day, calendar.monthrange(year, moment_.month)[1])
    return moment_.replace(year=year, day=day)


def moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
