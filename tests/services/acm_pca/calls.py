"""Private authorities as tests make them, and what they issue."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from tests.planes.tls.authority import new_key

TEMPLATE = "arn:aws:acm-pca:::template/{}/V1"
REVOCATION = {
    "CrlConfiguration": {"Enabled": True, "ExpirationInDays": 7, "S3BucketName": "crls"},
    "OcspConfiguration": {"Enabled": True},
}


def create(pca: Any, type_: str = "ROOT", name: str = "Root", **members: Any) -> str:
    configuration = {
        "KeyAlgorithm": "EC_prime256v1",
        "SigningAlgorithm": "SHA256WITHECDSA",
        "Subject": {"Country": "KR", "Organization": "J Publishing", "CommonName": name},
        **members.pop("Configuration", {}),
    }
    made = pca.create_certificate_authority(
        CertificateAuthorityConfiguration=configuration, CertificateAuthorityType=type_, **members
    )
    return str(made["CertificateAuthorityArn"])


def csr(name: str = "www.example.com", *hosts: str, key: Any = None, **extensions: Any) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(each) for each in hosts])
        builder = builder.add_extension(names, critical=False)
    for extension, critical in extensions.get("extensions", ()):
        builder = builder.add_extension(extension, critical=critical)
    made = builder.sign(key or new_key(), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def issue(pca: Any, authority: str, request: bytes, template: str = "", **members: Any) -> str:
    if template:
        members["TemplateArn"] = TEMPLATE.format(template)
    given = {
        "SigningAlgorithm": "SHA256WITHECDSA",
        "Validity": {"Type": "DAYS", "Value": 30},
        **members,
    }
    made = pca.issue_certificate(CertificateAuthorityArn=authority, Csr=request, **given)
    return str(made["CertificateArn"])


def got(pca: Any, authority: str, arn: str) -> tuple[x509.Certificate, bytes]:
    found = pca.get_certificate(CertificateAuthorityArn=authority, CertificateArn=arn)
    certificate = x509.load_pem_x509_certificate(found["Certificate"].encode())
    return certificate, found.get("CertificateChain", "").encode()


def root(pca: Any, **members: Any) -> str:
    """A root that may issue."""
    arn = create(pca, **members)
    years = {"Type": "YEARS", "Value": 10}
    signing = members.get("Configuration", {}).get("SigningAlgorithm", "SHA256WITHECDSA")
    made = issue(
        pca, arn, own_csr(pca, arn), "RootCACertificate", Validity=years, SigningAlgorithm=signing
    )
    install(pca, arn, arn, made)
    return arn


def subordinate(
    pca: Any, above: str, template: str = "SubordinateCACertificate_PathLen0", **members: Any
) -> str:
    """An authority that another certified."""
    arn = create(pca, "SUBORDINATE", "Issuing", **members)
    years = {"Type": "YEARS", "Value": 5}
    made = issue(pca, above, own_csr(pca, arn), template, Validity=years)
    install(pca, arn, above, made)
    return arn


def own_csr(pca: Any, arn: str) -> bytes:
    return str(pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"]).encode()


def install(pca: Any, arn: str, above: str, made: str) -> None:
    found = pca.get_certificate(CertificateAuthorityArn=above, CertificateArn=made)
    given = {"Certificate": found["Certificate"].encode()}
    if "CertificateChain" in found:
        given["CertificateChain"] = found["CertificateChain"].encode()
    pca.import_certificate_authority_certificate(CertificateAuthorityArn=arn, **given)


def describe(pca: Any, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = pca.describe_certificate_authority(CertificateAuthorityArn=arn)
    return dict(found["CertificateAuthority"])


def refused(code: str, words: str = "") -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{words}")
