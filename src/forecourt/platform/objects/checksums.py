"""The checksums of objects, in the forms S3 writes them.

    sums = Sums({"CRC32"}); sums.add(data); sums.base64("CRC32")

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable
from typing import Any

from awscrt import checksums as crt

Crc = Callable[[bytes, int], int]
CRCS: dict[str, tuple[int, Crc]] = {  # bytes of each, and how it goes on
    "CRC32": (4, zlib.crc32),
    "CRC32C": (4, crt.crc32c),
    "CRC64NVME": (8, crt.crc64nvme),
}
COMBINE: dict[str, Callable[[int, int, int], int]] = {
    "CRC32": crt.combine_crc32,
    "CRC32C": crt.combine_crc32c,
    "CRC64NVME": crt.combine_crc64nvme,
}
HASHES: dict[str, Any] = {
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": hashlib.md5,
}
ALGORITHMS = (*CRCS, *HASHES)
DEFAULT = "CRC64NVME"  # what AWS computes where nothing is asked for
COMPOSITE, FULL_OBJECT = "COMPOSITE", "FULL_OBJECT"


def member(algorithm: str) -> str:
    """What the API calls it: ChecksumCRC32."""
    return f"Checksum{algorithm}"


def header(algorithm: str) -> str:
    return f"x-amz-checksum-{algorithm.lower()}"


class Sums:
    """The MD5 of some bytes, and other sums as wanted."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self.md5 = hashlib.md5(usedforsecurity=False)
        self._crcs = dict.fromkeys((each for each in wanted if each in CRCS), 0)
        self._hashes = {each: HASHES[each]() for each in wanted if each in HASHES}

    def add(self, data: bytes) -> None:
        self.md5.update(data)
        for name, value in self._crcs.items():
            self._crcs[name] = CRCS[name][1](data, value)
        for each in self._hashes.values():
            each.update(data)

    def all(self) -> dict[str, str]:
        """Each in base64, by its name."""
        return {
            name: b64encode(value.to_bytes(CRCS[name][0], "big")).decode()
            for name, value in self._crcs.items()
        } | {name: b64encode(each.digest()).decode() for name, each in self._hashes.items()}


def composite(algorithm: str, parts: Iterable[bytes]) -> str:
    """The sum of the sums of parts, as it is written before their number."""
    sums = Sums((algorithm,))
    sums.add(b"".join(parts))
    return sums.all()[algorithm]


def whole(algorithm: str, parts: Iterable[tuple[bytes, int]]) -> str:
    """The sum of all bytes out of the sums and sizes of parts: of CRCs only."""
    size, _ = CRCS[algorithm]
    value = 0
    for each, length in parts:
        value = COMBINE[algorithm](value, int.from_bytes(each, "big"), length)
    return b64encode(value.to_bytes(size, "big")).decode()
