"""Smithy RPC v2 CBOR: botocore's requests and ours to it; what is no item, or not of the shape."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.gateway.http import Malformed

from . import models

CBOR = "smithy-rpc-v2-cbor"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


@settings(max_examples=50, deadline=None)
@given(models.values(TEXT))
def test_there_and_back(value: dict[str, Any]) -> None:
    models.there_and_back(CBOR, value)
    models.back(CBOR, value)


def test_errors() -> None:
    models.error_there(CBOR)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff", b"\x1c", b"\xbf", b"\xa1", b"\xa0\xa0", b"\xa0x", b"\x81" * 100_000,
        b"\xa1\x65Inner" * 20_000, b"\x9b\x7f" + b"\xff" * 7, b"\xbb\x7f" + b"\xff" * 7,
        b"\x5b\x00\x00\x00\x7f\xff\xff\xff\xff", b"\x7b\x7f" + b"\xff" * 7, b"\xa1\x64Text\x61\xff",
        b"\xc1\xfb\x7f\xf0" + bytes(6), b"\xc1\xf9\x7e\x00", b"\xc1\x1b" + b"\x7f" + b"\xff" * 7,
        b"\xc0\x61x", b"\xd8\x1d\x00", b"\xd8\x23\x61(", b"\xc2\x61a", b"\xd8\x25\x41a",
    ],
    ids=lambda body: body[:8].hex(),
)  # fmt: skip
def test_what_is_no_item(body: bytes) -> None:
    models.refused(CBOR, body)


@pytest.mark.parametrize(
    "value",
    [
        [], 1, "x", None, True, {"Text": 1}, {"Text": b"x"}, {"Text": []}, {"Text": {}},
        {"Text": cbor2.undefined}, {"Text": cbor2.CBORSimpleValue(99)}, {"Count": "1"},
        {"Count": 1.5}, {"Count": True}, {"Ratio": "NaN"}, {"Ratio": False}, {"Flag": 1},
        {"Data": "x"}, {"When": 1}, {"When": "2026-03-01T12:00:00Z"}, {"Texts": {}}, {"Texts": "x"},
        {"Texts": [1]}, {"Map": []}, {"Map": {1: "x"}}, {"Map": {b"k": "x"}}, {"Inner": []},
        {"Count": cbor2.CBORTag(4, [1, 2])}, {"Count": 2**31}, {"Big": 2**63}, {"Count": 10**400},
    ],
    ids=repr,
)  # fmt: skip
def test_values_that_are_not_of_the_shape(value: Any) -> None:
    if isinstance(value, dict) and value.get("Text") is cbor2.undefined:
        # Smithy RPC v2: undefined is read as null.
        assert models.posted(CBOR, cbor2.dumps(value)) == {}
        return
    models.refused(CBOR, cbor2.dumps(value))


def test_an_item_that_contains_itself() -> None:
    """RFC 8949's registry has tags for shared values (28, 29): cbor2 follows them."""
    body = bytes.fromhex("d81c") + b"\xa1\x65Inner" + bytes.fromhex("d81d00")
    models.refused(CBOR, body)


def test_items_nested_too_deeply() -> None:
    for depth in (350, 450, 900, 20_000):
        try:
            models.posted(CBOR, b"\xa1\x65Inner" * depth + b"\xa0")
        except Malformed:
            continue
        assert depth <= 450  # which may do or not


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xa0", b"\xbf\xff", b"\xa1\x64Text\xf6", b"\xa1\x01\x02", b"\xa1\x80\x01",
        b"\xa1\x6aUndeclared\xf7",
    ],
    ids=lambda body: body.hex(),
)  # fmt: skip
def test_no_parameters(body: bytes) -> None:
    assert models.posted(CBOR, body) == {}


def test_texts_and_bytes_in_pieces() -> None:
    body = b"\xbf\x64Text\x7f\x61a\x61b\xff\x64Data\x5f\x41a\x41b\xff\xff"
    assert models.posted(CBOR, body) == {"Text": "ab", "Data": b"ab"}


@settings(max_examples=300)
@given(st.binary(max_size=40))
def test_any_body_is_read_or_malformed(body: bytes) -> None:
    for start in (b"", b"\xa1\x65Inner", b"\xa1\x64When", b"\xa1\x63Map"):
        try:
            models.posted(CBOR, start + body)
        except Malformed:
            continue
