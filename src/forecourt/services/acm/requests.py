"""Certificates asked for: public ones, to be validated, and private ones, of an account's authority.

https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import idna

from forecourt.aws.operations import Operations
from forecourt.planes.tls import keys
from forecourt.platform import quotas
from forecourt.platform.certificates.proving import LONGEST_NAME

from . import validation
from .certificates import (
    ISSUED,
    PENDING,
    PRIVATE,
    PUBLIC,
    WORK,
    Certificate,
    arn_of,
    change,
    errors,
    insert,
    new_id,
    own,
)
from .tags import checked

if TYPE_CHECKING:
    from forecourt.aws.types import acm as t
    from forecourt.store.tx import Tx

ops = Operations("acm")
REQUESTABLE = ("RSA_2048", "EC_prime256v1", "EC_secp384r1")
REMEMBERED = 3600.0  # seconds for which an idempotency token holds
LONGEST_FIRST = 64  # octets of DomainName: it is the common name


@ops.write
def request_certificate(tx: Tx, req: t.RequestCertificateRequest) -> t.RequestCertificateResponse:
    """A certificate that is issued once its names are proven, or by a private authority at once."""
    names = names_of(tx, req)
    type_ = PRIVATE if req.get("CertificateAuthorityArn") else PUBLIC
    algorithm = req.get("KeyAlgorithm", "RSA_2048")
    if algorithm not in (REQUESTABLE if type_ == PUBLIC else keys.MAKE):
        raise errors.ValidationException(
            f"Encryption Algorithm {algorithm} is not supported in {tx.call.region} region"
        )
    tags = checked({}, req.get("Tags", []))
    spec = spec_of(req, names, type_)
    token = token_of(req)
    if token and (known := with_token(tx, names[0], token)) is not None:
        return {"CertificateArn": arn_of(tx.call.account, tx.call.region, known)}
    check_quota(tx)
    new = Certificate(
        id=new_id(),
        account=tx.call.account,
        region=tx.call.region,
        domain=names[0],
        status=PENDING,
        type=type_,
        algorithm=algorithm,
        created=tx.now.timestamp(),
        not_after=None,
        exported=False,
        authority=None,
        certificate=None,
        chain="",
        secret=None,
        spec={**spec, "Token": token},
        state={},
        tags=tags,
    )
    insert(tx, new)
    if type_ == PUBLIC and spec["Method"] == "DNS":
        validation.wait(tx, new)
    elif type_ == PUBLIC:
        validation.ask_by_mail(tx, new, names)
    tx.enqueue(WORK, new.id)
    return {"CertificateArn": new.arn}


@ops.write
def resend_validation_email(tx: Tx, req: t.ResendValidationEmailRequest) -> None:
    one = own(tx, req["CertificateArn"])
    name, domain = req["Domain"].lower(), req["ValidationDomain"].lower()
    if one.type != PUBLIC or one.spec["Method"] != "EMAIL" or one.status != PENDING:
        raise errors.InvalidStateException(
            f"The certificate {one.arn} is not waiting for validation by email."
        )
    if name not in one.names:
        raise errors.InvalidDomainValidationOptionsException(
            f"The domain {name} is not a domain of the certificate."
        )
    check_above(name, domain)
    domains = {**one.spec.get("ValidationDomains", {}), name: domain}
    changed = change(tx, one, spec={**one.spec, "ValidationDomains": domains})
    validation.ask_by_mail(tx, changed, [name])


@ops.write
def update_certificate_options(tx: Tx, req: t.UpdateCertificateOptionsRequest) -> None:
    """Transparency, whether the key may leave, and from mail to DNS."""
    one, options = own(tx, req["CertificateArn"]), req["Options"]
    if one.type != PUBLIC:
        kind = "private" if one.type == PRIVATE else "imported"
        raise errors.InvalidStateException(
            f"The UpdateCertificateOptions command is not permitted for {kind} certificates."
        )
    if one.status not in (PENDING, ISSUED):
        raise errors.InvalidStateException(f"Certificate {one.arn} is in {one.status} state.")
    spec = dict(one.spec)
    if transparency := options.get("CertificateTransparencyLoggingPreference"):
        spec["Transparency"] = transparency
    if (export := options.get("Export")) and export != spec["Export"]:
        if one.exported or one.status != PENDING:
            raise errors.InvalidStateException(
                "The export option of a certificate is fixed when it is issued."
            )
        spec["Export"] = export
    method = options.get("ValidationMethod", spec["Method"])
    if method != spec["Method"]:
        if method != "DNS" or one.status not in (PENDING, ISSUED):
            raise errors.InvalidStateException("Validation can be changed from email to DNS alone.")
        spec["Method"] = method
    changed = change(tx, one, spec=spec)
    if method == "DNS":
        validation.wait(tx, changed)
    tx.enqueue(WORK, one.id)


def names_of(tx: Tx, req: t.RequestCertificateRequest) -> list[str]:
    """The names, the first one first, each once.  InvalidDomainValidationOptionsException,
    LimitExceededException, ValidationException.
    """
    given = [req["DomainName"], *req.get("SubjectAlternativeNames", [])]
    names = list(dict.fromkeys(each.lower().rstrip(".") for each in given))
    if len(names[0]) > LONGEST_FIRST:
        raise errors.InvalidDomainValidationOptionsException(
            f"The first domain name can be no longer than {LONGEST_FIRST} characters."
        )
    for name in names:
        check_name(name)
    if len(names) > quotas.limit(tx, "MAX_DOMAIN_NAMES_BY_CERTIFICATE"):
        raise errors.LimitExceededException("Certificate has too many domains.")
    return names


def check_name(name: str) -> None:
    """ValidationException: labels that are no DNS labels, or no IDNA ones (RFC 5891 §5.4)."""
    for label in name.removeprefix("*.").split("."):
        reserved = label[2:4] == "--"
        if len(label) > 63 or (reserved and not label.startswith("xn--")):
            raise errors.ValidationException(f"The domain name {name} is not valid.")
        if reserved:
            try:
                idna.ulabel(label)
            except (idna.IDNAError, UnicodeError):
                raise errors.ValidationException(
                    f"The domain name {name} has a label that is no valid internationalized one."
                ) from None


def spec_of(req: t.RequestCertificateRequest, names: list[str], type_: str) -> dict[str, Any]:
    options = req.get("Options", {})
    domains = {}
    for each in req.get("DomainValidationOptions", []):
        name, domain = each["DomainName"].lower(), each["ValidationDomain"].lower()
        if name not in names:
            raise errors.InvalidDomainValidationOptionsException(
                f"The domain {name} is not a domain of the request."
            )
        check_above(name, domain)
        domains[name] = domain
    if type_ == PRIVATE and "Export" in options:
        raise errors.ValidationException(
            "One or more of the options specified in the request are not supported for PRIVATE"
            " certificate types"
        )
    method = req.get("ValidationMethod", options.get("ValidationMethod", "EMAIL"))
    if method == "HTTP":
        raise errors.InvalidParameterException(
            "HTTP validation is for certificates that CloudFront manages, and there is none here."
        )
    if method == "DNS" and any(len(name) > LONGEST_NAME for name in names) and type_ == PUBLIC:
        raise errors.ValidationException(
            f"Names longer than {LONGEST_NAME} octets have no room for the record that proves them."
        )
    return {
        "Names": names,
        "Method": method,
        "ValidationDomains": domains,
        "Transparency": options.get("CertificateTransparencyLoggingPreference", "ENABLED"),
        "Export": "ENABLED" if type_ == PRIVATE else options.get("Export", "DISABLED"),
        "AuthorityArn": req.get("CertificateAuthorityArn"),
        "ManagedBy": req.get("ManagedBy"),
    }


def check_above(name: str, domain: str) -> None:
    """Mail for a name goes to it, or to a domain above.  InvalidDomainValidationOptionsException."""
    apex = name.removeprefix("*.")
    if apex != domain and not apex.endswith(f".{domain}"):
        raise errors.InvalidDomainValidationOptionsException(
            f"The validation domain name {domain} is not a superdomain of the domain name {apex}."
        )


def token_of(req: t.RequestCertificateRequest) -> str:
    """A token together with what it was given for."""
    if not req.get("IdempotencyToken"):
        return ""
    whole = json.dumps({**req, "Tags": None}, sort_keys=True, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()


def with_token(tx: Tx, domain: str, token: str) -> str | None:
    """The certificate that the same request made within the hour."""
    rows = tx.all(
        "SELECT id, spec FROM acm_certificate WHERE account = :account AND region = :region"
        " AND created > :since AND domain = :domain",
        account=tx.call.account,
        region=tx.call.region,
        since=tx.now.timestamp() - REMEMBERED,
        domain=domain,
    )
    return next((id_ for id_, spec in rows if json.loads(spec).get("Token") == token), None)


def check_quota(tx: Tx) -> None:
    count = tx.value(
        "SELECT count(*) FROM acm_certificate WHERE account = :account AND region = :region",
        account=tx.call.account,
        region=tx.call.region,
    )
    if count >= quotas.limit(tx, "MAX_CERTIFICATES_BY_REGION"):
        raise errors.LimitExceededException(
            "You have reached the maximum number of certificates. Delete certificates that are not"
            " in use, or contact AWS Support to request an increase."
        )
