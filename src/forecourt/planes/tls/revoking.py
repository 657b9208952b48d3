"""Whether a certificate still holds: CRLs (RFC 5280 §5) and OCSP (RFC 6960), made and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, OCSPExtensionOID

from forecourt.planes.tls.building import PSS, Issuer, authority_key_id, hash_for

DER = serialization.Encoding.DER
LARGEST_REQUEST = 4096  # bytes
FRESH = timedelta(hours=1)  # for how long an OCSP answer holds
REASONS = {  # as AWS spells them
    "UNSPECIFIED": x509.ReasonFlags.unspecified,
    "KEY_COMPROMISE": x509.ReasonFlags.key_compromise,
    "CERTIFICATE_AUTHORITY_COMPROMISE": x509.ReasonFlags.ca_compromise,
    "AFFILIATION_CHANGED": x509.ReasonFlags.affiliation_changed,
    "SUPERSEDED": x509.ReasonFlags.superseded,
    "CESSATION_OF_OPERATION": x509.ReasonFlags.cessation_of_operation,
    "PRIVILEGE_WITHDRAWN": x509.ReasonFlags.privilege_withdrawn,
    "A_A_COMPROMISE": x509.ReasonFlags.aa_compromise,
}


@dataclass(frozen=True, slots=True)
class Revoked:
    serial: int
    at: datetime
    reason: str = "UNSPECIFIED"  # of REASONS


class Unusable(Exception):
    """A CRL or an OCSP answer says nothing of a certificate; the text says why."""


def crl(
    issuer: Issuer,
    revoked: Iterable[Revoked],
    number: int,
    validity: tuple[datetime, datetime],
    url: str = "",
    digest: str = "SHA256",
    pss: bool = False,
) -> bytes:
    """A CRL (DER); with `url`, of those certificates alone that name this distribution point
    (RFC 5280 §5.2.5).
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(validity[0])
        .next_update(validity[1])
        .add_extension(authority_key_id(issuer.certificate), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    if url:
        where = [x509.UniformResourceIdentifier(url)]
        scope = x509.IssuingDistributionPoint(where, None, False, False, None, False, False)
        builder = builder.add_extension(scope, critical=True)
    for each in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(each.serial).revocation_date(each.at)
        if each.reason != "UNSPECIFIED":  # which is said by saying nothing (RFC 5280 §5.3.1)
            entry = entry.add_extension(x509.CRLReason(REASONS[each.reason]), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    padded = PSS if pss else None
    signed = builder.sign(issuer.key, hash_for(issuer.key, digest), rsa_padding=padded)
    return signed.public_bytes(DER)


Known = Callable[[int], Revoked | bool]  # of a serial: how it was revoked, or whether it was issued


def answer(
    request: bytes, authority: x509.Certificate, responder: Issuer, known: Known, now: datetime
) -> bytes:
    """The OCSP answer (DER) to a request (DER) on a certificate of an authority's."""
    refusal = ocsp.OCSPResponseBuilder.build_unsuccessful
    if len(request) > LARGEST_REQUEST:
        return refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST).public_bytes(DER)
    try:
        asked = ocsp.load_der_ocsp_request(request)
        serial, digest = asked.serial_number, asked.hash_algorithm
        name, key = asked.issuer_name_hash, asked.issuer_key_hash
        nonce = next((e.value for e in asked.extensions if e.oid == OCSPExtensionOID.NONCE), None)
    except (
        ValueError, TypeError, NotImplementedError, UnsupportedAlgorithm, x509.DuplicateExtension,
    ):  # fmt: skip
        return refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST).public_bytes(DER)
    if serial < 0:
        return refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST).public_bytes(DER)
    if (name, key) != hashes_of(authority, digest):
        return refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED).public_bytes(DER)
    found = known(serial)
    status, at, reason = ocsp.OCSPCertStatus.GOOD, None, None
    if isinstance(found, Revoked):
        status, at = ocsp.OCSPCertStatus.REVOKED, found.at
        reason = None if found.reason == "UNSPECIFIED" else REASONS[found.reason]
    elif not found:
        status = ocsp.OCSPCertStatus.UNKNOWN
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            name, key, serial, digest, status, now, now + FRESH, at, reason,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
        .certificates([responder.certificate])
    )  # fmt: skip
    if nonce is not None:
        builder = builder.add_extension(nonce, critical=False)
    return builder.sign(responder.key, hash_for(responder.key)).public_bytes(DER)


