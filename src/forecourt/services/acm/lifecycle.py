"""What a certificate comes to: read, renewed, revoked, deleted; and what the account wants told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.planes.tls import revoking
from forecourt.planes.tls.building import pem
from forecourt.platform.certificates import authorities, revocation, uses
from forecourt.store.resources import Kind

from . import validation
from .certificates import (
    ISSUED,
    PENDING,
    PUBLIC,
    REVOKED,
    WORK,
    change,
    errors,
    is_renewable,
    own,
    remove,
)
from .documents import detail

if TYPE_CHECKING:
    from forecourt.aws.types import acm as t
    from forecourt.store.tx import Tx

ops = Operations("acm")
ACCOUNT = Kind("acm", "account", errors.ResourceNotFoundException)
DAYS = 45  # before expiry, from which on events tell of it
PENDING_RENEWAL = "PENDING_AUTO_RENEWAL"


@ops.read
def describe_certificate(
    tx: Tx, req: t.DescribeCertificateRequest
) -> t.DescribeCertificateResponse:
    shown: t.CertificateDetail = detail(tx, own(tx, req["CertificateArn"]))  # type: ignore[assignment]
    return {"Certificate": shown}


@ops.read
def list_certificate_domain_validations(
    tx: Tx, req: t.ListCertificateDomainValidationsRequest
) -> t.ListCertificateDomainValidationsResponse:
    """How each name is, or was last, validated."""
    one = own(tx, req["CertificateArn"])
    if one.type != PUBLIC:
        return {"DomainValidationSummaryList": []}
    known = one.state.get("Domains", {})
    found = []
    for option in validation.options(tx, one, known):
        if "ResourceRecord" in option:
            record = {"ResourceRecord": option["ResourceRecord"]}
            challenge = {"DnsValidationChallenge": record}
        else:
            members = ("ValidationEmails", "ValidationDomain")
            challenge = {"EmailValidationChallenge": {each: option[each] for each in members}}
        active = {
            "ValidationMethod": option["ValidationMethod"],
            "ValidationChallenge": challenge,
            "ValidationStatus": option["ValidationStatus"],
        }
        found.append({"DomainName": option["DomainName"], "ActiveValidationConfiguration": active})
    start = start_of(req.get("NextToken"))
    size = req.get("MaxItems", len(found) or 1)
    answer: t.ListCertificateDomainValidationsResponse = {
        "DomainValidationSummaryList": found[start : start + size]  # type: ignore[typeddict-item]
    }
    if start + size < len(found):
        answer["NextToken"] = str(start + size)
    return answer


def start_of(token: str | None) -> int:
    if token is not None and not token.isdecimal():
        raise errors.InvalidArgsException("The next token is not valid.")
    return int(token or 0)


@ops.read
def get_certificate(tx: Tx, req: t.GetCertificateRequest) -> t.GetCertificateResponse:
    """The certificate and its issuers'."""
    one = own(tx, req["CertificateArn"])
    if one.certificate is None:
        if one.status == PENDING:
            raise errors.RequestInProgressException(
                f"Certificate {one.arn} in account {one.account} not yet issued."
            )
        raise errors.ResourceNotFoundException(
            f"Could not find certificate contents for {one.arn}, which is {one.status}."
        )
    answer: t.GetCertificateResponse = {"Certificate": pem(one.x509)}
    if one.chain:
        answer["CertificateChain"] = one.chain
    return answer


@ops.write
def renew_certificate(tx: Tx, req: t.RenewCertificateRequest) -> None:
    """Renew now what would be renewed by itself: what was exported or is used."""
    one = own(tx, req["CertificateArn"])
    if one.status == PENDING:
        raise errors.RequestInProgressException(f"Certificate {one.arn} is being issued.")
    if not is_renewable(tx, one):
        raise errors.ValidationException(
            f"Certificate {one.arn} in account {one.account} is not eligible for renewal."
        )
    before = (one.state.get("Renewal") or {}).get("Status")
    if before in (PENDING, PENDING_RENEWAL):
        raise errors.RequestInProgressException(f"Certificate {one.arn} is being renewed.")
    renewal = {"Status": PENDING_RENEWAL, "UpdatedAt": tx.now.timestamp(), "Asked": True}
    change(tx, one, state={**one.state, "Renewal": renewal})
    tx.enqueue(WORK, one.id)


@ops.write
def revoke_certificate(tx: Tx, req: t.RevokeCertificateRequest) -> t.RevokeCertificateResponse:
    """A public certificate that was exported holds no more."""
    one = own(tx, req["CertificateArn"])
    if one.type != PUBLIC or not one.exported or one.status != ISSUED:
        raise errors.ValidationException(
            f"Certificate {one.arn} cannot be revoked: only public certificates that were exported"
            " and are ISSUED can be."
        )
    refuse_if_used(tx, one.arn)
    reason = REASONS.get(req["RevocationReason"], req["RevocationReason"])
    if reason not in revoking.REASONS:
        raise errors.ValidationException(f"The reason {reason} cannot be given.")
    assert one.authority is not None
    serial = authorities.hexadecimal(one.x509.serial_number)
    revocation.revoke(tx, one.authority, serial, reason)
    state = {
        **one.state,
        "RevokedAt": tx.now.timestamp(),
        "RevocationReason": req["RevocationReason"],
    }
    change(tx, one, status=REVOKED, state=state)
    return {"CertificateArn": one.arn}


# Of ours that the authorities' list spells otherwise.
REASONS = {"CA_COMPROMISE": "CERTIFICATE_AUTHORITY_COMPROMISE", "SUPERCEDED": "SUPERSEDED"}


@ops.write
def delete_certificate(tx: Tx, req: t.DeleteCertificateRequest) -> None:
    one = own(tx, req["CertificateArn"])
    refuse_if_used(tx, one.arn)
    validation.forget(tx, one)
    remove(tx, one)


def refuse_if_used(tx: Tx, arn: str) -> None:
    """ResourceInUseException"""
    if uses.users(tx, arn):
        raise errors.ResourceInUseException(
            f"Certificate {arn} in account {tx.call.account} is in use."
        )


@ops.read
def get_account_configuration(tx: Tx, req: dict[str, object]) -> t.GetAccountConfigurationResponse:
    return {"ExpiryEvents": {"DaysBeforeExpiry": days_before_expiry(tx)}}


def days_before_expiry(tx: Tx) -> int:
    found = ACCOUNT.find(tx, "configuration")
    return DAYS if found is None else int(found.spec["DaysBeforeExpiry"])


@ops.write
def put_account_configuration(tx: Tx, req: t.PutAccountConfigurationRequest) -> None:
    days = req.get("ExpiryEvents", {}).get("DaysBeforeExpiry", DAYS)
    found = ACCOUNT.find(tx, "configuration")
    if found is None:
        ACCOUNT.create(tx, "configuration", {"DaysBeforeExpiry": days}, {})
    else:
        ACCOUNT.change(tx, found, spec={"DaysBeforeExpiry": days})
