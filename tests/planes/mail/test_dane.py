"""DANE: which certificate DNS vouches for."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.rdata
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from forecourt.planes.mail import dane


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(key: Any, issuer_key: Any, host: str, issuer: str) -> bytes:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(host))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    )
    return builder.sign(issuer_key, SHA256()).public_bytes(Encoding.DER)


NOW = datetime.now(UTC) + timedelta(hours=1)
ROOT, LEAF = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
CHAIN = [certificate(LEAF, ROOT, "mx.b.test", "root"), certificate(ROOT, ROOT, "root", "root")]
SPKI = LEAF.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def tlsa(usage: int, selector: int, mtype: int, data: bytes) -> Any:
    return dns.rdata.from_text("IN", "TLSA", f"{usage} {selector} {mtype} {data.hex()}")


@pytest.mark.parametrize(
    ("record", "holds"),
    [
        (tlsa(3, 1, 1, hashlib.sha256(SPKI).digest()), True), (tlsa(3, 1, 2, hashlib.sha512(SPKI).digest()), True),
        (tlsa(3, 1, 0, SPKI), True), (tlsa(3, 0, 1, hashlib.sha256(CHAIN[0]).digest()), True),
        (tlsa(3, 1, 1, bytes(32)), False), (tlsa(2, 0, 1, hashlib.sha256(CHAIN[1]).digest()), True),
        (tlsa(2, 0, 1, bytes(32)), False), (tlsa(3, 0, 1, hashlib.sha256(CHAIN[1]).digest()), False),
    ],
)  # fmt: skip
def test_a_record_vouches_for_one_certificate(record: Any, holds: bool) -> None:
    assert dane.matches([record], CHAIN, ["mx.b.test"], NOW) is holds


def test_an_anchor_s_leaf_must_be_of_the_host() -> None:
    record = tlsa(2, 0, 1, hashlib.sha256(CHAIN[1]).digest())
    assert not dane.matches([record], CHAIN, ["other.test"], NOW)


def test_a_chain_that_does_not_hang_together_is_none() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    stranger = certificate(other, other, "root", "root")
    record = tlsa(2, 0, 1, hashlib.sha256(stranger).digest())
    assert not dane.matches([record], [CHAIN[0], stranger], ["mx.b.test"], NOW)
    assert not dane.matches([record], [], ["mx.b.test"], NOW)


def test_only_two_usages_count_for_mail() -> None:
    records = [tlsa(usage, 1, 1, bytes(32)) for usage in range(4)] + [tlsa(3, 7, 1, bytes(32))]
    assert [record.usage for record in dane.usable(records)] == [2, 3]


def authority(key: Any, issuer_key: Any, host: str, issuer: str, *, ca: bool | None) -> bytes:
    loaded = x509.load_der_x509_certificate(certificate(key, issuer_key, host, issuer))
    builder = (
        x509.CertificateBuilder()
        .subject_name(loaded.subject)
        .issuer_name(loaded.issuer)
        .public_key(key.public_key())
        .serial_number(2)
        .not_valid_before(loaded.not_valid_before_utc)
        .not_valid_after(loaded.not_valid_after_utc)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    return builder.sign(issuer_key, SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(("ca", "holds"), [(True, True), (False, False), (None, False)])
def test_only_an_authority_vouches_for_others(ca: bool | None, holds: bool) -> None:
    """RFC 5280 §6.1.4 (k): who has a certificate for one name may not make one for another."""
    between = ec.generate_private_key(ec.SECP256R1())
    chain = [
        certificate(LEAF, between, "mx.b.test", "between"),
        authority(between, ROOT, "between", "root", ca=ca),
        authority(ROOT, ROOT, "root", "root", ca=True),
    ]
    record = tlsa(2, 0, 1, hashlib.sha256(chain[2]).digest())
    assert dane.matches([record], chain, ["mx.b.test"], NOW) is holds


def test_what_is_no_authority_issues_nothing() -> None:
    evil = ec.generate_private_key(ec.SECP256R1())
    chain = [certificate(evil, LEAF, "mx.b.test", "mx.b.test"), *CHAIN]
    record = tlsa(2, 0, 1, hashlib.sha256(CHAIN[1]).digest())
    assert not dane.matches([record], chain, ["mx.b.test"], NOW)


def test_an_anchor_s_chain_is_valid_now() -> None:
    record = tlsa(2, 0, 1, hashlib.sha256(CHAIN[1]).digest())
    assert not dane.matches([record], CHAIN, ["mx.b.test"], NOW + timedelta(days=9))