def hashes_of(authority: x509.Certificate, digest: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
    """An authority's name and key as OCSP names it (RFC 6960 §4.1.1)."""
    key = authority.public_key()
    encoding, form = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    if isinstance(key, rsa.RSAPublicKey):
        encoding, form = DER, serialization.PublicFormat.PKCS1
    elif isinstance(key, ec.EllipticCurvePublicKey):
        encoding = serialization.Encoding.X962
        form = serialization.PublicFormat.UncompressedPoint
    bits = key.public_bytes(encoding, form)
    found = []
    for data in (authority.subject.public_bytes(), bits):
        hashing = hashes.Hash(digest)
        hashing.update(data)
        found.append(hashing.finalize())
    return found[0], found[1]


def in_crl(
    data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> Revoked | None:
    """How a CRL (DER or PEM) says that a certificate was revoked.  Unusable."""
    try:
        read = x509.load_pem_x509_crl if data.startswith(b"-----") else x509.load_der_x509_crl
        found = read(data)
        signed = found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as wrong:
        raise Unusable(f"the CRL cannot be read: {wrong}") from None
    if not signed or found.issuer != certificate.issuer:
        raise Unusable("the CRL is not the issuer's")
    if found.next_update_utc is not None and found.next_update_utc < now:
        raise Unusable(
            f"the CRL is old: the next was due {found.next_update_utc:%Y-%m-%d %H:%M} UTC"
        )
    entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return None
    try:
        flag: Any = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        flag = x509.ReasonFlags.unspecified
    return Revoked(entry.serial_number, entry.revocation_date_utc, spelled(flag))


def request_for(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """What an OCSP responder is asked (DER)."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())
    return builder.build().public_bytes(DER)


def in_answer(
    data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> Revoked | None:
    """How an OCSP answer says that a certificate was revoked.  Unusable."""
    try:
        found = ocsp.load_der_ocsp_response(data)
        if found.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise Unusable(f"the OCSP responder answers {found.response_status.name}")
        signer = signer_of(found, issuer)
        verify_signature(signer.public_key(), found)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as wrong:
        raise Unusable(
            f"the OCSP answer is not to be trusted: {wrong or 'bad signature'}"
        ) from None
    if found.serial_number != certificate.serial_number:
        raise Unusable("the OCSP answer is of another certificate")
    if found.next_update_utc is not None and found.next_update_utc < now:
        raise Unusable("the OCSP answer is old")
    if found.certificate_status == ocsp.OCSPCertStatus.UNKNOWN:
        raise Unusable("the OCSP responder does not know the certificate")
    if found.certificate_status == ocsp.OCSPCertStatus.GOOD:
        return None
    assert found.revocation_time_utc is not None
    reason = found.revocation_reason or x509.ReasonFlags.unspecified
    return Revoked(found.serial_number, found.revocation_time_utc, spelled(reason))


def signer_of(found: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate:
    """Whose key signed: the issuer's, or one that it lets (RFC 6960 §4.2.2.2).  ValueError."""
    for each in found.certificates:
        if each == issuer:
            return issuer
        each.verify_directly_issued_by(issuer)
        purposes = each.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if ExtendedKeyUsageOID.OCSP_SIGNING not in purposes:
            raise ValueError("the signer may not sign OCSP answers")
        return each
    return issuer


def verify_signature(key: Any, found: ocsp.OCSPResponse) -> None:
    """InvalidSignature, TypeError"""
    signed, digest = found.tbs_response_bytes, found.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey):
        assert digest is not None
        key.verify(found.signature, signed, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        assert digest is not None
        key.verify(found.signature, signed, ec.ECDSA(digest))
    else:
        key.verify(found.signature, signed)


def spelled(flag: x509.ReasonFlags) -> str:
    return next((name for name, each in REASONS.items() if each == flag), "UNSPECIFIED")
