"""What private authorities issue and revoke.

https://docs.aws.amazon.com/privateca/latest/APIReference/API_IssueCertificate.html
https://docs.aws.amazon.com/privateca/latest/userguide/template-order-of-operations.html
"""

from __future__ import annotations

import calendar
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID
from cryptography.x509.oid import ObjectIdentifier as Oid

from forecourt.aws.operations import Operations
from forecourt.planes.tls.building import (
    Extension,
    Issuer,
    Urls,
    authority_key_id,
    digest_of,
    key_usage,
    pem,
    pointers,
    sign,
)
from forecourt.planes.tls.verifying import is_self_signed
from forecourt.platform.certificates import authorities, private, revocation
from forecourt.platform.certificates.private import ValidationException, errors

from .authorities import ACTIVE, PENDING, USAGES, check_family, living, own
from .names import custom_extension, general_name, subject_of
from .templates import DEFAULT, TEMPLATES, Template

if TYPE_CHECKING:
    from forecourt.aws.types import acm_pca as t
    from forecourt.store.resources import Resource
    from forecourt.store.tx import Tx

ops = Operations("acm-pca")
REMEMBERED = 300.0  # seconds for which an idempotency token holds
BACKDATED = timedelta(minutes=60)
LEAST_RSA = 2048  # bits
CURVES = ("secp256r1", "secp384r1", "secp521r1")
SHORT = timedelta(days=7)  # of authorities for short-lived certificates
MOST_WITH_ONE_CRL = 1_000_000
PURPOSES = {
    "SERVER_AUTH": "1.3.6.1.5.5.7.3.1",
    "CLIENT_AUTH": "1.3.6.1.5.5.7.3.2",
    "CODE_SIGNING": "1.3.6.1.5.5.7.3.3",
    "EMAIL_PROTECTION": "1.3.6.1.5.5.7.3.4",
    "TIME_STAMPING": "1.3.6.1.5.5.7.3.8",
    "OCSP_SIGNING": "1.3.6.1.5.5.7.3.9",
    "SMART_CARD_LOGIN": "1.3.6.1.4.1.311.20.2.2",
    "DOCUMENT_SIGNING": "1.3.6.1.4.1.311.10.3.12",
    "CERTIFICATE_TRANSPARENCY": "1.3.6.1.4.1.11129.2.4.4",
}


@ops.write
def issue_certificate(tx: Tx, req: t.IssueCertificateRequest) -> t.IssueCertificateResponse:
    found = living(tx, req["CertificateAuthorityArn"])
    token = req.get("IdempotencyToken", "")
    if token and (known := with_token(tx, found, token)) is not None:
        return {"CertificateArn": known}
    template = template_of(req.get("TemplateArn", DEFAULT))
    csr = csr_of(req["Csr"])
    issuer = issuer_of(tx, found, template, csr)
    check_family(found.spec["Configuration"]["KeyAlgorithm"], req["SigningAlgorithm"])
    passed: Any = req.get("ApiPassthrough", {}) if template.api else {}
    subject = subject_of(passed["Subject"]) if "Subject" in passed else csr.subject
    validity = validity_of(tx, req, found, template, issuer)
    try:
        extensions = extensions_of(template, csr, passed, subject, issuer)
    except (ValueError, KeyError) as wrong:
        raise errors.InvalidArgsException(f"An extension is not valid: {wrong}.") from None
    if not list(subject) and not any(
        isinstance(each, x509.SubjectAlternativeName) for each, _ in extensions
    ):
        raise errors.MalformedCSRException(
            "The request names neither a subject nor an alternative name."
        )
    own = authorities.key_of(tx, known_of(tx, found)) if issuer is None else None
    try:
        made = sign(
            subject, csr.public_key(), issuer, validity, extensions,
            key=own, pss=req["SigningAlgorithm"].endswith("_PSS"), digest=digest_of(req["SigningAlgorithm"]),
            serial=secrets.randbits(127) | 1 << 126,
        )  # fmt: skip
    except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        raise errors.InvalidArgsException(f"The certificate cannot be made: {wrong}.") from None
    return {"CertificateArn": private.note(tx, found, made, template.arn, token)}


def with_token(tx: Tx, found: Resource, token: str) -> str | None:
    arn = tx.value(
        "SELECT arn FROM pca_certificate WHERE authority = :authority AND token = :token"
        " AND created > :since",
        authority=found.name,
        token=token,
        since=tx.now.timestamp() - REMEMBERED,
    )
    return None if arn is None else str(arn)


def template_of(arn: str) -> Template:
    if (found := TEMPLATES.get(arn)) is None:
        raise errors.InvalidArgsException(f"There is no template {arn}.")
    return found


def csr_of(data: bytes) -> x509.CertificateSigningRequest:
    """MalformedCSRException"""
    try:
        found = x509.load_pem_x509_csr(data)
        good = found.is_signature_valid and is_strong(found.public_key()) and are_names(found)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension):
        good = False
    if not good:
        raise errors.MalformedCSRException("The certificate signing request is invalid.")
    return found


