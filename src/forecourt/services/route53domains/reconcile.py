"""What operations do, and what a domain's years bring: each step in one transaction.

A domain that ends is renewed the day before, where its owner wants that.  Else it leaves the internet
when it ends; for 45 days it can be renewed, for 30 more restored, then it is free.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/domain-renew.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import AwsError
from forecourt.platform.names import registry
from forecourt.store.tx import Call

from .domains import (
    DOMAINS,
    EXPIRED,
    OK,
    PENDING,
    REDEMPTION,
    ask_to_verify,
    change,
    delegate,
    errors,
    expiry,
    new_code,
    notify,
)
from .operations import FAILED, IN_PROGRESS, SUBMITTED, SUCCESSFUL, WORK, finish, operations
from .prices import bill
from .registrations import LIFE, extended, later
from .settings import check_key

if TYPE_CHECKING:
    from forecourt.store.resources import Resource
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

__all__ = ["LIFE", "WORK", "charge", "live", "operate"]

# Makes the hosted zone of a name, for the caller; its name servers.
MakeZone = Callable[["Tx", str, str], list[str]]
AHEAD, WARNED = timedelta(days=1), timedelta(days=30)
STATES = {
    "REGISTER_DOMAIN": (PENDING,),
    "RENEW_DOMAIN": (OK, EXPIRED),
    "DELETE_DOMAIN": (OK, EXPIRED),
    "RESTORE_DOMAIN": (REDEMPTION,),
}  # in which operations can be carried out; others: OK
GRACE, REDEEMED = timedelta(days=45), timedelta(days=30)
BILL = "route53domains-bill"  # the kind of work that writes down a renewal
OFTEN = 86400.0  # seconds between looks at a domain


async def operate(store: Store, make_zone: MakeZone, key: str) -> float | None:
    """Carry out an operation, as whoever asked for it."""
    account, _, operation = key.partition(" ")
    call = Call("route53domains", "Operation", account)
    await store.write_for(call, lambda tx, _: carry_out(tx, make_zone, operation), None)
    return None


async def live(store: Store, name: str) -> float | None:
    """Follow a domain's years; in how many seconds to look again."""
    return await store.write(tend, name)


def carry_out(tx: Tx, make_zone: MakeZone, operation: str) -> None:
    found = operations.find(tx, operation)
    if found is None or found.status["Status"] not in (SUBMITTED, IN_PROGRESS):
        return
    domain = DOMAINS.find(tx, found.spec["DomainName"])
    if domain is None:
        finish(tx, found, FAILED, "The domain is gone.")
        return
    type_, given = found.spec["Type"], found.spec["Parameters"]
    try:
        check_still(tx, domain, type_)
        if type_ == "REGISTER_DOMAIN":
            register(tx, make_zone, domain, operation)
        else:
            DOES[type_](tx, domain, given)
    except AwsError as refused:
        if type_ == "REGISTER_DOMAIN" and domain.spec["State"] == PENDING:
            DOMAINS.remove(tx, domain)
        finish(tx, found, FAILED, str(refused))
        return
    if years := given.get("Years"):
        bill(tx, type_, domain.name, years)
    finish(tx, found, SUCCESSFUL)


def check_still(tx: Tx, domain: Resource, type_: str) -> None:
    """What was so when an operation was asked for may not be so any more.  InvalidInput."""
    if type_ == "INTERNAL_TRANSFER_OUT_DOMAIN":
        return
    if type_ != "TRANSFER_IN_DOMAIN" and domain.spec["Account"] != tx.call.account:
        raise errors.InvalidInput(f"Domain {domain.name} not found in {tx.call.account} account.")
    if domain.spec["State"] not in STATES.get(type_, (OK,)):
        raise errors.InvalidInput(f"The domain {domain.name} is {domain.spec['State']}.")


def register(tx: Tx, make_zone: MakeZone, domain: Resource, operation: str) -> None:
    """A hosted zone, and the delegation to its name servers."""
    hosts = make_zone(tx, domain.name, f"RISWorkflow-RD:{operation}")
    changed = change(tx, domain, State=OK, Nameservers=[{"Name": host} for host in hosts])
    delegate(tx, changed)
    tx.enqueue(LIFE, domain.name)
    notify(
        tx,
        changed,
        f"{domain.name} is registered",
        f"It is yours until {expiry(changed):%Y-%m-%d}.",
    )
    ask_to_verify(tx, changed)


def renew(tx: Tx, domain: Resource, given: Mapping[str, Any]) -> None:
    end = extended(tx, domain, given["Years"])
    changed = change(tx, domain, State=OK, Expiry=end.timestamp())
    delegate(tx, changed)
    tx.enqueue(LIFE, domain.name)
    notify(
        tx, changed, f"{domain.name} is renewed", f"It is yours until {expiry(changed):%Y-%m-%d}."
    )


def delete(tx: Tx, domain: Resource, given: Mapping[str, Any]) -> None:
    registry.undelegate(tx, domain.name)
    changed = change(tx, domain, State=REDEMPTION, Redemption=(tx.now + REDEEMED).timestamp())
    tx.enqueue(LIFE, domain.name)
    notify(tx, changed, f"{domain.name} is deleted", "It can be restored for 30 days.")


