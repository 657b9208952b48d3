"""Certificates from elsewhere, and keys that leave.

https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from forecourt.aws.operations import Operations
from forecourt.planes.tls import keys
from forecourt.planes.tls.building import der, pem
from forecourt.planes.tls.verifying import is_self_signed

from .certificates import (
    IMPORTED,
    ISSUED,
    PENDING,
    PURPOSE,
    WORK,
    Certificate,
    change,
    errors,
    insert,
    is_exportable,
    new_id,
    own,
)
from .requests import check_quota
from .tags import checked

if TYPE_CHECKING:
    from forecourt.aws.types import acm as t
    from forecourt.store.tx import Tx

ops = Operations("acm")
ALGORITHMS = (
    "RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1",
    "EC_secp521r1",
)  # fmt: skip
LARGEST_KEY = 5120  # bytes
BEGIN = b"-----BEGIN CERTIFICATE-----"
MOST_IN_CHAIN = 20  # certificates


@ops.write
def import_certificate(tx: Tx, req: t.ImportCertificateRequest) -> t.ImportCertificateResponse:
    """A certificate with its key; over one that was imported before, if its ARN is given."""
    leaf, chain = certificate_in(req["Certificate"]), chain_in(req.get("CertificateChain", b""))
    key = key_in(req["PrivateKey"], leaf)
    check_dates(tx, leaf)
    check_chain(leaf, chain)
    names = dns_names(leaf)
    values: dict[str, Any] = {
        "domain": names[0] if names else "",
        "status": ISSUED,
        "algorithm": keys.algorithm_of(key),
        "not_after": leaf.not_valid_after_utc.timestamp(),
        "certificate": der(leaf),
        "chain": pem(*chain),
        "secret": tx.seal.close(keys.dump(key), PURPOSE),
        "spec": {"Names": names, "Method": ""},
        "state": {"ImportedAt": tx.now.timestamp()},
    }
    if arn := req.get("CertificateArn"):
        one = own(tx, arn)
        if one.type != IMPORTED:
            raise errors.ValidationException(
                f"Certificate {arn} was not imported: it cannot be imported over."
            )
        if req.get("Tags"):
            raise errors.InvalidParameterException("Tagging is not permitted on re-import.")
        change(tx, one, **values)
    else:
        check_quota(tx)
        one = Certificate(
            id=new_id(),
            account=tx.call.account,
            region=tx.call.region,
            type=IMPORTED,
            created=tx.now.timestamp(),
            exported=False,
            authority=None,
            tags=checked({}, req.get("Tags", [])),
            **values,
        )
        insert(tx, one)
    tx.enqueue(WORK, one.id)
    return {"CertificateArn": one.arn}


def certificate_in(data: bytes) -> x509.Certificate:
    """ValidationException"""
    if data.count(BEGIN) > 1:
        raise errors.ValidationException(
            "The certificate field contains more than one certificate. You can specify only one"
            " certificate in this field."
        )
    try:
        found = x509.load_pem_x509_certificate(data)
        public = found.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise errors.ValidationException(
            "The certificate body/chain provided is not in a valid PEM format"
        ) from None
    if keys.algorithm_of(public) not in ALGORITHMS:
        raise errors.ValidationException("The certificate's key algorithm is not supported.")
    return found


def chain_in(data: bytes) -> list[x509.Certificate]:
    """ValidationException"""
    if not data.strip():
        return []
    try:
        found = x509.load_pem_x509_certificates(data)
        if len(found) > MOST_IN_CHAIN:
            raise ValueError
        return found
    except ValueError:
        raise errors.ValidationException(
            "The certificate body/chain provided is not in a valid PEM format"
        ) from None


def key_in(data: bytes, leaf: x509.Certificate) -> Any:
    """ValidationException"""
    if len(data) > LARGEST_KEY:
        raise errors.ValidationException(f"The private key is larger than {LARGEST_KEY} bytes.")
    try:
        key = serialization.load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # a TypeError: it is encrypted
        raise errors.ValidationException("The private key is not supported.") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise errors.ValidationException("The private key is not supported.")
    if key.public_key() != leaf.public_key():
        raise errors.ValidationException("The private key does not match the certificate.")
    return key


def check_dates(tx: Tx, leaf: x509.Certificate) -> None:
    if tx.now > leaf.not_valid_after_utc:
        raise errors.ValidationException("The certificate has expired, is not valid.")
    if tx.now < leaf.not_valid_before_utc:
        raise errors.ValidationException("The certificate is not in effect yet, is not valid.")


def check_chain(leaf: x509.Certificate, chain: list[x509.Certificate]) -> None:
    """Each certificate has signed the one before.  ValidationException."""
    if not chain and not is_self_signed(leaf):
        raise errors.ValidationException(
            "Provided certificate is not a valid self signed. Please provide either a valid"
            " self-signed certificate or certificate chain."
        )
    below = leaf
    for index, above in enumerate(chain):
        if below.issuer != above.subject:
            raise errors.ValidationException(
                "Unable to validate certificate chain. The certificate chain must start with the"
                " immediate signing certificate, followed by any intermediaries in order. The index"
                f" within the chain of the invalid certificate is: {index}"
            )
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            raise errors.ValidationException(
                "Could not validate the certificate with the certificate chain."
            ) from None
        below = above


def dns_names(leaf: x509.Certificate) -> list[str]:
    """The names of a certificate: its common name first, where it is one of them."""
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = []
    common = [str(each.value) for each in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return list(dict.fromkeys(each.lower() for each in [*common, *names]))


@ops.write
def export_certificate(tx: Tx, req: t.ExportCertificateRequest) -> t.ExportCertificateResponse:
    """A certificate with its key, as PKCS #8 encrypted by a passphrase."""
    one = own(tx, req["CertificateArn"])
    if one.status == PENDING:
        raise errors.RequestInProgressException(
            f"Certificate {one.arn} in account {one.account} not yet issued."
        )
    if one.type == IMPORTED or not is_exportable(one):
        raise errors.ValidationException(
            f"Certificate ARN: {one.arn} is not exportable: its Export option is DISABLED."
        )
    if one.certificate is None or one.secret is None:
        raise errors.ResourceNotFoundException(f"Could not find certificate {one.arn}.")
    try:
        passphrase = serialization.BestAvailableEncryption(req["Passphrase"])
    except ValueError:
        raise errors.ValidationException("The passphrase is not valid.") from None
    key = keys.load(tx.seal.open(one.secret, PURPOSE))
    encrypted = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, passphrase
    )
    change(tx, one, exported=True, state={**one.state, "ExportedSince": True})
    tx.enqueue(WORK, one.id)
    return {
        "Certificate": pem(one.x509),
        "CertificateChain": one.chain,
        "PrivateKey": encrypted.decode(),
    }
