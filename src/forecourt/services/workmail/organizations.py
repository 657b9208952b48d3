"""Organizations: each with a domain for trying things out, `<alias>.awsapps.com`.

https://docs.aws.amazon.com/workmail/latest/APIReference/API_CreateOrganization.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.mail import access_rules, domains, people
from forecourt.store.resources import Resource

from . import stored
from .stored import ACTIVE, ENTITIES, ORGANIZATIONS, errors

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")
TEST_DOMAIN = "awsapps.com"
MOST = 100  # organizations of an account


def new_keys(req: Mapping[str, Any]) -> list[Any]:
    """A DKIM key for each domain: made ahead, it takes a while."""
    return [domains.new_key() for _ in range(1 + len(req.get("Domains", ())))]


@ops.write_after(new_keys)
def create_organization(
    tx: Tx, req: t.CreateOrganizationRequest, keys: list[Any]
) -> t.CreateOrganizationResponse:
    token = req.get("ClientToken")
    known = ORGANIZATIONS.all(tx)
    for each in known:
        if token and each.status.get("Token") == token:
            return {"OrganizationId": each.name}
    if "DirectoryId" in req:
        raise errors.DirectoryUnavailableException(
            "Directories are not implemented; leave DirectoryId out."
        )
    if any("HostedZoneId" in each for each in req.get("Domains", ())):
        raise errors.InvalidParameterException(
            "Records are not written for you; see GetMailDomain for what to create."
        )
    name = f"{req['Alias'].lower()}.{TEST_DOMAIN}"
    if domains.get(tx, name) is not None:
        raise errors.NameAvailabilityException(f"The alias {req['Alias']} is not available.")
    if len(known) >= MOST:
        raise errors.LimitExceededException("The request exceeds the limit of organizations.")
    id = f"m-{secrets.token_hex(16)}"
    wanted = [name, *(each["DomainName"].lower() for each in req.get("Domains", ()))]
    for domain, key in zip(wanted, keys, strict=True):
        if domains.get(tx, domain) is not None:
            raise errors.InvalidParameterException(f"The domain {domain} is in use.")
        domains.add(tx, domain, tx.call.account, key, id)
    ORGANIZATIONS.create(
        tx,
        id,
        {
            "Alias": req["Alias"],
            "InteroperabilityEnabled": req.get("EnableInteroperability", False),
        },
        {"State": ACTIVE, "Default": wanted[-1], "Token": token, "Test": name},
    )
    access_rules.put(tx, id, access_rules.DEFAULT)
    return {"OrganizationId": id}


@ops.read
def describe_organization(
    tx: Tx, req: t.DescribeOrganizationRequest
) -> t.DescribeOrganizationResponse:
    org = stored.organization(tx, req)
    return summary(org) | {
        "ARN": org.arn,
        "DirectoryId": f"d-{org.uid[:10]}",
        "DirectoryType": "VpcDirectory",
        "CompletedDate": org.created,
        "InteroperabilityEnabled": org.spec["InteroperabilityEnabled"],
    }


@ops.read
def list_organizations(tx: Tx, req: t.ListOrganizationsRequest) -> t.ListOrganizationsResponse:
    return stored.page(
        "OrganizationSummaries",
        ORGANIZATIONS.all(tx),
        req,
        by=lambda org: org.name,
        show=summary,
    )


@ops.write
def delete_organization(tx: Tx, req: t.DeleteOrganizationRequest) -> t.DeleteOrganizationResponse:
    """With all that is in it; while somebody has mail, only by force."""
    org = stored.organization(tx, req)
    found = stored.entities(tx, org)
    if not req.get("ForceDelete") and any(map(stored.enabled, found)):
        raise errors.OrganizationStateException(
            "The organization has users or groups that are registered; set ForceDelete."
        )
    for each in found:
        people.remove(tx, stored.id_of(each))
        ENTITIES.remove(tx, each)
    for domain in domains.all_of(tx, organization=org.name):
        domains.remove(tx, domain.name)
    access_rules.forget(tx, org.name)
    ORGANIZATIONS.remove(tx, org)
    return {"OrganizationId": org.name, "State": "Deleted"}


def summary(org: Resource) -> Any:
    return {
        "OrganizationId": org.name,
        "Alias": org.spec["Alias"],
        "DefaultMailDomain": org.status["Default"],
        "State": org.status["State"],
    }
