"""Mail domains of an organization: what DNS is to say of them, and what was found there.

https://docs.aws.amazon.com/workmail/latest/adminguide/add_domain.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.planes.mail.addresses import BadAddress, domain_of
from forecourt.platform import outbox
from forecourt.platform.mail import domains
from forecourt.platform.mail.domains import FAILED, PENDING, VERIFIED, Domain
from forecourt.platform.names import awaited, suffixes

from . import stored
from .reconcile import WORK, plain
from .stored import ORGANIZATIONS, errors

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")
MOST = 1000  # of an organization


def new_key(req: Mapping[str, Any]) -> Any:
    return domains.new_key()


@ops.write_after(new_key)
def register_mail_domain(tx: Tx, req: t.RegisterMailDomainRequest, key: Any) -> None:
    org = stored.organization(tx, req)
    name = checked(req["DomainName"])
    found = domains.get(tx, name)
    if found is not None and found.ownership == FAILED:
        forget(tx, name)
    elif found is not None and found.organization == org.name:
        return
    elif found is not None:
        raise errors.MailDomainInUseException(f"The domain {name} is in use.")
    if len(domains.all_of(tx, organization=org.name)) >= MOST:
        raise errors.LimitExceededException("The request exceeds the limit of domains.")
    register(tx, org.name, name, key)


def register(tx: Tx, organization: str, name: str, key: Any) -> None:
    """A domain that is hosted as soon as its DNS has the proof."""
    made = domains.add(tx, name, tx.call.account, key, organization, PENDING)
    awaited.wait_for(tx, f"{domains.proof(made)[0]}.", WORK, name)
    tx.enqueue(WORK, name)


def forget(tx: Tx, name: str) -> None:
    domains.remove(tx, name)
    awaited.wait_no_more(tx, WORK, name)


def checked(name: str) -> str:
    """A domain that somebody may own, as it is looked up."""
    try:
        found = domain_of(name)
    except BadAddress:
        found = ""
    if "." not in found or found.startswith("[") or suffixes.registrable(found) is None:
        raise errors.InvalidParameterException(f"{name} is not the name of a domain.")
    return found


@ops.write
def deregister_mail_domain(tx: Tx, req: t.DeregisterMailDomainRequest) -> None:
    org = stored.organization(tx, req)
    name = req["DomainName"].lower()
    if name in (org.status["Test"], org.status["Default"]):
        raise errors.InvalidParameterException("The test domain and the default domain stay.")
    found = domains.get(tx, name)
    if found is None or found.organization != org.name:
        return
    groups = stored.entities(tx, org)  # one without members has no mailbox that its address reaches
    if tx.one("SELECT 1 FROM mail_address WHERE domain = :name LIMIT 1", name=name) or any(
        address.endswith(f"@{name}") for each in groups for address in stored.addresses(each)
    ):
        raise errors.MailDomainInUseException(f"The domain {name} has addresses.")
    forget(tx, name)


@ops.read
def get_mail_domain(tx: Tx, req: t.GetMailDomainRequest) -> t.GetMailDomainResponse:
    org = stored.organization(tx, req)
    domain = stored.hosted(tx, org, f"@{req['DomainName']}")
    records = [domains.proof(domain), *domains.records(domain, outbox.address(tx))]
    return {
        "Records": [
            {"Type": type_, "Hostname": f"{name}.", "Value": plain(value)}
            for name, type_, values in records
            for value in values
        ],
        "IsTestDomain": domain.name == org.status["Test"],
        "IsDefault": domain.name == org.status["Default"],
        "OwnershipVerificationStatus": domain.ownership,  # type: ignore[typeddict-item]
        "DkimVerificationStatus": domain.dkim,  # type: ignore[typeddict-item]
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
    demand_owned(domain)
    ORGANIZATIONS.change(tx, org, status={**org.status, "Default": domain.name})


def demand_owned(domain: Domain) -> None:
    if domain.ownership != VERIFIED:
        raise errors.MailDomainStateException(
            f"The domain {domain.name} is not verified: its DNS has no {domains.PROOF} record yet."
        )
