"""Certificates of private authorities: templates, what is passed through, times, and revocation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from forecourt.planes.tls import revoking
from forecourt.planes.tls.building import der
from forecourt.planes.tls.linting import faults
from forecourt.planes.tls.profiles import SERVER_EV, SERVER_OV
from forecourt.planes.tls.verifying import kind_of
from forecourt.platform.certificates import revocation
from forecourt.services.acm_pca.issuing import end_date, months_later
from tests.harness import World

from .calls import (
    REVOCATION,
    create,
    csr,
    describe,
    got,
    issue,
    own_csr,
    refused,
    root,
    subordinate,
)


def extension(certificate: x509.Certificate, kind: Any) -> Any:
    return certificate.extensions.get_extension_for_class(kind)


@pytest.fixture
def authority(pca: Any) -> str:
    return root(pca, RevocationConfiguration=REVOCATION)


def test_by_the_usual_template(pca: Any, authority: str) -> None:
    arn = issue(pca, authority, csr("a.com", "a.com", "b.com"))
    leaf, _ = got(pca, authority, arn)
    assert arn == f"{authority}/certificate/{leaf.serial_number:032x}"
    assert not extension(leaf, x509.BasicConstraints).critical
    usage = extension(leaf, x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_encipherment
    assert list(extension(leaf, x509.ExtendedKeyUsage).value) == [
        Purpose.SERVER_AUTH,
        Purpose.CLIENT_AUTH,
    ]
    names = extension(leaf, x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.com", "b.com"]
    id_ = authority.rpartition("/")[2]
    (point,) = extension(leaf, x509.CRLDistributionPoints).value
    assert point.full_name[0].value == f"http://pki.forecourt.cloud:4568/crl/{id_}.crl"
    (access,) = extension(leaf, x509.AuthorityInformationAccess).value
    assert access.access_location.value == f"http://pki.forecourt.cloud:4568/ocsp/{id_}"
    assert (
        timedelta(minutes=59)
        < datetime.now(UTC) - leaf.not_valid_before_utc
        < timedelta(minutes=62)
    )


def test_what_is_passed_through(pca: Any, authority: str) -> None:
    """The template's first, then the caller's, then the request's."""
    asked = csr(
        "from.csr", "csr.com",
        extensions=[(x509.ExtendedKeyUsage([Purpose.CODE_SIGNING]), False), (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)],
    )  # fmt: skip
    given = {
        "Subject": {"CommonName": "from.api"},
        "Extensions": {
            "SubjectAlternativeNames": [{"DnsName": "api.com"}],
            "ExtendedKeyUsage": [{"ExtendedKeyUsageType": "EMAIL_PROTECTION"}],
            "KeyUsage": {"DigitalSignature": True},
            "CertificatePolicies": [{"CertPolicyId": "2.23.140.1.2.2", "PolicyQualifiers": [{"PolicyQualifierId": "CPS", "Qualifier": {"CpsUri": "http://a.b"}}]}],
            "CustomExtensions": [{"ObjectIdentifier": "1.2.3.4", "Value": "AQI="}],
        },
    }  # fmt: skip

    def seen(template: str) -> tuple[str, str, list[Any], bool, bool]:
        leaf, _ = got(pca, authority, issue(pca, authority, asked, template, ApiPassthrough=given))
        found = {each.oid.dotted_string for each in leaf.extensions}
        names = extension(leaf, x509.SubjectAlternativeName).value
        purposes = [e.dotted_string[-1] for e in extension(leaf, x509.ExtendedKeyUsage).value]
        common = leaf.subject.rfc4514_string()
        return (
            common,
            names.get_values_for_type(x509.DNSName)[0],
            purposes,
            "1.2.3.4" in found,
            "1.3.6.1.5.5.7.1.24" in found,
        )

    assert seen("EndEntityClientAuthCertificate") == ("CN=from.csr", "csr.com", ["2"], False, False)
    assert seen("EndEntityClientAuthCertificate_APIPassthrough") == (
        "CN=from.api",
        "api.com",
        ["2"],
        True,
        False,
    )
    assert seen("EndEntityClientAuthCertificate_CSRPassthrough") == (
        "CN=from.csr",
        "csr.com",
        ["2"],
        False,
        True,
    )
    assert seen("BlankEndEntityCertificate_APICSRPassthrough") == (
        "CN=from.api",
        "api.com",
        ["4"],
        True,
        True,
    )
    assert seen("BlankEndEntityCertificate_CSRPassthrough") == (
        "CN=from.csr",
        "csr.com",
        ["3"],
        False,
        True,
    )


