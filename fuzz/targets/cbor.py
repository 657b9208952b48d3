"""Smithy RPC with CBOR, for a made-up service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import cbor2

from fuzz.http import written
from fuzz.requests import checker

VALUES: tuple[dict[str, Any], ...] = (
    {"Text": "a", "Color": "RED", "Count": 1, "Big": 2, "Ratio": 0.5, "Flag": True, "Data": b"abc"},
    {
        "Texts": ["a", "b"],
        "Flat": ["c"],
        "Counts": [1, None],
        "Map": {"RED": "a"},
        "Ratio": 1 << 70,
    },
    {"Inner": {"Text": "a", "Inner": {"Text": "b"}}, "Nested": [[], [[]]], "Union": {"Text": "a"}},
    {"When": datetime(2026, 1, 1, tzinfo=UTC), "Inners": [{"Text": "c"}, cbor2.undefined]},
)
TOKENS = (
    *(bytes((0x60 + len(name),)) + name.encode() for name in (
        "Text", "Color", "Count", "Big", "Ratio", "Flag", "Data", "When", "Texts", "Flat", "Counts",
        "Map", "Union", "Inner", "Inners", "Nested",
    )),
    b"\xc0", b"\xc1", b"\xc2", b"\xc3", b"\xc4\x82", b"\xc5\x82", b"\xd8\x1c", b"\xd8\x1d\0", b"\xd8\x1e\x82",
    b"\xd8\x23", b"\xd8\x24", b"\xd8\x25\x50", b"\xd9\x01\x00", b"\xd9\x01\x02", b"\xd9\x01\x04", b"\xd9\xd9\xf7",
    b"\xd8\x64", b"\xd9\x03\xec", b"\x9f", b"\xbf", b"\x5f", b"\x7f", b"\xff", b"\xf6", b"\xf7", b"\xf9\x7e\0",
    b"\xfb\x7f\xf0\0\0\0\0\0\0", b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", b"\x5b\0\0\0\xff\0\0\0\0", b"\xf8",
    b"\xc2\x59\x0f\xa0",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    path = "/service/made/operation/Do"
    for value in VALUES:
        yield b"\0" + written("POST", path, "", {}, cbor2.dumps(value))
    yield b"\0" + written("POST", path, "", {}, b"")
    yield b"\1" + written("POST", path, "", {}, cbor2.dumps(VALUES[0]))
    yield b"\0" + written("POST", path, "", {}, b"\xa1\x65Ratio\xc2\x59\x08\x00" + b"\xff" * 2048)


check = checker("smithy-rpc-v2-cbor", smithy_protocol="rpc-v2-cbor")
