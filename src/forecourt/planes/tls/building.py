"""Certificates, made of a profile, a subject and a key, and signed.

    leaf = build(SERVER_DV, subject, key.public_key(), issuer, names=[...], validity=(start, end))

Serial numbers have 159 random bits (Baseline Requirements §7.1 asks for 64).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import NameOID

from forecourt.planes.tls.profiles import ENCIPHER, Profile

USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
HASHES: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
LONGEST_COMMON_NAME = 64  # RFC 5280 appendix A, ub-common-name

Extension = tuple[x509.ExtensionType, bool]  # and whether it is critical


@dataclass(frozen=True, slots=True)
class Urls:
    """Where a certificate's issuer says whether it still holds, over HTTP."""

    issuer: str = ""
    ocsp: str = ""
    crl: str = ""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: an authority's certificate, its key, and what its certificates point at."""

    certificate: x509.Certificate
    key: Any
    urls: Urls = Urls()


def build(
    profile: Profile,
    subject: x509.Name,
    public_key: Any,
    issuer: Issuer | None,
    *,
    validity: tuple[datetime, datetime],
    names: Iterable[x509.GeneralName] = (),
    key: Any = None,
) -> x509.Certificate:
    """A certificate of an issuer's; without one it signs itself, by `key`."""
    extensions = extensions_of(profile, subject, public_key, issuer, names)
    return sign(subject, public_key, issuer, validity, extensions, key=key)


def sign(
    subject: x509.Name,
    public_key: Any,
    issuer: Issuer | None,
    validity: tuple[datetime, datetime],
    extensions: Iterable[Extension],
    *,
    key: Any = None,
    digest: str = "SHA256",
    serial: int | None = None,
    pss: bool = False,
) -> x509.Certificate:
    """`pss`: an RSA key signs by RSASSA-PSS."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(public_key)
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    secret = key if issuer is None else issuer.key
    return builder.sign(secret, hash_for(secret, digest), rsa_padding=PSS if pss else None)


def hash_for(
    key: Any, digest: str = "SHA256"
) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """What is signed of: nothing where the algorithm hashes itself (Ed25519, ML-DSA)."""
    hashed = isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return HASHES[digest] if hashed else None


def digest_of(algorithm: str) -> str:
    """What an algorithm, as AWS names it, hashes by: SHA384WITHECDSA by SHA384."""
    return algorithm[:6] if algorithm.startswith("SHA") else "SHA256"


def extensions_of(
    profile: Profile,
    subject: x509.Name,
    public_key: Any,
    issuer: Issuer | None,
    names: Iterable[x509.GeneralName],
) -> list[Extension]:
    """RFC 5280 §4.2, in the order that authorities write them in."""
    key_id = x509.SubjectKeyIdentifier.from_public_key(public_key)
    usage = list(profile.usage)
    if not profile.is_ca and isinstance(public_key, rsa.RSAPublicKey) and profile.policies:
        usage.append(ENCIPHER)
    found: list[Extension] = [
        (x509.BasicConstraints(profile.is_ca, profile.path_length), True),
        (key_usage(usage), True),
    ]
    if profile.purposes:
        found.append((x509.ExtendedKeyUsage(profile.purposes), False))
    if issuer is not None:
        found.append((authority_key_id(issuer.certificate), False))
    found.append((key_id, False))
    alternatives = list(names)
    if alternatives:
        found.append((x509.SubjectAlternativeName(alternatives), not list(subject)))
    if profile.policies:
        policies = [x509.PolicyInformation(each, None) for each in profile.policies]
        found.append((x509.CertificatePolicies(policies), False))
    if profile.no_check:
        found.append((x509.OCSPNoCheck(), False))
    elif issuer is not None:
        found += pointers(issuer.urls)
    return found


def pointers(urls: Urls) -> list[Extension]:
    """Where revocation and the issuer's certificate are found (RFC 5280 §4.2.1.13, §4.2.2.1)."""
    found: list[Extension] = []
    if urls.crl:
        found.append((distribution_point(urls.crl), False))
    access = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
        for method, url in ((Access.OCSP, urls.ocsp), (Access.CA_ISSUERS, urls.issuer))
        if url
    ]
    if access:
        found.append((x509.AuthorityInformationAccess(access), False))
    return found


def distribution_point(url: str) -> x509.CRLDistributionPoints:
    where = [x509.UniformResourceIdentifier(url)]
    return x509.CRLDistributionPoints([x509.DistributionPoint(where, None, None, None)])


def authority_key_id(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    try:
        known = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known.value)
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]


def key_usage(usages: Iterable[str]) -> x509.KeyUsage:
    wanted = set(usages)
    return x509.KeyUsage(**{each: each in wanted for each in USAGES})


def host_names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    """Names and addresses, as a certificate has them."""
    found: list[x509.GeneralName] = []
    for host in hosts:
        try:
            found.append(x509.IPAddress(ip_address(host)))
        except ValueError:
            found.append(x509.DNSName(host))
    return found


def common_name(hosts: Sequence[str]) -> x509.Name:
    """A subject of one of the names alone: the first that fits."""
    fits = next((each for each in hosts if len(each) <= LONGEST_COMMON_NAME), None)
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, fits)] if fits else [])


def pem(*certificates: x509.Certificate) -> str:
    encoding = serialization.Encoding.PEM
    return "".join(each.public_bytes(encoding).decode() for each in certificates)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
