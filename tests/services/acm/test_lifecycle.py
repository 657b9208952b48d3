"""Read, renewed, revoked, deleted; and when not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from cryptography import x509

from forecourt.planes.tls import revoking
from forecourt.platform.certificates import authorities, revocation, uses
from tests.harness import World

from .calls import Proving, refused

USER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c"


def test_nothing_to_get_while_it_waits(proving: Proving) -> None:
    arn = proving.request("jpub.co.kr")
    for call in ("get_certificate", "export_certificate", "renew_certificate"):
        more = {"Passphrase": b"1234"} if call == "export_certificate" else {}
        with refused("RequestInProgressException"):
            getattr(proving.acm, call)(CertificateArn=arn, **more)


def test_domain_validations(proving: Proving) -> None:
    arn = proving.request("jpub.co.kr", SubjectAlternativeNames=["a.jpub.co.kr"])
    page = proving.acm.list_certificate_domain_validations(CertificateArn=arn, MaxItems=1)
    (first,) = page["DomainValidationSummaryList"]
    active = first["ActiveValidationConfiguration"]
    assert (active["ValidationMethod"], active["ValidationStatus"]) == ("DNS", "PENDING_VALIDATION")
    assert "ResourceRecord" in active["ValidationChallenge"]["DnsValidationChallenge"]
    rest = proving.acm.list_certificate_domain_validations(
        CertificateArn=arn, NextToken=page["NextToken"]
    )
    assert [e["DomainName"] for e in rest["DomainValidationSummaryList"]] == ["a.jpub.co.kr"]
    by_mail = proving.request("jpub.co.kr", ValidationMethod="EMAIL")
    (found,) = proving.acm.list_certificate_domain_validations(CertificateArn=by_mail)[
        "DomainValidationSummaryList"
    ]
    challenge = found["ActiveValidationConfiguration"]["ValidationChallenge"]
    assert len(challenge["EmailValidationChallenge"]["ValidationEmails"]) == 5
    with refused("InvalidArgsException"):
        proving.acm.list_certificate_domain_validations(CertificateArn=arn, NextToken="x")


def test_what_is_in_use_stays(world: World, proving: Proving) -> None:
    arn = proving.issued("jpub.co.kr")
    world.store.write_now(uses.use, USER, arn)
    assert proving.describe(arn)["InUseBy"] == [USER]
    with refused("ResourceInUseException", "is in use"):
        proving.acm.delete_certificate(CertificateArn=arn)
    world.store.write_now(uses.release, USER, arn)
    proving.acm.delete_certificate(CertificateArn=arn)
    with refused("ResourceNotFoundException"):
        proving.describe(arn)


def test_renewed_when_asked(world: World, proving: Proving) -> None:
    arn = proving.issued("jpub.co.kr", Options={"Export": "ENABLED"})
    with refused("ValidationException", "not eligible"):
        proving.acm.renew_certificate(CertificateArn=arn)
    proving.acm.export_certificate(CertificateArn=arn, Passphrase=b"1234")
    before = proving.describe(arn)
    assert before["RenewalEligibility"] == "ELIGIBLE"
    proving.acm.renew_certificate(CertificateArn=arn)
    summary = proving.describe(arn)["RenewalSummary"]
    assert summary["RenewalStatus"] == "PENDING_AUTO_RENEWAL"
    proving.look(arn)
    after = proving.describe(arn)
    assert after["Serial"] != before["Serial"]
    assert after["RenewalSummary"]["RenewalStatus"] == "SUCCESS"
    assert after["RenewalEligibility"] == "INELIGIBLE"  # until it leaves again


@pytest.mark.parametrize("reason", ["SUPERCEDED", "KEY_COMPROMISE", "CA_COMPROMISE"])
def test_revoked(world: World, proving: Proving, reason: str) -> None:
    arn = proving.issued("jpub.co.kr", Options={"Export": "ENABLED"})
    with refused("ValidationException", "cannot be revoked"):
        proving.acm.revoke_certificate(CertificateArn=arn, RevocationReason=reason)
    exported = proving.acm.export_certificate(CertificateArn=arn, Passphrase=b"1234")
    with refused("ValidationException", "cannot be given"):
        proving.acm.revoke_certificate(CertificateArn=arn, RevocationReason="CERTIFICATE_HOLD")
    proving.acm.revoke_certificate(CertificateArn=arn, RevocationReason=reason)
    shown = proving.describe(arn)
    assert (shown["Status"], shown["RevocationReason"]) == ("REVOKED", reason)
    asyncio.run(revocation.reconcile(world.store, authorities.ECDSA))
    data = world.store.read_now(revocation.crl, authorities.ECDSA)
    leaf = x509.load_pem_x509_certificate(exported["Certificate"].encode())
    issuer = world.store.read_now(authorities.issuer, authorities.ECDSA).certificate
    assert data is not None
    assert revoking.in_crl(data, leaf, issuer, datetime.now(UTC)) is not None


def test_account_configuration(proving: Proving) -> None:
    acm = proving.acm
    assert acm.get_account_configuration()["ExpiryEvents"] == {"DaysBeforeExpiry": 45}
    for days in (30, 10):
        acm.put_account_configuration(
            ExpiryEvents={"DaysBeforeExpiry": days}, IdempotencyToken="one"
        )
        assert acm.get_account_configuration()["ExpiryEvents"] == {"DaysBeforeExpiry": days}
