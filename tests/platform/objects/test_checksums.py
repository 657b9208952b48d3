"""Checksums, against values others published."""

from __future__ import annotations

from base64 import b64decode

import pytest

from forecourt.platform.objects.checksums import (
    ALGORITHMS,
    CRCS,
    Sums,
    composite,
    header,
    member,
    whole,
)

# The check values of the catalogue of CRCs, and FIPS 180-4's and RFC 1321's ways of hashing.
CHECK = b"123456789"
KNOWN = {
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "MD5": "25f9e794323b453885f5181f1b624d0b",
}


@pytest.mark.parametrize(("algorithm", "value"), KNOWN.items())
def test_known_values(algorithm: str, value: str) -> None:
    sums = Sums((algorithm,))
    for at in range(0, len(CHECK), 2):
        sums.add(CHECK[at : at + 2])
    assert b64decode(sums.all()[algorithm]).hex() == value
    assert sums.md5.hexdigest() == KNOWN["MD5"]


@pytest.mark.parametrize("algorithm", CRCS)
def test_a_whole_out_of_parts(algorithm: str) -> None:
    parts, total = [], Sums((algorithm,))
    for piece in (b"a" * 1000, b"", b"bcd", bytes(5000)):
        each = Sums((algorithm,))
        each.add(piece)
        total.add(piece)
        parts.append((b64decode(each.all()[algorithm]), len(piece)))
    assert whole(algorithm, parts) == total.all()[algorithm]


def test_a_sum_of_sums() -> None:
    sums = Sums(("SHA256",))
    sums.add(b"onetwo")
    assert composite("SHA256", (b"one", b"two")) == sums.all()["SHA256"]


def test_names() -> None:
    assert member("CRC32") == "ChecksumCRC32"
    assert header("CRC64NVME") == "x-amz-checksum-crc64nvme"
    assert set(CRCS) < set(ALGORITHMS)
