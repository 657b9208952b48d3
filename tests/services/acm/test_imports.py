"""ImportCertificate's checks, each in its own words, and what is exported."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from forecourt.planes.tls.building import pem
from forecourt.platform.certificates.listeners import private_pem
from tests.planes.tls.authority import NOW, issue, issuing, new_key, root, span

from .calls import Proving, refused

CHAIN = pem(issuing().certificate, root().certificate).encode()


def given(**members: Any) -> dict[str, Any]:
    key = new_key()
    leaf = issue("www.example.com", "example.com", key=key)
    return {
        "Certificate": pem(leaf).encode(),
        "PrivateKey": private_pem(key),
        "CertificateChain": CHAIN,
        **members,
    }


def test_imported(acm: Any) -> None:
    arn = acm.import_certificate(**given(Tags=[{"Key": "a", "Value": "b"}]))["CertificateArn"]
    shown = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (shown["Type"], shown["Status"], shown["DomainName"]) == (
        "IMPORTED", "ISSUED", "www.example.com",
    )  # fmt: skip
    assert shown["DomainValidationOptions"] == [
        {"DomainName": "www.example.com"}, {"DomainName": "example.com"},
    ]  # fmt: skip
    assert (shown["KeyAlgorithm"], shown["RenewalEligibility"]) == ("EC-prime256v1", "INELIGIBLE")
    got = acm.get_certificate(CertificateArn=arn)
    assert got["CertificateChain"].encode() == CHAIN
    with refused("ValidationException", "not exportable"):
        acm.export_certificate(CertificateArn=arn, Passphrase=b"1234")
    with refused("InvalidStateException", "not permitted for imported"):
        acm.update_certificate_options(
            CertificateArn=arn, Options={"CertificateTransparencyLoggingPreference": "ENABLED"}
        )
    again = given()
    assert acm.import_certificate(**again, CertificateArn=arn)["CertificateArn"] == arn
    assert acm.get_certificate(CertificateArn=arn)["Certificate"].encode() == again["Certificate"]
    with refused("InvalidParameterException", "re-import"):
        acm.import_certificate(**given(Tags=[{"Key": "a"}]), CertificateArn=arn)


def encrypted() -> dict[str, Any]:
    key = new_key()
    locked = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )  # fmt: skip
    return given(Certificate=pem(issue("a.com", key=key)).encode(), PrivateKey=locked)


def dated(start: int) -> dict[str, Any]:
    key = new_key()
    leaf = issue("a.com", key=key, validity=span(10, NOW + timedelta(days=start)))
    return given(Certificate=pem(leaf).encode(), PrivateKey=private_pem(key))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: given(Certificate=CHAIN), "more than one certificate"),
        (lambda: given(Certificate=b"CERT123"), "not in a valid PEM format"),
        (lambda: given(PrivateKey=b"KEY123"), "private key is not supported"),
        (encrypted, "private key is not supported"),
        (lambda: given(PrivateKey=private_pem(ed25519.Ed25519PrivateKey.generate())), "not supported"),
        (lambda: given(PrivateKey=private_pem(new_key())), "does not match"),
        (lambda: given(PrivateKey=b"x" * 5121), "larger than 5120"),
        (lambda: given(CertificateChain=pem(root().certificate, issuing().certificate).encode()), "invalid certificate is: 0"),
        (lambda: given(CertificateChain=pem(issuing().certificate, issuing().certificate).encode()), "invalid certificate is: 1"),
        (lambda: {k: v for k, v in given().items() if k != "CertificateChain"}, "not a valid self signed"),
        (lambda: given(CertificateChain=b"no certificate"), "PEM format"),
        (lambda: given(CertificateChain=b"-----BEGIN CERTIFICATE-----" * 10_000), "PEM format"),
        (lambda: given(CertificateChain=CHAIN * 11), "PEM format"),
        (lambda: dated(-20), "has expired"),
        (lambda: dated(20), "not in effect yet"),
    ],
)  # fmt: skip
def test_refused(acm: Any, make: Callable[[], dict[str, Any]], words: str) -> None:
    with refused("ValidationException", words):
        acm.import_certificate(**make())


def test_what_was_requested_is_not_imported_over(proving: Proving) -> None:
    arn = proving.issued("jpub.co.kr")
    with refused("ValidationException", "was not imported"):
        proving.acm.import_certificate(**given(), CertificateArn=arn)


def test_exported_keys_open_by_their_passphrase(proving: Proving, tmp_path: Path) -> None:
    arn = proving.issued("jpub.co.kr", Options={"Export": "ENABLED"})
    got = proving.acm.export_certificate(CertificateArn=arn, Passphrase=b"secret")
    assert got["PrivateKey"].startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    (tmp_path / "chain").write_text(got["Certificate"] + got["CertificateChain"])
    (tmp_path / "key").write_text(got["PrivateKey"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain", tmp_path / "key", "secret")
    leaf = x509.load_pem_x509_certificate(got["Certificate"].encode())
    assert leaf.serial_number
    closed = proving.issued("jpub.co.kr")
    with refused("ValidationException", "not exportable"):
        proving.acm.export_certificate(CertificateArn=closed, Passphrase=b"secret")
