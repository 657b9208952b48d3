"""The local certification authority, and the certificate of our own API.

A root (P-256, ten years) is made at first start; its key is kept sealed.  The API's certificate
is made from it at every start that finds none, or one with less than a month to go.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from forecourt.store.secrets import keep, overwrite

if TYPE_CHECKING:
    from forecourt.store.seal import Seal

ROOT_FOR = timedelta(days=3650)
LEAF_FOR = timedelta(days=198)
RENEW_BEFORE = timedelta(days=30)
BACKDATED = timedelta(minutes=60)
PURPOSE = "root CA key"
SERVICES = (
    "ec2",
    "iam",
    "kms",
    "route53",
    "route53domains",
    "sts",
)  # by which hosts the API can be asked for

Pem = serialization.Encoding.PEM


def ensure(data: Path, seal: Seal, bind: str) -> None:
    """Make what is missing of the CA and the API's certificate."""
    folder = data / "tls"
    folder.mkdir(exist_ok=True, mode=0o700)
    root, root_key = root_ca(folder, seal)
    leaf = folder / "api.pem"
    if not ((folder / "api.key").exists() and good(leaf, root, bind)):
        leaf.unlink(missing_ok=True)
        (folder / "api.key").unlink(missing_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        keep(folder / "api.key", private_pem(key))
        keep(leaf, issue(root, root_key, key, names(bind)).public_bytes(Pem))


def for_servers(
    data: Path, seal: Seal, hosts: Iterable[str], addresses: Iterable[str]
) -> tuple[Path, Path]:
    """A new certificate for name servers, and its key: two files of this process alone."""
    folder = data / "tls"
    root, root_key = root_ca(folder, seal)
    key = ec.generate_private_key(ec.SECP256R1())
    alternative: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    alternative += [x509.IPAddress(ip_address(each)) for each in addresses]
    certificate, secret = (folder / f"dns-{os.getpid()}.{end}" for end in ("pem", "key"))
    overwrite(secret, private_pem(key))
    overwrite(certificate, issue(root, root_key, key, alternative).public_bytes(Pem))
    return certificate, secret


def root_ca(folder: Path, seal: Seal) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The root and its key, made the first time."""
    sealed, certificate = folder / "root.key.sealed", folder / "root.pem"
    if not (sealed.exists() and certificate.exists()):
        certificate.unlink(missing_ok=True)
        sealed.unlink(missing_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        keep(sealed, seal.close(private_pem(key), PURPOSE))
        keep(certificate, self_signed(key).public_bytes(Pem))
    pem = seal.open(sealed.read_bytes(), PURPOSE)
    found = serialization.load_pem_private_key(pem, None)
    assert isinstance(found, ec.EllipticCurvePrivateKey)
    return x509.load_pem_x509_certificate(certificate.read_bytes()), found


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Forecourt"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Forecourt local root"),
        ]
    )
    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + ROOT_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(key_usage(ca=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )


def issue(
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    alternative: list[x509.GeneralName],
) -> x509.Certificate:
    """A server's certificate, for some names and addresses."""
    now = datetime.now(UTC)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    subject = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + LEAF_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        .add_extension(subject, critical=False)
        .add_extension(issuer, critical=False)
        .sign(root_key, hashes.SHA256())
    )


def names(bind: str) -> list[x509.GeneralName]:
    addresses = dict.fromkeys(("127.0.0.1", "::1", bind))
    return [
        x509.DNSName("localhost"),
        x509.DNSName("*.localhost"),
        # Clients take no wildcard right below a top-level name.
        *(x509.DNSName(f"{service}.localhost") for service in SERVICES),
        *(x509.IPAddress(ip_address(address)) for address in addresses),
    ]


def key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def good(path: Path, root: x509.Certificate, bind: str) -> bool:
    """Whether a certificate is there, is the root's, has time to go, and names the address."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        found.verify_directly_issued_by(root)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    addresses = extension.value.get_values_for_type(x509.IPAddress)
    return (
        ip_address(bind) in addresses
        and found.not_valid_after_utc - datetime.now(UTC) > RENEW_BEFORE
    )