def restore(tx: Tx, domain: Resource, given: Mapping[str, Any]) -> None:
    end = max(expiry(domain), later(tx.now, 1))
    changed = change(tx, domain, State=OK, Expiry=end.timestamp())
    delegate(tx, changed)
    tx.enqueue(LIFE, domain.name)
    notify(tx, changed, f"{domain.name} is restored", f"It is yours until {end:%Y-%m-%d}.")


def name_servers(tx: Tx, domain: Resource, given: Mapping[str, Any]) -> None:
    registry.undelegate(tx, domain.name)
    delegate(tx, change(tx, domain, Nameservers=given["Nameservers"]))


def add_key(tx: Tx, domain: Resource, given: Mapping[str, Any]) -> None:
    check_key(domain, given["Key"]["PublicKey"])
    delegate(tx, change(tx, domain, DnssecKeys=[*domain.spec["DnssecKeys"], given["Key"]]))


def remove_key(tx: Tx, domain: Resource, given: Mapping[str, Any]) -> None:
    left = [each for each in domain.spec["DnssecKeys"] if each["Id"] != given["Id"]]
    delegate(tx, change(tx, domain, DnssecKeys=left))


def members(tx: Tx, domain: Resource, given: Mapping[str, Any]) -> None:
    change(tx, domain, **given["Members"])


def take_over(tx: Tx, domain: Resource, given: Mapping[str, Any]) -> None:
    """A domain comes from another owner, with a year more."""
    if domain.spec["TransferLock"]:
        raise errors.TLDRulesViolation(f"The domain {domain.name} is locked against transfers.")
    if domain.spec["AuthCode"] != given["Code"]:
        raise errors.InvalidInput("The authorization code is not valid.")
    end = later(expiry(domain), 1)
    changed = change(
        tx,
        domain,
        **given["Members"],
        Expiry=end.timestamp(),
        TransferLock=True,
        Transfer=None,
        AuthCode=new_code(tx),
    )
    registry.undelegate(tx, domain.name)
    delegate(tx, changed)
    notify(tx, changed, f"{domain.name} is transferred", f"It is yours until {end:%Y-%m-%d}.")


def offer_ended(tx: Tx, domain: Resource, given: Mapping[str, Any]) -> None:
    """An offer to another account was taken, or it was declined, withdrawn, or is too old."""
    if domain.spec["Account"] != tx.call.account:
        return
    offer = domain.spec["Transfer"]
    if offer is not None and tx.now.timestamp() >= offer["Until"]:
        change(tx, domain, Transfer=None)
    raise errors.InvalidInput(f"The domain {domain.name} was not taken.")


DOES: Mapping[str, Callable[[Any, Any, Mapping[str, Any]], None]] = {
    "RENEW_DOMAIN": renew,
    "DELETE_DOMAIN": delete,
    "RESTORE_DOMAIN": restore,
    "UPDATE_NAMESERVER": name_servers,
    "ADD_DNSSEC": add_key,
    "REMOVE_DNSSEC": remove_key,
    "UPDATE_DOMAIN_CONTACT": members,
    "CHANGE_PRIVACY_PROTECTION": members,
    "TRANSFER_IN_DOMAIN": take_over,
    "INTERNAL_TRANSFER_OUT_DOMAIN": offer_ended,
}


def tend(tx: Tx, name: str) -> float | None:
    """What is due of a domain."""
    found = DOMAINS.find(tx, name)
    if found is None:
        return None
    spec, end = found.spec, expiry(found)
    if spec["State"] == OK:
        if spec["AutoRenew"] and tx.now >= end - AHEAD:
            return renewed(tx, found, end)
        if tx.now >= end:
            registry.undelegate(tx, name)
            change(tx, found, State=EXPIRED)
            notify(tx, found, f"{name} has expired", "It can be renewed for 45 days.")
            return OFTEN
        if (
            not spec["AutoRenew"]
            and tx.now >= end - WARNED
            and spec.get("Warned") != spec["Expiry"]
        ):
            change(tx, found, Warned=spec["Expiry"])
            notify(tx, found, f"{name} expires soon", f"It ends on {end:%Y-%m-%d}.")
    elif spec["State"] == EXPIRED and tx.now >= end + GRACE:
        change(tx, found, State=REDEMPTION, Redemption=(end + GRACE + REDEEMED).timestamp())
    elif spec["State"] == REDEMPTION and tx.now.timestamp() >= spec["Redemption"]:
        registry.undelegate(tx, name)
        DOMAINS.remove(tx, found)
        return None
    return OFTEN


def renewed(tx: Tx, found: Resource, end: datetime) -> float:
    """A year more, at its owner's expense."""
    following = later(end, 1)
    while following - AHEAD <= tx.now:
        following = later(following, 1)
    changed = change(tx, found, Expiry=following.timestamp())
    notify(tx, changed, f"{found.name} is renewed", f"It is yours until {following:%Y-%m-%d}.")
    tx.enqueue(BILL, f"{found.spec['Account']} {found.name}")
    return OFTEN


async def charge(store: Store, key: str) -> float | None:
    """Note what a renewal cost, in the owner's books."""
    account, _, name = key.partition(" ")
    call = Call("route53domains", "Renewal", account)
    await store.write_for(call, lambda tx, _: bill(tx, "RENEW_DOMAIN", name, 1), None)
    return None
