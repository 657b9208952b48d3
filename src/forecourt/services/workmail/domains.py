"""Mail domains of an organization: what DNS is to say of them, and whether it does.

https://docs.aws.amazon.com/workmail/latest/adminguide/add_domain.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import dns.exception
import dns.rdatatype

from forecourt.aws.operations import Operations
from forecourt.planes.dns import wire
from forecourt.platform import outbox
from forecourt.platform.mail import domains
from forecourt.platform.mail.domains import Domain
from forecourt.platform.names import asking, registry
from forecourt.store.resources import Resource

from . import stored
from .stored import ORGANIZATIONS, errors

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")
MOST = 1000  # of an organization
VERIFIED: Literal["VERIFIED"] = "VERIFIED"
PENDING: Literal["PENDING"] = "PENDING"


def new_key(req: Mapping[str, Any]) -> Any:
    return domains.new_key()


@ops.write_after(new_key)
def register_mail_domain(tx: Tx, req: t.RegisterMailDomainRequest, key: Any) -> None:
    org = stored.organization(tx, req)
    name = req["DomainName"].lower()
    found = domains.get(tx, name)
    if found is not None and found.organization == org.name:
        return
    if found is not None:
        raise errors.MailDomainInUseException(f"The domain {name} is in use.")
    if len(domains.all_of(tx, organization=org.name)) >= MOST:
        raise errors.LimitExceededException("The request exceeds the limit of domains.")
    domains.add(tx, name, tx.call.account, key, org.name)


@ops.write
def deregister_mail_domain(tx: Tx, req: t.DeregisterMailDomainRequest) -> None:
    org = stored.organization(tx, req)
    name = req["DomainName"].lower()
    if name in (org.status["Test"], org.status["Default"]):
        raise errors.InvalidParameterException("The test domain and the default domain stay.")
    found = domains.get(tx, name)
    if found is None or found.organization != org.name:
        return
    if tx.one("SELECT 1 FROM mail_address WHERE domain = :name LIMIT 1", name=name):
        raise errors.MailDomainInUseException(f"The domain {name} has addresses.")
    domains.remove(tx, name)


@ops.read
def get_mail_domain(tx: Tx, req: t.GetMailDomainRequest) -> t.GetMailDomainResponse:
    org = stored.organization(tx, req)
    domain = stored.hosted(tx, org, f"@{req['DomainName']}")
    records = domains.records(domain, outbox.address(tx))
    return {
        "Records": [
            {"Type": type_, "Hostname": f"{name}.", "Value": plain(value)}
            for name, type_, values in records
            for value in values
        ],
        "IsTestDomain": domain.name == org.status["Test"],
        "IsDefault": domain.name == org.status["Default"],
        "OwnershipVerificationStatus": VERIFIED if is_owned(tx, org, domain) else PENDING,
        "DkimVerificationStatus": VERIFIED if has_key(tx, domain) else PENDING,
    }


@ops.read
def list_mail_domains(tx: Tx, req: t.ListMailDomainsRequest) -> t.ListMailDomainsResponse:
    org = stored.organization(tx, req)
    return stored.page(
        "MailDomains",
        domains.all_of(tx, organization=org.name),
        req,
        by=lambda domain: domain.name,
        show=lambda domain: {
            "DomainName": domain.name,
            "DefaultDomain": domain.name == org.status["Default"],
        },
    )


@ops.write
def update_default_mail_domain(tx: Tx, req: t.UpdateDefaultMailDomainRequest) -> None:
    org = stored.organization(tx, req)
    domain = stored.hosted(tx, org, f"@{req['DomainName']}")
    demand_owned(tx, org, domain)
    ORGANIZATIONS.change(tx, org, status={**org.status, "Default": domain.name})


def demand_owned(tx: Tx, org: Resource, domain: Domain) -> None:
    if not is_owned(tx, org, domain):
        raise errors.MailDomainStateException(
            f"The domain {domain.name} is not verified: its MX is not {domain.host} yet."
        )


def is_owned(tx: Tx, org: Resource, domain: Domain) -> bool:
    """Whether the domain's MX, as everybody is told it, is our host; the test domain needs none."""
    if domain.name == org.status["Test"]:
        return True
    return f"{domain.host}." in (
        value.rpartition(" ")[2] for value in answered(tx, domain.name, wire.MX)
    )


def has_key(tx: Tx, domain: Domain) -> bool:
    name = f"{domain.selector}._domainkey.{domain.name}"
    said = (plain(value).replace(" ", "") for value in answered(tx, name, wire.TXT))
    return any(f"p={domain.public_key}" in value for value in said)


def answered(tx: Tx, name: str, type_: int) -> list[str]:
    """What our name servers answer of a name that is delegated to them."""
    if not registry.holds(tx, name):
        return []
    asked = wire.from_text(name)
    zone = asking.zone_for(tx, asked)
    if zone is None:
        return []
    try:
        reply = asking.ask(asking.names_of(tx, zone), asked, type_)
    except dns.exception.DNSException:
        return []
    return [str(record) for rrset in reply.answer if rrset.rdtype == type_ for record in rrset]


def plain(value: str) -> str:
    """A TXT value's strings as one."""
    return value.replace('" "', "").strip('"')