def is_strong(key: Any) -> bool:
    """Whether a key is worth a certificate (Baseline Requirements §6.1.5)."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= LEAST_RSA
    return not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name in CURVES


def are_names(csr: x509.CertificateSigningRequest) -> bool:
    """Whether the names that are asked for can be read by everybody alike: no NUL in them."""
    try:
        found = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return True
    return all(each.isprintable() for each in found.get_values_for_type(x509.DNSName))


def known_of(tx: Tx, found: Resource) -> authorities.Authority:
    known = authorities.find(tx, found.name)
    assert known is not None
    return known


def issuer_of(
    tx: Tx, found: Resource, template: Template, csr: x509.CertificateSigningRequest
) -> Issuer | None:
    """Who signs: the authority, or nobody where it signs its own root.  InvalidStateException."""
    known, status = known_of(tx, found), found.status["Status"]
    if template.is_root:
        own_request = x509.load_pem_x509_csr(found.spec["Csr"].encode())
        if found.spec["Type"] != "ROOT" or status not in (PENDING, ACTIVE):
            raise bad_state()
        if csr.public_key() != own_request.public_key():
            raise errors.MalformedCSRException(
                "A root's certificate is made of the authority's own signing request."
            )
        return None
    if status != ACTIVE or known.certificate is None:
        raise bad_state()
    if known.crl["Crl"] and not known.crl["Partitioned"] and known.issued >= MOST_WITH_ONE_CRL:
        raise errors.LimitExceededException("A complete CRL is of a million certificates.")
    issuer = authorities.opened(tx, known)
    urls = issuer.urls
    return Issuer(issuer.certificate, issuer.key, Urls("", urls.ocsp, urls.crl))


def bad_state() -> Exception:
    return errors.InvalidStateException(
        "The certificate authority is not in a valid state for issuing certificates"
    )


def validity_of(
    tx: Tx,
    req: t.IssueCertificateRequest,
    found: Resource,
    template: Template,
    issuer: Issuer | None,
) -> tuple[datetime, datetime]:
    now = tx.now.replace(microsecond=0)
    start = now - BACKDATED
    if (before := req.get("ValidityNotBefore")) is not None:
        if before["Type"] != "ABSOLUTE":
            raise errors.InvalidArgsException("ValidityNotBefore is of the type ABSOLUTE.")
        start = moment(before["Value"])
    end = end_of(req["Validity"], now)
    if end <= max(start, now):
        raise errors.InvalidArgsException("The certificate would end before it begins.")
    if issuer is None:
        return start, end
    if end > issuer.certificate.not_valid_after_utc:
        raise ValidationException(
            "The certificate validity specified exceeds the certificate authority validity"
        )
    short = found.spec["UsageMode"] == "SHORT_LIVED_CERTIFICATE"
    if short and not template.is_ca and end - now > SHORT:
        raise errors.InvalidArgsException(
            "Certificates of an authority for short-lived certificates last seven days at most."
        )
    check_depth(template, issuer)
    return start, end


def check_depth(template: Template, issuer: Issuer) -> None:
    constraints = issuer.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    most = constraints.value.path_length
    if template.is_ca and most is not None and (template.path_length or 0) >= most:
        raise errors.InvalidArgsException(
            f"The authority may be followed by {most} others, which the template exceeds."
        )


def moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise errors.InvalidArgsException("The time of validity is not valid.") from None


def end_of(validity: t.Validity, now: datetime) -> datetime:
    """InvalidArgsException"""
    value, type_ = validity["Value"], validity["Type"]
    try:
        match type_:
            case "ABSOLUTE":
                return moment(value)
            case "END_DATE":
                return end_date(value)
            case "DAYS":
                return now + timedelta(days=value)
            case "MONTHS":
                return months_later(now, value)
            case _:
                return months_later(now, 12 * value)
    except (ValueError, OverflowError):
        raise errors.InvalidArgsException(f"{value} is no valid {type_}.") from None


def end_date(value: int) -> datetime:
    """UTCTime or GeneralizedTime in digits (RFC 5280 §4.1.2.5)."""
    digits = str(value)
    if len(digits) <= 12:
        digits = digits.zfill(12)
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def months_later(now: datetime, months: int) -> datetime:
    years, month = divmod(now.month - 1 + months, 12)
    year, month = now.year + years, month + 1
    return now.replace(
        year=year, month=month, day=min(now.day, calendar.monthrange(year, month)[1])
    )


def extensions_of(
    template: Template,
    csr: x509.CertificateSigningRequest,
    passed: Any,
    subject: x509.Name,
    issuer: Issuer | None,
) -> list[Extension]:
    """The template's, then the caller's, then the request's: the first of each kind."""
    found: dict[Oid, Extension] = {}

    def add(extensions: Iterable[Extension]) -> None:
        for extension, critical in extensions:
            found.setdefault(extension.oid, (extension, critical))

    constraints = x509.BasicConstraints(
        template.is_ca, template.path_length if template.is_ca else None
    )
    add([(constraints, template.critical)])
    if template.usage:
        add([(key_usage(template.usage), True)])
    if template.purposes:
        purposes = x509.ExtendedKeyUsage([Oid(each) for each in template.purposes])
        add([(purposes, template.purposes_critical)])
    if issuer is not None:
        add([(authority_key_id(issuer.certificate), False)])
        add(pointers(issuer.urls))
    add([(x509.SubjectKeyIdentifier.from_public_key(csr.public_key()), False)])
    add(from_caller(passed.get("Extensions", {}), subject))
    try:
        asked = [(each.value, each.critical) for each in csr.extensions]
    except (ValueError, x509.DuplicateExtension):
        raise errors.MalformedCSRException("The request's extensions are not valid.") from None
    alternative = ExtensionOID.SUBJECT_ALTERNATIVE_NAME
    add(each for each in asked if template.csr or each[0].oid == alternative)
    return list(found.values())


