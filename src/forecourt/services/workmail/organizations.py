"""Organizations: each with a domain for trying things out, `<alias>.awsapps.com`.

https://docs.aws.amazon.com/workmail/latest/APIReference/API_CreateOrganization.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.mail import access_rules, domains, people
from forecourt.store.resources import Resource

from . import domains as mail_domains
from . import stored
from .stored import ACTIVE, DELETED, ENTITIES, ORGANIZATIONS, errors

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")
TEST_DOMAIN = "awsapps.com"
MOST = 100  # organizations of an account
REMEMBERED = timedelta(days=30)  # how long one that was deleted is told of


def new_keys(req: Mapping[str, Any]) -> list[Any]:
    """A DKIM key for each domain: made ahead, it takes a while."""
    return [domains.new_key() for _ in range(1 + len(req.get("Domains", ())))]


@ops.write_after(new_keys)
def create_organization(
    tx: Tx, req: t.CreateOrganizationRequest, keys: list[Any]
) -> t.CreateOrganizationResponse:
    token = req.get("ClientToken")
    asked = {k: v for k, v in req.items() if k != "ClientToken"}
    for each in (known := ORGANIZATIONS.all(tx)):
        if token and each.status.get("Token") == token:
            if each.spec["Request"] != asked:
                raise errors.InvalidParameterException(
                    "The ClientToken was used with other parameters."
                )
            return {"OrganizationId": each.name}
    for member in ("KmsKeyArn", "EnableInteroperability"):
        if req.get(member):
            raise errors.InvalidParameterException(f"{member} is not implemented; leave it out.")
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
    deleted = [each for each in known if each.status["State"] == DELETED]
    for each in deleted:
        if each.created + REMEMBERED < tx.now:
            ORGANIZATIONS.remove(tx, each)
    if len(known) - len(deleted) >= MOST:
        raise errors.LimitExceededException("The request exceeds the limit of organizations.")
    id = f"m-{secrets.token_hex(16)}"
    domains.add(tx, name, tx.call.account, keys[0], id)
    wanted = [mail_domains.checked(each["DomainName"]) for each in req.get("Domains", ())]
    for domain, key in zip(wanted, keys[1:], strict=True):
        if domains.get(tx, domain) is not None:
            raise errors.InvalidParameterException(f"The domain {domain} is in use.")
        mail_domains.register(tx, id, domain, key)
    ORGANIZATIONS.create(
        tx,
        id,
        {"Alias": req["Alias"], "Request": asked},
        {"State": ACTIVE, "Default": name, "Token": token, "Test": name},
    )
    access_rules.put(tx, id, access_rules.DEFAULT)
    return {"OrganizationId": id}


@ops.read
def describe_organization(
    tx: Tx, req: t.DescribeOrganizationRequest
) -> t.DescribeOrganizationResponse:
    org = stored.any_organization(tx, req)
    return summary(org) | {
        "ARN": org.arn,
        "DirectoryId": f"d-{org.uid[:10]}",
        "DirectoryType": "VpcDirectory",
        "CompletedDate": org.created,
        "InteroperabilityEnabled": False,
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
    org = stored.any_organization(tx, req)
    found = stored.entities(tx, org)
    if not req.get("ForceDelete") and any(map(stored.enabled, found)):
        raise errors.OrganizationStateException(
            "The organization has users or groups that are registered; set ForceDelete."
        )
    for each in found:
        people.remove(tx, stored.id_of(each))
        ENTITIES.remove(tx, each)
    for domain in domains.all_of(tx, organization=org.name):
        mail_domains.forget(tx, domain.name)
    access_rules.forget(tx, org.name)
    ORGANIZATIONS.change(tx, org, status={**org.status, "State": DELETED})
    return {"OrganizationId": org.name, "State": DELETED}


def summary(org: Resource) -> Any:
    return {
        "OrganizationId": org.name,
        "Alias": org.spec["Alias"],
        "DefaultMailDomain": org.status["Default"],
        "State": org.status["State"],
    }
