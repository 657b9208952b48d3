"""Certificates' lives: proven by a record that stands, issued, renewed, expired, on a moved calendar."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509

from forecourt.planes.tls.linting import faults
from forecourt.planes.tls.profiles import SERVER_DV
from forecourt.planes.tls.verifying import verify
from forecourt.platform import links, outbox
from forecourt.platform.certificates import authorities, uses
from forecourt.platform.names.awaited import LATEST, SOONEST, delay
from forecourt.services.acm import validation
from forecourt.services.acm.certificates import find
from forecourt.services.acm.reconcile import keep, make
from tests.harness import World
from tests.services.acm_pca import calls as pca
from tests.services.route53.calls import change, rrset

from .calls import POOL, SETTINGS, Proving, refused

HOURS = 1 / 24
USER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c"


def test_issued_once_the_record_is_there(world: World, proving: Proving) -> None:
    arn = proving.request("*.jpub.co.kr", SubjectAlternativeNames=["jpub.co.kr"])
    again = proving.look(arn)
    assert again is not None
    assert SOONEST <= again <= LATEST
    assert proving.describe(arn)["Status"] == "PENDING_VALIDATION"
    proving.record(arn)
    proving.look(arn)
    shown = proving.describe(arn)
    assert shown["Status"] == "ISSUED"
    assert {o["ValidationStatus"] for o in shown["DomainValidationOptions"]} == {"SUCCESS"}
    got = proving.acm.get_certificate(CertificateArn=arn)
    leaf = x509.load_pem_x509_certificate(got["Certificate"].encode())
    chain = x509.load_pem_x509_certificates(got["CertificateChain"].encode())
    root = world.store.read_now(authorities.root_certificate)
    assert chain[-1] == root
    for host in ("www.jpub.co.kr", "jpub.co.kr"):
        assert verify(leaf, chain, [root], host, leaf.not_valid_before_utc).trusted
    from forecourt.planes.tls.building import der

    assert faults(der(leaf), SERVER_DV) == []


def test_who_waited_long_is_looked_at_soon_once_something_changes(
    proving: Proving, later: Callable[[float], None]
) -> None:
    arn = proving.request("jpub.co.kr")
    later(1)
    assert proving.look(arn) == LATEST
    proving.record(arn)
    proving.down = True  # no name server has it yet
    again = proving.look(arn)
    assert again is not None
    assert again < 2


def test_the_wait_for_a_record(proving: Proving) -> None:
    assert delay(0) == SOONEST
    assert delay(100) == 25
    assert delay(9999) == LATEST


@pytest.mark.parametrize("value", ["_elsewhere.acm-validations.aws", None])
def test_records_that_prove_nothing(proving: Proving, value: str | None) -> None:
    """One that points elsewhere; one that points at itself."""
    arn = proving.request("jpub.co.kr")
    name = proving.describe(arn)["DomainValidationOptions"][0]["ResourceRecord"]["Name"]
    change(
        proving.route53,
        proving.zones["jpub.co.kr"],
        ("CREATE", rrset(name, "CNAME", value or name)),
    )
    assert proving.look(arn)
    assert proving.describe(arn)["Status"] == "PENDING_VALIDATION"


def test_a_private_zone_proves_nothing(world: World, proving: Proving, ec2: Any) -> None:
    """The record is in a private zone of the name, and only there."""
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = proving.route53.create_hosted_zone(
        Name="jpub.co.kr", CallerReference="p", VPC={"VPCRegion": "us-east-1", "VPCId": vpc}
    )
    arn = proving.request("jpub.co.kr")
    record = proving.describe(arn)["DomainValidationOptions"][0]["ResourceRecord"]
    zone = made["HostedZone"]["Id"].rpartition("/")[2]
    change(proving.route53, zone, ("CREATE", rrset(record["Name"], "CNAME", record["Value"])))
    proving.look(arn)
    assert proving.describe(arn)["Status"] == "PENDING_VALIDATION"


def test_a_record_that_appears_and_vanishes(proving: Proving) -> None:
    arn = proving.request("jpub.co.kr")
    proving.record(arn)
    proving.record(arn, "DELETE")
    proving.look(arn)
    assert proving.describe(arn)["Status"] == "PENDING_VALIDATION"
    proving.down = True
    assert proving.look(arn)
    assert proving.describe(arn)["Status"] == "PENDING_VALIDATION"


def test_72_hours(proving: Proving, later: Callable[[float], None]) -> None:
    arn = proving.request("jpub.co.kr", SubjectAlternativeNames=["www.jpub.co.kr"])
    later(71 * HOURS)
    proving.look(arn)
    assert proving.describe(arn)["Status"] == "PENDING_VALIDATION"
    later(2 * HOURS)
    assert proving.look(arn) is None
    shown = proving.describe(arn)
    assert shown["Status"] == "VALIDATION_TIMED_OUT"
    assert {o["ValidationStatus"] for o in shown["DomainValidationOptions"]} == {"FAILED"}
    assert proving.look(arn) is None


@pytest.mark.parametrize("name", ["co.kr", "*.co.kr", "www.server.corp"])
def test_names_that_nobody_owns(proving: Proving, name: str) -> None:
    arn = proving.request(name)
    assert proving.look(arn) is None
    shown = proving.describe(arn)
    assert (shown["Status"], shown["FailureReason"]) == ("FAILED", "INVALID_PUBLIC_DOMAIN")


@pytest.mark.parametrize(
    ("records", "name", "issued"),
    [
        (['0 issue "letsencrypt.org"'], "www.jpub.co.kr", False),
        (['0 issue ";"'], "jpub.co.kr", False),
        (['0 issue "letsencrypt.org"', '0 issue "amazon.com"'], "jpub.co.kr", True),
        (['0 iodef "mailto:a@b"'], "jpub.co.kr", True),
        (['0 issue "amazon.com"', '0 issuewild ";"'], "*.jpub.co.kr", False),
        (['0 issue ";"', '0 issuewild "amazonaws.com"'], "*.jpub.co.kr", True),
        (['128 tbs "unknown"'], "jpub.co.kr", False),
        (['0 ISSUE "LetsEncrypt.org"'], "jpub.co.kr", False),
        (['0 Issue "Amazon.com; x=y"'], "jpub.co.kr", True),
    ],
)
def test_caa(proving: Proving, records: list[str], name: str, issued: bool) -> None:
    proving.extra["jpub.co.kr.", "CAA"] = records
    arn = proving.request(name)
    proving.record(arn)
    proving.look(arn)
    shown = proving.describe(arn)
    assert (shown["Status"] == "ISSUED") == issued
    assert issued or shown["FailureReason"] == "CAA_ERROR"


def in_use(world: World, arn: str) -> None:
    world.store.write_now(uses.use, USER, arn)


def test_renewed_while_the_record_stands(
    world: World, proving: Proving, later: Callable[[float], None]
) -> None:
    arn = proving.issued("jpub.co.kr")
    before = proving.describe(arn)
    in_use(world, arn)
    assert proving.describe(arn)["RenewalEligibility"] == "ELIGIBLE"
    later(198 - 46)
    proving.look(arn)
    assert proving.describe(arn)["Serial"] == before["Serial"]
    later(2)
    proving.look(arn)
    after = proving.describe(arn)
    assert after["Serial"] != before["Serial"]
    assert after["NotAfter"] > before["NotAfter"]
    assert after["RenewalSummary"]["RenewalStatus"] == "SUCCESS"
    assert after["Status"] == "ISSUED"


def test_not_renewed_once_the_record_is_gone(
    world: World, proving: Proving, later: Callable[[float], None]
) -> None:
    arn = proving.issued("jpub.co.kr")
    in_use(world, arn)
    proving.record(arn, "DELETE")
    later(198 - 44)
    proving.look(arn)
    shown = proving.describe(arn)["RenewalSummary"]
    assert shown["RenewalStatus"] == "PENDING_VALIDATION"
    assert shown["DomainValidationOptions"][0]["ValidationStatus"] == "PENDING_VALIDATION"
    later(45)
    assert proving.look(arn) is None
    shown = proving.describe(arn)
    assert shown["Status"] == "EXPIRED"
    assert shown["RenewalSummary"]["RenewalStatus"] == "FAILED"


def test_what_nobody_uses_is_not_renewed(proving: Proving, later: Callable[[float], None]) -> None:
    arn = proving.issued("jpub.co.kr")
    later(198 - 10)
    proving.look(arn)
    shown = proving.describe(arn)
    assert (shown["RenewalEligibility"], "RenewalSummary" in shown) == ("INELIGIBLE", False)
    later(11)
    proving.look(arn)
    assert proving.describe(arn)["Status"] == "EXPIRED"


def test_a_certificate_that_is_gone(proving: Proving) -> None:
    arn = proving.request("jpub.co.kr")
    proving.acm.delete_certificate(CertificateArn=arn)
    assert proving.look(arn) is None


def test_private_certificates(
    world: World, proving: Proving, later: Callable[[float], None]
) -> None:
    """Issued at once by the account's own authority, renewed while that can be done."""
    pca_client = world.client("acm-pca")
    authority = pca.root(pca_client)
    arn = proving.request("internal.corp", CertificateAuthorityArn=authority)
    proving.look(arn)
    shown = proving.describe(arn)
    assert (shown["Status"], shown["Type"], shown["Issuer"]) == (
        "ISSUED",
        "PRIVATE",
        "J Publishing",
    )
    assert shown["CertificateAuthorityArn"] == authority
    proving.acm.export_certificate(CertificateArn=arn, Passphrase=b"1234")
    later(395 - 59)
    proving.look(arn)
    summary = proving.describe(arn)["RenewalSummary"]
    assert (summary["RenewalStatus"], summary["RenewalStatusReason"]) == (
        "PENDING_AUTO_RENEWAL",
        "PCA_ACCESS_DENIED",
    )
    pca_client.create_permission(
        CertificateAuthorityArn=authority, Principal="acm.amazonaws.com",
        Actions=["IssueCertificate", "GetCertificate", "ListPermissions"],
    )  # fmt: skip
    proving.look(arn)
    after = proving.describe(arn)
    assert after["Serial"] != shown["Serial"]
    assert after["RenewalSummary"]["RenewalStatus"] == "SUCCESS"
    pca_client.update_certificate_authority(CertificateAuthorityArn=authority, Status="DISABLED")
    failing = proving.request("b.corp", CertificateAuthorityArn=authority)
    proving.look(failing)
    assert proving.describe(failing)["FailureReason"] == "PCA_INVALID_STATE"