@pytest.mark.parametrize(("policy", "kind"), [("2.23.140.1.2.2", "OV"), ("2.23.140.1.1", "EV")])
def test_kinds_of_server_certificates(pca: Any, authority: str, policy: str, kind: str) -> None:
    """OV and EV: an organisation's subject and the policy of the Baseline Requirements; pkilint agrees."""
    below = subordinate(pca, authority, RevocationConfiguration=REVOCATION)
    subject = [
        ("2.5.4.6", "KR"),
        ("2.5.4.8", "Seoul"),
        ("2.5.4.7", "Seoul"),
        ("2.5.4.10", "J Publishing"),
        ("2.5.4.3", "jpub.co.kr"),
    ]
    if kind == "EV":
        subject = [
            ("1.3.6.1.4.1.311.60.2.1.3", "KR"),
            ("2.5.4.15", "Private Organization"),
            ("2.5.4.5", "110111-1"),
            *subject,
        ]
    given = {
        "Subject": {"CustomAttributes": [{"ObjectIdentifier": o, "Value": v} for o, v in subject]},
        "Extensions": {
            "CertificatePolicies": [{"CertPolicyId": policy}],
            "KeyUsage": {"DigitalSignature": True},
            "ExtendedKeyUsage": [{"ExtendedKeyUsageType": "SERVER_AUTH"}],
            "SubjectAlternativeNames": [{"DnsName": "jpub.co.kr"}],
        },
    }  # fmt: skip
    template = "BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough"
    leaf, _ = got(pca, below, issue(pca, below, csr(), template, ApiPassthrough=given))
    assert kind_of(leaf) == kind
    profile = {"OV": SERVER_OV, "EV": SERVER_EV}[kind]
    assert [e for e in faults(der(leaf), profile) if "aia" not in e.lower()] == []


def test_depth(pca: Any, authority: str) -> None:
    below = subordinate(pca, authority)
    with refused("InvalidArgsException", "exceeds"):
        issue(pca, below, csr(), "SubordinateCACertificate_PathLen0")


@pytest.mark.parametrize(
    ("validity", "refusal"),
    [
        ({"Type": "YEARS", "Value": 11}, "ValidationException"),
        ({"Type": "ABSOLUTE", "Value": 1}, "InvalidArgsException"),
        ({"Type": "ABSOLUTE", "Value": 1 << 60}, "InvalidArgsException"),
        ({"Type": "END_DATE", "Value": 99}, "InvalidArgsException"),
        ({"Type": "MONTHS", "Value": 999999}, "InvalidArgsException"),
    ],
)
def test_times_that_cannot_be(pca: Any, authority: str, validity: Any, refusal: str) -> None:
    with refused(refusal):
        issue(pca, authority, csr(), Validity=validity)


def test_times(pca: Any, authority: str) -> None:
    end = (datetime.now(UTC) + timedelta(days=90)).replace(microsecond=0)
    for form in ("%y%m%d%H%M%S", "%Y%m%d%H%M%S"):
        validity = {"Type": "END_DATE", "Value": int(end.strftime(form))}
        leaf, _ = got(pca, authority, issue(pca, authority, csr(), Validity=validity))
        assert leaf.not_valid_after_utc == end
    start = {"Type": "ABSOLUTE", "Value": int(end.timestamp()) - 86400}
    until = {"Type": "ABSOLUTE", "Value": int(end.timestamp())}
    made = issue(pca, authority, csr(), Validity=until, ValidityNotBefore=start)
    leaf, _ = got(pca, authority, made)
    assert (leaf.not_valid_before_utc, leaf.not_valid_after_utc) == (end - timedelta(days=1), end)
    with refused("InvalidArgsException", "ABSOLUTE"):
        issue(pca, authority, csr(), ValidityNotBefore={"Type": "DAYS", "Value": 1})
    assert end_date(491231235959).year == 2049
    assert end_date(500101000000).year == 1950
    january = datetime(2027, 1, 31, tzinfo=UTC)
    assert months_later(january, 1) == datetime(2027, 2, 28, tzinfo=UTC)


