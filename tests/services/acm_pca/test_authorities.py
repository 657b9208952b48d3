"""Authorities: made, certified, disabled, deleted, restored; and what each state refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509

from forecourt.platform import quotas
from forecourt.platform.certificates import revocation
from forecourt.platform.identity.accounts import FIRST
from forecourt.services.acm_pca.reconcile import reconcile
from tests.harness import World

from .calls import (
    REVOCATION,
    create,
    csr,
    describe,
    got,
    install,
    issue,
    own_csr,
    refused,
    root,
    subordinate,
)


def test_a_root_from_its_making_to_its_certificate(pca: Any) -> None:
    arn = create(pca, Tags=[{"Key": "a", "Value": "b"}])
    shown = describe(pca, arn)
    assert (shown["Status"], shown["Type"], shown["UsageMode"]) == (
        "PENDING_CERTIFICATE",
        "ROOT",
        "GENERAL_PURPOSE",
    )
    assert shown["RevocationConfiguration"] == {
        "CrlConfiguration": {"Enabled": False},
        "OcspConfiguration": {"Enabled": False},
    }
    assert "Serial" not in shown
    request = x509.load_pem_x509_csr(own_csr(pca, arn))
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=Root,O=J Publishing,C=KR"
    with refused("InvalidStateException", "not in the correct state"):
        pca.get_certificate_authority_certificate(CertificateAuthorityArn=arn)
    with refused("InvalidStateException", "not in a valid state for issuing"):
        issue(pca, arn, csr())
    made = issue(pca, arn, own_csr(pca, arn), "RootCACertificate")
    certificate, chain = got(pca, arn, made)
    certificate.verify_directly_issued_by(certificate)
    assert chain == b""
    install(pca, arn, arn, made)
    shown = describe(pca, arn)
    assert (shown["Status"], shown["Serial"]) == ("ACTIVE", str(certificate.serial_number))
    found = pca.get_certificate_authority_certificate(CertificateAuthorityArn=arn)
    assert "CertificateChain" not in found


def test_root_subordinate_leaf(pca: Any) -> None:
    top = root(pca)
    below = subordinate(pca, top)
    leaf, chain = got(pca, below, issue(pca, below, csr()))
    issuing, above = x509.load_pem_x509_certificates(chain)
    leaf.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(above)
    found = pca.get_certificate_authority_certificate(CertificateAuthorityArn=below)
    assert x509.load_pem_x509_certificate(found["CertificateChain"].encode()) == above


@pytest.mark.parametrize(
    ("algorithm", "signing"),
    [("RSA_2048", "SHA256WITHRSA"), ("RSA_2048", "SHA256WITHRSA_PSS"), ("EC_secp384r1", "SHA384WITHECDSA"), ("ML_DSA_65", "ML_DSA_65")],
)  # fmt: skip
def test_algorithms(world: World, pca: Any, algorithm: str, signing: str) -> None:
    arn = root(
        pca, RevocationConfiguration=REVOCATION,
        Configuration={"KeyAlgorithm": algorithm, "SigningAlgorithm": signing},
    )  # fmt: skip
    asyncio.run(revocation.reconcile(world.store, arn.rpartition("/")[2]))
    crl = world.store.read_now(revocation.crl, arn.rpartition("/")[2])
    assert crl is not None
    leaf, chain = got(pca, arn, issue(pca, arn, csr(), SigningAlgorithm=signing))
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(chain))
    assert x509.load_der_x509_crl(crl).signature_algorithm_oid == leaf.signature_algorithm_oid
    by_pss = leaf.signature_algorithm_oid.dotted_string == "1.2.840.113549.1.1.10"
    assert by_pss == signing.endswith("PSS")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Configuration": {"SigningAlgorithm": "SHA256WITHRSA"}}, "InvalidArgsException"),
        ({"Configuration": {"KeyAlgorithm": "SM2", "SigningAlgorithm": "SM3WITHSM2"}}, "InvalidArgsException"),
        ({"Configuration": {"Subject": {}}}, "InvalidArgsException"),
        ({"Configuration": {"CsrExtensions": {"KeyUsage": {"EncipherOnly": True}}}}, "InvalidArgsException"),
        ({"RevocationConfiguration": {"CrlConfiguration": {"Enabled": True}}}, "InvalidArgsException"),
        ({"RevocationConfiguration": {"OcspConfiguration": {"Enabled": False, "OcspCustomCname": "a.b"}}}, "InvalidArgsException"),
        ({"RevocationConfiguration": {"OcspConfiguration": {"Enabled": True, "OcspCustomCname": "http://a.b"}}}, "InvalidArgsException"),
        ({"Tags": [{"Key": "aws:x"}]}, "InvalidTagException"),
    ],
)  # fmt: skip
def test_what_cannot_be_made(pca: Any, members: dict[str, Any], code: str) -> None:
    with refused(code):
        create(pca, **members)


def test_the_same_token_and_the_quota(world: World, pca: Any) -> None:
    first = create(pca, IdempotencyToken="one")
    assert create(pca, IdempotencyToken="one") == first
    world.store.write_now(quotas.set_limit, FIRST, "MAX_CERTIFICATE_AUTHORITIES_BY_REGION", 1)
    with refused("LimitExceededException"):
        create(pca)


def test_listed(pca: Any, others: Any) -> None:
    arns = {create(pca) for _ in range(3)}
    page = pca.list_certificate_authorities(MaxResults=2)
    rest = pca.list_certificate_authorities(NextToken=page["NextToken"])
    found = [*page["CertificateAuthorities"], *rest["CertificateAuthorities"]]
    assert {each["Arn"] for each in found} == arns
    assert (
        pca.list_certificate_authorities(ResourceOwner="OTHER_ACCOUNTS")["CertificateAuthorities"]
        == []
    )
    assert others.list_certificate_authorities()["CertificateAuthorities"] == []
    with refused("AccessDeniedException", "no resource-based policy allows"):
        describe(others, next(iter(arns)))
    with refused("ResourceNotFoundException", "Could not find Certificate Authority"):
        describe(pca, f"{arns.pop()[:-4]}none")
    with refused("InvalidArnException"):
        describe(pca, "arn:aws:acm-pca:us-east-1:000000000000:template/x")


def test_imports_that_are_refused(pca: Any) -> None:
    first, second = root(pca), create(pca, name="Second")
    wrong = pca.get_certificate_authority_certificate(CertificateAuthorityArn=first)["Certificate"]
    given = {"CertificateAuthorityArn": second}
    with refused("CertificateMismatchException"):
        pca.import_certificate_authority_certificate(**given, Certificate=wrong.encode())
    with refused("MalformedCertificateException"):
        pca.import_certificate_authority_certificate(**given, Certificate=b"x")
    leaf = pca.get_certificate(
        CertificateAuthorityArn=first, CertificateArn=issue(pca, first, csr())
    )["Certificate"]
    with refused("MalformedCertificateException", "basic constraints"):
        pca.import_certificate_authority_certificate(**given, Certificate=leaf.encode())
    below = create(pca, "SUBORDINATE")
    made = issue(pca, first, own_csr(pca, below), "SubordinateCACertificate_PathLen0")
    found = pca.get_certificate(CertificateAuthorityArn=first, CertificateArn=made)
    with refused("MalformedCertificateException", "chain"):
        pca.import_certificate_authority_certificate(
            CertificateAuthorityArn=below, Certificate=found["Certificate"].encode()
        )


def test_disabled_and_enabled(pca: Any) -> None:
    arn = root(pca)
    pca.update_certificate_authority(CertificateAuthorityArn=arn, Status="DISABLED")
    with refused("InvalidStateException"):
        issue(pca, arn, csr())
    pca.update_certificate_authority(
        CertificateAuthorityArn=arn, Status="ACTIVE", RevocationConfiguration=REVOCATION
    )
    crl = describe(pca, arn)["RevocationConfiguration"]["CrlConfiguration"]
    assert (crl["CrlType"], crl["S3ObjectAcl"]) == ("COMPLETE", "PUBLIC_READ")
    with refused("InvalidStateException"):
        pca.update_certificate_authority(CertificateAuthorityArn=create(pca), Status="ACTIVE")
    with refused("InvalidArgsException"):
        pca.update_certificate_authority(CertificateAuthorityArn=arn, Status="DELETED")


def looked(world: World, arn: str) -> float | None:
    return asyncio.run(reconcile(world.store, arn))


def test_deleted_and_restored(world: World, pca: Any, later: Callable[[float], None]) -> None:
    arn = root(pca)
    with refused("InvalidStateException", "not in a valid state for deletion."):
        pca.delete_certificate_authority(CertificateAuthorityArn=arn)
    with refused("InvalidStateException", "not in a valid state for restoration."):
        pca.restore_certificate_authority(CertificateAuthorityArn=arn)
    pca.update_certificate_authority(CertificateAuthorityArn=arn, Status="DISABLED")
    pca.delete_certificate_authority(CertificateAuthorityArn=arn, PermanentDeletionTimeInDays=7)
    shown = describe(pca, arn)
    assert shown["Status"] == "DELETED"
    assert "RestorableUntil" in shown
    with refused("InvalidStateException", "DELETED state"):
        pca.list_tags(CertificateAuthorityArn=arn)
    pca.restore_certificate_authority(CertificateAuthorityArn=arn)
    assert describe(pca, arn)["Status"] == "DISABLED"
    pca.delete_certificate_authority(CertificateAuthorityArn=arn, PermanentDeletionTimeInDays=7)
    assert looked(world, arn)
    later(8)
    assert looked(world, arn) is None
    with refused("ResourceNotFoundException"):
        describe(pca, arn)
    assert looked(world, arn) is None


def test_expired(world: World, pca: Any, later: Callable[[float], None]) -> None:
    arn = create(pca)
    made = issue(pca, arn, own_csr(pca, arn), "RootCACertificate")
    install(pca, arn, arn, made)
    assert looked(world, arn)
    later(31)
    assert looked(world, arn) is None
    assert describe(pca, arn)["Status"] == "EXPIRED"
    with refused("InvalidStateException"):
        issue(pca, arn, csr())
