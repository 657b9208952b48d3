"""DANE for SMTP: certificates that DNSSEC vouches for (RFC 7672, RFC 6698)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TRUST_ANCHOR, END_ENTITY = 2, 3  # the usages that count for SMTP: RFC 7672 §3.1


def usable(records: Iterable[Any]) -> list[Any]:
    """The records that can be gone by; where there are some, TLS is a must (RFC 7672 §2.2)."""
    return [
        record
        for record in records
        if record.usage in (TRUST_ANCHOR, END_ENTITY)
        and record.selector in (0, 1)
        and record.mtype in (0, 1, 2)
    ]


def matches(
    records: Iterable[Any], chain: Sequence[bytes], hosts: Sequence[str], now: datetime
) -> bool:
    """Whether a certificate chain (DER, the server's own first) is what the records say."""
    if not chain:
        return False
    for record in records:
        if record.usage == END_ENTITY and _is(record, chain[0]):
            return True  # names and dates are of no account: RFC 7672 §3.1.1
        if record.usage == TRUST_ANCHOR and any(
            _is(record, chain[at]) and _leads(chain[: at + 1], now) for at in range(len(chain))
        ):
            return _names(chain[0], hosts)
    return False


def _is(record: Any, certificate: bytes) -> bool:
    data = certificate
    if record.selector == 1:
        key = x509.load_der_x509_certificate(certificate).public_key()
        data = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = {
        0: lambda: data,
        1: lambda: hashlib.sha256(data).digest(),
        2: lambda: hashlib.sha512(data).digest(),
    }
    found: bytes = digest[record.mtype]()
    return found == record.cert


def _leads(chain: Sequence[bytes], now: datetime) -> bool:
    """Whether each is issued by the next, which may do so, and all are valid now (RFC 7671 §5.2)."""
    loaded = [x509.load_der_x509_certificate(each) for each in chain]
    try:
        for lower, upper in pairwise(loaded):
            lower.verify_directly_issued_by(upper)
    except (ValueError, TypeError, InvalidSignature):
        return False
    valid = all(each.not_valid_before_utc <= now <= each.not_valid_after_utc for each in loaded)
    return valid and all(map(_is_authority, loaded[1:-1]))


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return bool(found.value.ca)


def _names(certificate: bytes, hosts: Sequence[str]) -> bool:
    try:
        extension = x509.load_der_x509_certificate(certificate).extensions
        names = extension.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    known = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
    return any(host in known or f"*.{host.partition('.')[2]}" in known for host in hosts)
