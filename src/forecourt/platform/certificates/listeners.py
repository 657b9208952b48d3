"""The certificates of our own listeners: the API's, which is kept, and name servers', made at each start.

The API's is made at every start that finds none, or one with less than a month to go.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from forecourt.planes.tls import keys
from forecourt.planes.tls.building import build, common_name, host_names, pem
from forecourt.planes.tls.profiles import SERVER_DV
from forecourt.store.secrets import overwrite

from . import authorities, proving

if TYPE_CHECKING:
    from forecourt.store.seal import Seal
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

LEAF_FOR = timedelta(days=198)
RENEW_BEFORE = timedelta(days=30)
ANEW = 30 * 86400.0  # seconds after which a process that goes on makes its certificates anew
FILED_PURPOSE = "root CA key"  # of a root in a file, as it was kept before the store had it
ALGORITHM = "EC_prime256v1"
SERVICES = (
    "acm",
    "acm-pca",
    "ec2",
    "iam",
    "kms",
    "route53",
    "route53domains",
    "sts",
    "elasticache",
    "workmail",
    "s3",
    "sns",
    "monitoring",
    "email",
    "lambda",
)  # by which hosts the API can be asked for


AWS = "amazonaws.com"
# https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "eu-central-1", "eu-north-1",
    "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3", "ap-east-1", "ap-northeast-1",
    "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "sa-east-1",
)  # fmt: skip


def aws_hosts() -> list[str]:
    """AWS's own names of its endpoints."""
    places = ("", *(f"{region}." for region in REGIONS))
    return [f"*.{prefix}{place}{AWS}" for place in places for prefix in ("", "s3.")]


def ensure(data: Path, store: Store, bind: str) -> None:
    """Make what is missing of the authorities and the API's certificate."""
    folder = data / "tls"
    folder.mkdir(exist_ok=True, mode=0o700)
    filed = filed_root(folder, store.seal)
    store.write_now(lambda tx: authorities.ensure(tx, filed))
    store.write_now(proving.ensure_secret)
    root = store.read_now(authorities.root_certificate)
    overwrite(folder / "root.pem", pem(root).encode())
    leaf, secret = folder / "api.pem", folder / "api.key"
    hosts = names(bind)
    if not (secret.exists() and good(leaf, store.read_now(issuing), hosts)):
        key = keys.MAKE[ALGORITHM]()
        overwrite(secret, private_pem(key))
        overwrite(leaf, store.write_now(issued, key, hosts).encode())


def load(
    context: ssl.SSLContext, data: Path, store: Store, hosts: Iterable[str], label: str
) -> None:
    """Give a context a new certificate, for those that shake hands from now on.  Unavailable."""
    files = for_hosts(data, store, hosts, label)
    try:
        context.load_cert_chain(*files)
    finally:
        for path in files:
            path.unlink()


def for_hosts(data: Path, store: Store, hosts: Iterable[str], file: str) -> tuple[Path, Path]:
    """A new certificate for names and addresses, and its key, in two files.  Unavailable."""
    key = keys.MAKE[ALGORITHM]()
    chain = store.write_now(issued, key, list(hosts))
    certificate, secret = (data / "tls" / f"{file}.{end}" for end in ("pem", "key"))
    overwrite(secret, private_pem(key))
    overwrite(certificate, chain.encode())
    return certificate, secret


def issued(tx: Tx, key: Any, hosts: list[str]) -> str:
    """A certificate for some names and addresses, and its issuer's (PEM)."""
    issuer = authorities.issuer(tx, authorities.ECDSA)
    validity = authorities.span(datetime.now(UTC), LEAF_FOR)
    subject, alternatives = common_name(hosts), host_names(hosts)
    made = build(
        SERVER_DV, subject, key.public_key(), issuer, validity=validity, names=alternatives
    )
    authorities.record(tx, authorities.ECDSA, made)
    return pem(made, issuer.certificate)


def issuing(tx: Tx) -> x509.Certificate:
    return authorities.issuer(tx, authorities.ECDSA).certificate


def filed_root(folder: Path, seal: Seal) -> tuple[x509.Certificate, Any] | None:
    """A root and its key out of files."""
    sealed, certificate = folder / "root.key.sealed", folder / "root.pem"
    if not (sealed.exists() and certificate.exists()):
        return None
    key = serialization.load_pem_private_key(seal.open(sealed.read_bytes(), FILED_PURPOSE), None)
    return x509.load_pem_x509_certificate(certificate.read_bytes()), key


def private_pem(key: Any) -> bytes:
    return bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def names(bind: str) -> list[str]:
    return [
        "localhost",
        "*.localhost",
        # Clients take no wildcard right below a top-level name.
        *(f"{service}.localhost" for service in SERVICES),
        *dict.fromkeys(("127.0.0.1", "::1", bind)),
    ]


def good(path: Path, issuer: x509.Certificate, hosts: list[str]) -> bool:
    """Whether a certificate is there, is the issuer's, has time to go, and is for all the names."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())[0]
        found.verify_directly_issued_by(issuer)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    known = {
        *extension.get_values_for_type(x509.DNSName),
        *extension.get_values_for_type(x509.IPAddress),
    }
    wanted = {ip_address(each) if ":" in each or each[-1].isdigit() else each for each in hosts}
    return wanted <= known and found.not_valid_after_utc - datetime.now(UTC) > RENEW_BEFORE
