"""What owners change of a domain: name servers, keys, contacts, privacy, locks, tags, codes."""

from __future__ import annotations

import binascii
import uuid
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from .domains import (
    CONTACTS,
    DOMAINS,
    ask_to_verify,
    change,
    checked_servers,
    code_of,
    errors,
    living,
    own,
    reachability,
)
from .operations import done, submit
from .registrations import check_contact

if TYPE_CHECKING:
    from forecourt.aws.types import route53domains as t
    from forecourt.store.resources import Resource
    from forecourt.store.tx import Tx

ops = Operations("route53domains")
MOST_KEYS, MOST_TAGS = 4, 50


@ops.write
def update_domain_nameservers(
    tx: Tx, req: t.UpdateDomainNameserversRequest
) -> t.UpdateDomainNameserversResponse:
    found = living(tx, req["DomainName"])
    servers = checked_servers(found.name, req["Nameservers"])
    return {"OperationId": submit(tx, "UPDATE_NAMESERVER", found.name, Nameservers=servers)}


@ops.write
def associate_delegation_signer_to_domain(
    tx: Tx, req: t.AssociateDelegationSignerToDomainRequest
) -> t.AssociateDelegationSignerToDomainResponse:
    """Let the registry vouch for a key of the domain's zone."""
    found = living(tx, req["DomainName"])
    given = req["SigningAttributes"]
    algorithm, flags = given.get("Algorithm", 0), given.get("Flags", 0)
    text = given.get("PublicKey", "")
    try:
        public = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        public = b""
    if not public or flags not in (256, 257) or not 1 <= algorithm <= 255:
        raise errors.InvalidInput(
            "Algorithm, Flags (256 or 257) and PublicKey (base64) are needed."
        )
    check_key(found, text)
    key = {"Id": uuid.uuid4().hex, "Algorithm": algorithm, "Flags": flags, "PublicKey": text}
    return {"OperationId": submit(tx, "ADD_DNSSEC", found.name, Key=key)}


@ops.write
def disassociate_delegation_signer_from_domain(
    tx: Tx, req: t.DisassociateDelegationSignerFromDomainRequest
) -> t.DisassociateDelegationSignerFromDomainResponse:
    found = living(tx, req["DomainName"])
    if all(each["Id"] != req["Id"] for each in found.spec["DnssecKeys"]):
        raise errors.InvalidInput(f"The domain has no key {req['Id']}.")
    return {"OperationId": submit(tx, "REMOVE_DNSSEC", found.name, Id=req["Id"])}


@ops.write
def update_domain_contact(
    tx: Tx, req: t.UpdateDomainContactRequest
) -> t.UpdateDomainContactResponse:
    found = living(tx, req["DomainName"])
    given: Any = req
    members = {}
    for kind in CONTACTS:
        if (contact := given.get(f"{kind}Contact")) is not None:
            check_contact(contact)
            members[f"{kind}Contact"] = contact
    if not members:
        raise errors.InvalidInput("No contact is given.")
    return {"OperationId": submit(tx, "UPDATE_DOMAIN_CONTACT", found.name, Members=members)}


@ops.write
def update_domain_contact_privacy(
    tx: Tx, req: t.UpdateDomainContactPrivacyRequest
) -> t.UpdateDomainContactPrivacyResponse:
    found = living(tx, req["DomainName"])
    given: Any = req
    members = {f"{k}Privacy": given[f"{k}Privacy"] for k in CONTACTS if f"{k}Privacy" in given}
    return {"OperationId": submit(tx, "CHANGE_PRIVACY_PROTECTION", found.name, Members=members)}


@ops.write
def enable_domain_transfer_lock(
    tx: Tx, req: t.EnableDomainTransferLockRequest
) -> t.EnableDomainTransferLockResponse:
    return {"OperationId": lock(tx, req["DomainName"], locked=True)}


@ops.write
def disable_domain_transfer_lock(
    tx: Tx, req: t.DisableDomainTransferLockRequest
) -> t.DisableDomainTransferLockResponse:
    return {"OperationId": lock(tx, req["DomainName"], locked=False)}


@ops.read
def retrieve_domain_auth_code(
    tx: Tx, req: t.RetrieveDomainAuthCodeRequest
) -> t.RetrieveDomainAuthCodeResponse:
    return {"AuthCode": code_of(tx, living(tx, req["DomainName"]))}


@ops.read
def get_contact_reachability_status(
    tx: Tx, req: t.GetContactReachabilityStatusRequest
) -> t.GetContactReachabilityStatusResponse:
    found = own(tx, req.get("domainName", ""))
    return {"domainName": found.name, "status": reachability(tx, found)}


@ops.write
def resend_contact_reachability_email(
    tx: Tx, req: t.ResendContactReachabilityEmailRequest
) -> t.ResendContactReachabilityEmailResponse:
    found = own(tx, req.get("domainName", ""))
    done = reachability(tx, found) == "DONE"
    if not done:
        ask_to_verify(tx, found)
    address = found.spec["RegistrantContact"]["Email"]
    return {"domainName": found.name, "emailAddress": address, "isAlreadyVerified": done}


@ops.read
def list_tags_for_domain(tx: Tx, req: t.ListTagsForDomainRequest) -> t.ListTagsForDomainResponse:
    tags = own(tx, req["DomainName"]).tags
    return {"TagList": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}


@ops.write
def update_tags_for_domain(tx: Tx, req: t.UpdateTagsForDomainRequest) -> dict[str, Any]:
    found = own(tx, req["DomainName"])
    tags = {**found.tags}
    for each in req.get("TagsToUpdate", []):
        if not each.get("Key"):
            raise errors.InvalidInput("A tag has no key.")
        tags[each["Key"]] = each.get("Value", "")
    if len(tags) > MOST_TAGS:
        raise errors.OperationLimitExceeded(f"A domain has at most {MOST_TAGS} tags.")
    DOMAINS.change(tx, found, tags=tags)
    return {}


@ops.write
def delete_tags_for_domain(tx: Tx, req: t.DeleteTagsForDomainRequest) -> dict[str, Any]:
    found = own(tx, req["DomainName"])
    tags = {key: value for key, value in found.tags.items() if key not in req["TagsToDelete"]}
    DOMAINS.change(tx, found, tags=tags)
    return {}


def check_key(found: Resource, public: str) -> None:
    """Whether a domain may have a key more.  DuplicateRequest, DnssecLimitExceeded."""
    known = found.spec["DnssecKeys"]
    if any(each["PublicKey"] == public for each in known):
        raise errors.DuplicateRequest("The key is associated with the domain.")
    if len(known) >= MOST_KEYS:
        raise errors.DnssecLimitExceeded(f"A domain has at most {MOST_KEYS} keys.")


def lock(tx: Tx, name: str, *, locked: bool) -> str:
    found = living(tx, name)
    change(tx, found, TransferLock=locked)
    return done(tx, "DOMAIN_LOCK", found.name)