def from_caller(given: Any, subject: x509.Name) -> list[Extension]:
    """InvalidArgsException"""
    found: list[Extension] = []
    if names := given.get("SubjectAlternativeNames"):
        alternatives = x509.SubjectAlternativeName([general_name(each) for each in names])
        found.append((alternatives, not list(subject)))
    if policies := given.get("CertificatePolicies"):
        found.append((x509.CertificatePolicies([policy(each) for each in policies]), False))
    if usage := given.get("KeyUsage"):
        found.append((key_usage(USAGES[name] for name, wanted in usage.items() if wanted), True))
    if purposes := given.get("ExtendedKeyUsage"):
        oids = [
            each.get("ExtendedKeyUsageObjectIdentifier") or PURPOSES[each["ExtendedKeyUsageType"]]
            for each in purposes
        ]
        found.append((x509.ExtendedKeyUsage([Oid(each) for each in oids]), False))
    found += [custom_extension(each) for each in given.get("CustomExtensions", [])]
    return found


def policy(given: Any) -> x509.PolicyInformation:
    qualifiers = [each["Qualifier"]["CpsUri"] for each in given.get("PolicyQualifiers", [])]
    return x509.PolicyInformation(Oid(given["CertPolicyId"]), qualifiers or None)


@ops.read
def get_certificate(tx: Tx, req: t.GetCertificateRequest) -> t.GetCertificateResponse:
    """A certificate, and its issuers' up to the root."""
    found = own(tx, req["CertificateAuthorityArn"])
    if found.status["Status"] == "DELETED":
        raise errors.InvalidStateException(
            f"The certificate authority {found.arn} is not in the correct state to have issued"
            " certificates."
        )
    row = tx.one(
        "SELECT i.certificate FROM pca_certificate AS p JOIN issued_certificate AS i"
        " ON i.authority = p.authority AND i.serial = p.serial WHERE p.arn = :arn"
        " AND p.authority = :authority",
        arn=req["CertificateArn"],
        authority=found.name,
    )
    if row is None:
        raise errors.ResourceNotFoundException(
            f"Could not find certificate {req['CertificateArn']}."
        )
    certificate = x509.load_der_x509_certificate(bytes(row[0]))
    answer: t.GetCertificateResponse = {"Certificate": pem(certificate)}
    known = known_of(tx, found)
    if not is_self_signed(certificate) and known.certificate is not None:
        issuer = x509.load_der_x509_certificate(known.certificate)
        answer["CertificateChain"] = pem(issuer) + known.chain
    return answer


@ops.write
def revoke_certificate(tx: Tx, req: t.RevokeCertificateRequest) -> None:
    found = living(tx, req["CertificateAuthorityArn"])
    if found.status["Status"] == PENDING:
        raise errors.InvalidStateException(
            "The certificate authority is not in a valid state for revoking certificates."
        )
    try:
        serial = int(req["CertificateSerial"].replace(":", ""), 16)
    except ValueError:
        raise errors.InvalidRequestException("The serial number is not hexadecimal.") from None
    known = known_of(tx, found)
    if known.certificate is not None:
        certificate = x509.load_der_x509_certificate(known.certificate)
        if certificate.serial_number == serial and is_self_signed(certificate):
            raise errors.InvalidRequestException("Self-signed certificate can not be revoked")
    try:
        name = authorities.hexadecimal(serial)
        revocation.revoke(tx, found.name, name, req["RevocationReason"])
    except revocation.NotIssued:
        raise errors.ResourceNotFoundException(
            f"Could not find certificate with serial {req['CertificateSerial']}."
        ) from None
    except revocation.AlreadyRevoked:
        raise errors.RequestAlreadyProcessedException(
            "Your request has already been completed."
        ) from None
