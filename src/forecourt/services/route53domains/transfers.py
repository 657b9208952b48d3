"""Domains that change hands: between accounts by a password, between owners by the authorization code."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.identity import accounts

from .domains import (
    CONTACTS,
    DOMAINS,
    OK,
    change,
    checked_servers,
    code_of,
    errors,
    living,
    name_in,
    new_code,
)
from .operations import WORK, done, operations, start, submit
from .prices import amount, yearly
from .registrations import check_contact

if TYPE_CHECKING:
    from forecourt.aws.types import route53domains as t
    from forecourt.store.resources import Resource
    from forecourt.store.tx import Tx

ops = Operations("route53domains")
OFFERED = timedelta(days=3)  # how long an offer to another account holds


@ops.read
def check_domain_transferability(
    tx: Tx, req: t.CheckDomainTransferabilityRequest
) -> t.CheckDomainTransferabilityResponse:
    name = name_in(req["DomainName"])
    found = DOMAINS.find(tx, name)
    if found is None:
        state = "UNTRANSFERABLE"
    elif found.spec["Account"] == tx.call.account:
        state = "DOMAIN_IN_OWN_ACCOUNT"
    elif found.spec["TransferLock"] or found.spec["State"] != OK:
        state = "DOMAIN_IN_ANOTHER_ACCOUNT"
    else:
        state = "TRANSFERABLE"
    answer: Any = {"Transferability": {"Transferable": state}}
    if state == "TRANSFERABLE":
        answer["Price"] = amount(yearly(name))
    return answer


@ops.write
def transfer_domain(tx: Tx, req: t.TransferDomainRequest) -> t.TransferDomainResponse:
    """Take over a domain by its code: a year more, and the contacts that are given."""
    name = name_in(req["DomainName"])
    found = DOMAINS.find(tx, name)
    if found is None or found.spec["State"] != OK:
        raise errors.InvalidInput(f"The domain {name} is not registered.")
    if found.spec["Account"] == tx.call.account:
        raise errors.DuplicateRequest(f"The domain {name} is in this account.")
    if found.spec["TransferLock"]:
        raise errors.TLDRulesViolation(f"The domain {name} is locked against transfers.")
    code, known = req.get("AuthCode", ""), code_of(tx, found)
    if not known or not compare_digest(code.encode(errors="replace"), known.encode()):
        raise errors.InvalidInput("The authorization code is not valid.")
    given: Any = req
    members: dict[str, Any] = {"Account": tx.call.account, "AutoRenew": req.get("AutoRenew", True)}
    for kind in CONTACTS:
        contact = given.get(f"{kind}Contact") or given["RegistrantContact"]
        check_contact(contact)
        members[f"{kind}Contact"] = contact
    if req.get("Nameservers"):
        members["Nameservers"] = checked_servers(name, req["Nameservers"])
    operation = submit(
        tx, "TRANSFER_IN_DOMAIN", name, Members=members, Code=found.spec["AuthCode"], Years=1
    )
    return {"OperationId": operation}


@ops.write
def transfer_domain_to_another_aws_account(
    tx: Tx, req: t.TransferDomainToAnotherAwsAccountRequest
) -> t.TransferDomainToAnotherAwsAccountResponse:
    """Offer a domain to another account, which takes it by the password."""
    found = living(tx, req["DomainName"])
    target = req["AccountId"]
    if target == tx.call.account or all(each.id != target for each in accounts.list_accounts(tx)):
        raise errors.InvalidInput(f"{target} is not another account.")
    if found.spec["Transfer"] is not None:
        raise errors.DuplicateRequest(f"The domain {found.name} is offered to an account.")
    password = secrets.token_urlsafe(12)
    until = tx.now + OFFERED
    operation = start(tx, "INTERNAL_TRANSFER_OUT_DOMAIN", found.name, until)
    change(
        tx,
        found,
        Transfer={
            "To": target,
            "Password": hashed(password),
            "Operation": operation,
            "Until": until.timestamp(),
        },
    )
    return {"OperationId": operation, "Password": password}


@ops.write
def accept_domain_transfer_from_another_aws_account(
    tx: Tx, req: t.AcceptDomainTransferFromAnotherAwsAccountRequest
) -> t.AcceptDomainTransferFromAnotherAwsAccountResponse:
    found = offered(tx, req["DomainName"])
    if not compare_digest(hashed(req["Password"]), found.spec["Transfer"]["Password"]):
        raise errors.InvalidInput("The password is not valid.")
    owner = found.spec["Account"]
    change(tx, found, Account=tx.call.account, Transfer=None, AuthCode=new_code(tx))
    tx.enqueue(WORK, f"{owner} {found.spec['Transfer']['Operation']}")
    return {"OperationId": done(tx, "INTERNAL_TRANSFER_IN_DOMAIN", found.name)}


@ops.write
def reject_domain_transfer_from_another_aws_account(
    tx: Tx, req: t.RejectDomainTransferFromAnotherAwsAccountRequest
) -> t.RejectDomainTransferFromAnotherAwsAccountResponse:
    found = offered(tx, req["DomainName"])
    change(tx, found, Transfer=None)
    tx.enqueue(WORK, f"{found.spec['Account']} {found.spec['Transfer']['Operation']}")
    return {"OperationId": done(tx, "INTERNAL_TRANSFER_IN_DOMAIN", found.name)}


@ops.write
def cancel_domain_transfer_to_another_aws_account(
    tx: Tx, req: t.CancelDomainTransferToAnotherAwsAccountRequest
) -> t.CancelDomainTransferToAnotherAwsAccountResponse:
    found = living(tx, req["DomainName"])
    if found.spec["Transfer"] is None:
        raise errors.InvalidInput(f"The domain {found.name} is not offered to any account.")
    operation = found.spec["Transfer"]["Operation"]
    change(tx, found, Transfer=None)
    tx.enqueue(WORK, f"{tx.call.account} {operation}")
    return {"OperationId": operation}


@ops.write
def push_domain(tx: Tx, req: t.PushDomainRequest) -> dict[str, Any]:
    """Registrars' tags are .uk's; there is no other registrar here."""
    found = living(tx, req["DomainName"])
    if not found.name.endswith(".uk"):
        raise errors.InvalidInput("Only domains below .uk are pushed to another registrar.")
    raise errors.InvalidInput(f"There is no registrar with the tag {req['Target']}.")


@ops.write
def resend_operation_authorization(
    tx: Tx, req: t.ResendOperationAuthorizationRequest
) -> dict[str, Any]:
    operations.get(tx, req["OperationId"], f"Operation {req['OperationId']} not found.")
    raise errors.InvalidInput("The operation waits for no authorization.")


def offered(tx: Tx, given: str) -> Resource:
    """A domain that is offered to the caller.  InvalidInput."""
    name = name_in(given)
    found = DOMAINS.find(tx, name)
    transfer = found.spec["Transfer"] if found is not None else None
    if (
        found is None
        or found.spec["State"] != OK
        or transfer is None
        or transfer["To"] != tx.call.account
        or tx.now.timestamp() >= transfer["Until"]
    ):
        raise errors.InvalidInput(f"The domain {name} is not offered to this account.")
    return found


def hashed(password: str) -> str:
    """Passwords are random, so a plain hash keeps them."""
    return sha256(password.encode()).hexdigest()
