"""Proving that a domain is its requester's, by a record (platform/certificates/proving.py) or a mail.

What was once proven stays so for as long as the record stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from forecourt.platform import links, outbox
from forecourt.platform.certificates.proving import record_of
from forecourt.platform.names import awaited, suffixes

from .certificates import ISSUED, PENDING, SUCCESS, WORK, Certificate, arn_of, change, find

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

MAILBOXES = ("admin", "administrator", "hostmaster", "postmaster", "webmaster")
APPROVAL = "acm-approval"  # the purpose of a link


def options(tx: Tx, one: Certificate, known: dict[str, Any]) -> list[dict[str, Any]]:
    """DomainValidationOptions, by what is known of each domain."""
    method = one.spec["Method"]
    found = []
    for name in one.names:
        option: dict[str, Any] = {
            "DomainName": name,
            "ValidationStatus": known.get(name, {}).get("Status", PENDING),
            "ValidationMethod": method,
        }
        if method == "DNS":
            option["ValidationDomain"] = name
            option["ResourceRecord"] = record_of(tx, one.account, name)
        else:
            domain = validation_domain(one, name)
            option["ValidationDomain"] = domain
            option["ValidationEmails"] = addresses(domain)
        found.append(option)
    return found


def validation_domain(one: Certificate, name: str) -> str:
    return str(one.spec.get("ValidationDomains", {}).get(name) or name.removeprefix("*."))


def addresses(domain: str) -> list[str]:
    return [f"{mailbox}@{domain}" for mailbox in MAILBOXES]


def is_public(domain: str) -> bool:
    """Whether an authority may certify a name at all: below a suffix that is on the internet."""
    apex = domain.removeprefix("*.")
    return not suffixes.is_for_private_use(apex) and suffixes.public_suffix(apex) != apex


def wait(tx: Tx, one: Certificate) -> None:
    """Have the names looked at as soon as our own zones have them."""
    for name in one.names:
        awaited.wait_for(tx, record_of(tx, one.account, name)["Name"], WORK, one.id)


def ask_by_mail(tx: Tx, one: Certificate, names: Iterable[str]) -> None:
    """Mail those who speak for a domain, with a link by which they approve."""
    for name in names:
        domain = validation_domain(one, name)
        for address in addresses(domain):
            told = f"Amazon Web Services account {one.account} asks for a certificate for {name}"
            link = links.make(tx, APPROVAL, f"{one.id} {name}", f"{told}. Do you approve?")
            outbox.send(
                tx, address, f"Certificate approval for {name}", f"{told}.\nTo approve: {link}\n"
            )


def approve(tx: Tx, subject: str) -> str:
    """Somebody who reads a domain's mail agreed; what to tell them."""
    id_, _, name = subject.partition(" ")
    one = find(tx, id_)
    renewal = (one.state.get("Renewal") or {}) if one is not None else {}
    if one is not None and one.status == PENDING:
        known = {**one.state.get("Domains", {}), name: {"Status": SUCCESS}}
        change(tx, one, state={**one.state, "Domains": known})
    elif one is not None and one.status == ISSUED and renewal.get("Status") == PENDING:
        known = {**renewal.get("Domains", {}), name: {"Status": SUCCESS}}
        change(tx, one, state={**one.state, "Renewal": {**renewal, "Domains": known}})
    else:
        return "There is nothing to approve any more."
    tx.enqueue(WORK, id_)
    return f"You approved {arn_of(one.account, one.region, id_)} for {name}."


LINKS = {APPROVAL: approve}


def forget(tx: Tx, one: Certificate) -> None:
    """A certificate is waited for no more."""
    awaited.wait_no_more(tx, WORK, one.id)