def test_short_lived(pca: Any) -> None:
    arn = root(pca, UsageMode="SHORT_LIVED_CERTIFICATE")
    with refused("InvalidArgsException", "seven days"):
        issue(pca, arn, csr())
    assert issue(pca, arn, csr(), Validity={"Type": "DAYS", "Value": 7})


def test_requests_that_are_refused(pca: Any, authority: str) -> None:
    good = csr()
    broken = good[:200] + (b"A" if good[200:201] != b"A" else b"B") + good[201:]
    for request in (b"garbage", broken):
        with refused("MalformedCSRException"):
            issue(pca, authority, request)
    for weak in (rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP192R1())):
        with refused("MalformedCSRException"):
            issue(pca, authority, csr(key=weak))
    with refused("MalformedCSRException"):
        issue(pca, authority, csr("a.com", "a.com\0.evil.com"))
    with refused("MalformedCSRException", "neither"):
        issue(pca, authority, csr(""))
    with refused("InvalidArgsException", "no template"):
        issue(pca, authority, csr(), "NoCertificate")
    with refused("InvalidArgsException", "cannot be used"):
        issue(pca, authority, csr(), SigningAlgorithm="SHA256WITHRSA")
    with refused("MalformedCSRException", "own signing request"):
        issue(pca, authority, csr(), "RootCACertificate")
    with refused("ResourceNotFoundException"):
        got(pca, authority, f"{authority}/certificate/{'0' * 32}")


def test_the_same_token(pca: Any, authority: str, later: Callable[[float], None]) -> None:
    first = issue(pca, authority, csr(), IdempotencyToken="one")
    assert issue(pca, authority, csr(), IdempotencyToken="one") == first
    later(6 / 1440)
    assert issue(pca, authority, csr(), IdempotencyToken="one") != first


def test_revoked(world: World, pca: Any, authority: str) -> None:
    leaf, chain = got(pca, authority, issue(pca, authority, csr()))
    number = f"{leaf.serial_number:032x}"
    serial = ":".join(number[at : at + 2] for at in range(0, 32, 2))
    given = {"CertificateAuthorityArn": authority, "RevocationReason": "KEY_COMPROMISE"}
    pca.revoke_certificate(**given, CertificateSerial=serial)
    with refused("RequestAlreadyProcessedException"):
        pca.revoke_certificate(**given, CertificateSerial=number)
    with refused("ResourceNotFoundException"):
        pca.revoke_certificate(**given, CertificateSerial="12:34")
    with refused("InvalidRequestException"):
        pca.revoke_certificate(**given, CertificateSerial="xyz")
    top = describe(pca, authority)["Serial"]
    with refused("InvalidRequestException", "Self-signed certificate can not be revoked"):
        pca.revoke_certificate(**given, CertificateSerial=f"{int(top):x}")
    with refused("InvalidStateException"):
        pca.revoke_certificate(
            CertificateAuthorityArn=create(pca),
            CertificateSerial=serial,
            RevocationReason="SUPERSEDED",
        )
    id_ = authority.rpartition("/")[2]
    asyncio.run(revocation.reconcile(world.store, id_))
    data = world.store.read_now(revocation.crl, id_)
    issuer = x509.load_pem_x509_certificate(chain)
    assert data is not None
    found = revoking.in_crl(data, leaf, issuer, datetime.now(UTC))
    assert found is not None
    assert found.reason == "KEY_COMPROMISE"
    assert own_csr(pca, authority)
