"""What the API shows, spelled as AWS was recorded to spell it."""

from __future__ import annotations

from cryptography import x509

from forecourt.planes.tls.building import der
from forecourt.services.acm.documents import algorithm, distinguished, read
from tests.planes.tls.authority import issue, issuing, root

from .calls import Proving


def test_pending(proving: Proving) -> None:
    shown = proving.describe(proving.request("*.jpub.co.kr", KeyAlgorithm="RSA_2048"))
    members = (
        "Subject", "Issuer", "Status", "KeyAlgorithm", "SignatureAlgorithm", "InUseBy", "Type",
        "KeyUsages", "ExtendedKeyUsages", "RenewalEligibility",
    )  # fmt: skip
    assert [shown[each] for each in members] == [
        "CN=*.jpub.co.kr", "Forecourt", "PENDING_VALIDATION", "RSA-2048", "SHA256WITHRSA", [],
        "AMAZON_ISSUED", [], [], "INELIGIBLE",
    ]  # fmt: skip
    absent = {"Serial", "NotBefore", "NotAfter", "IssuedAt", "ImportedAt", "RenewalSummary"}
    assert not absent & set(shown)


def test_issued(proving: Proving) -> None:
    shown = proving.describe(proving.issued("jpub.co.kr"))
    assert shown["KeyUsages"] == [{"Name": "DIGITAL_SIGNATURE"}]
    assert shown["ExtendedKeyUsages"] == [
        {"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"}
    ]
    assert (shown["KeyAlgorithm"], shown["SignatureAlgorithm"]) == (
        "EC-prime256v1",
        "SHA256WITHECDSA",
    )
    assert "ResourceRecord" in shown["DomainValidationOptions"][0]
    assert (shown["NotAfter"] - shown["NotBefore"]).days == 197  # and 23:59:59


def test_contents() -> None:
    found = read(der(root().certificate))
    assert (found.usages[0], found.purposes, found.names) == ("DIGITAL_SIGNATURE", [], [])
    assert found.subject == "C=KR,O=Forecourt,CN=Root"
    assert found.issuer == "Forecourt"
    assert all(len(byte) == 2 for byte in found.serial.split(":"))
    assert algorithm("EC_secp384r1") == "EC-secp384r1"


def test_names() -> None:
    oid = x509.ObjectIdentifier("1.2.3.4")
    part = x509.NameAttribute(x509.NameOID.DOMAIN_COMPONENT, "com")
    name = x509.Name([*issuing().certificate.subject, part, x509.NameAttribute(oid, "x")])
    assert distinguished(name) == {
        "Country": "KR",
        "Organization": "Forecourt",
        "CommonName": "Issuing",
        "DomainComponents": ["com"],
        "CustomAttributes": [{"ObjectIdentifier": "1.2.3.4", "Value": "x"}],
    }
    assert issue("a.com").subject
