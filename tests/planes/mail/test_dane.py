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
    assert dane.matches([record], CHAIN, ["mx.b.test"]) is holds


def test_an_anchor_s_leaf_must_be_of_the_host() -> None:
    record = tlsa(2, 0, 1, hashlib.sha256(CHAIN[1]).digest())
    assert not dane.matches([record], CHAIN, ["other.test"])


def test_a_chain_that_does_not_hang_together_is_none() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    stranger = certificate(other, other, "root", "root")
    record = tlsa(2, 0, 1, hashlib.sha256(stranger).digest())
    assert not dane.matches([record], [CHAIN[0], stranger], ["mx.b.test"])
    assert not dane.matches([record], [], ["mx.b.test"])


def test_only_two_usages_count_for_mail() -> None:
    records = [tlsa(usage, 1, 1, bytes(32)) for usage in range(4)] + [tlsa(3, 7, 1, bytes(32))]
    assert [record.usage for record in dane.usable(records)] == [2, 3]