def test_caa_that_cannot_be_asked_for_is_asked_again(proving: Proving) -> None:
    arn = proving.request("jpub.co.kr")
    proving.record(arn)
    proving.unreachable.add("CAA")
    assert proving.look(arn) == LATEST
    assert proving.describe(arn)["Status"] == "PENDING_VALIDATION"
    proving.unreachable.clear()
    proving.look(arn)
    assert proving.describe(arn)["Status"] == "ISSUED"


def approve(world: World) -> int:
    """Follow every link that was mailed so far; how many there were."""
    found = world.store.read_now(outbox.sent)
    for each in found:
        (token,) = re.findall(r"/confirm/(\S+)", each.spec["Text"])
        link = world.store.read_now(links.find, token)
        if link is not None:
            world.store.write_now(validation.approve, link.spec["Subject"])
    return len(found)


def test_each_renewal_by_mail_is_approved_anew(
    world: World, proving: Proving, later: Callable[[float], None]
) -> None:
    arn = proving.request("jpub.co.kr", ValidationMethod="EMAIL")
    approve(world)
    proving.look(arn)
    in_use(world, arn)
    mails = 5
    for _ in range(2):
        before = proving.describe(arn)["Serial"]
        later(198 - 44)
        proving.look(arn)
        assert proving.describe(arn)["Serial"] == before
        assert proving.describe(arn)["RenewalSummary"]["RenewalStatus"] == "PENDING_VALIDATION"
        mails += 5
        assert approve(world) == mails
        proving.look(arn)
        assert proving.describe(arn)["Serial"] != before


def test_a_renewal_that_was_asked_for_is_not_forgotten(world: World, proving: Proving) -> None:
    arn = proving.issued("jpub.co.kr")
    before = proving.describe(arn)["Serial"]
    in_use(world, arn)
    proving.record(arn, "DELETE")
    proving.acm.renew_certificate(CertificateArn=arn)
    with refused("RequestInProgressException", "being renewed"):
        proving.acm.renew_certificate(CertificateArn=arn)
    proving.look(arn)
    assert proving.describe(arn)["RenewalSummary"]["RenewalStatus"] == "PENDING_VALIDATION"
    proving.record(arn)
    proving.look(arn)
    assert proving.describe(arn)["Serial"] != before


def test_what_another_worker_made_is_kept(world: World, proving: Proving) -> None:
    arn = proving.issued("jpub.co.kr")
    one = world.store.read_now(find, arn.rpartition("/")[2])
    assert one is not None
    made = asyncio.run(make(world.store, POOL, one, authorities.ECDSA, SERVER_DV, 198))
    late = replace(one, status="PENDING_VALIDATION", certificate=None)
    world.store.write_now(keep, one.id, late, authorities.ECDSA, made, SETTINGS)
    assert world.store.read_now(find, one.id) == one
