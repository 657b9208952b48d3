"""AWS JSON: botocore's requests and ours to it; what is no document, or not of the shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.gateway.http import Malformed
from forecourt.gateway.protocols.json import dumps, loads

from . import models

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


@settings(max_examples=50, deadline=None)
@given(models.values(TEXT))
def test_there_and_back(value: dict[str, Any]) -> None:
    models.there_and_back("json", value)
    models.back("json", value)


def test_errors() -> None:
    models.error_there("json")


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"}", b"{'a': 1}", b'{"Text": "a"} x', b'{"Text": "\xff"}', b"\x00", b'{"Text": "\x01"}',
        b"[" * 100_000, b'{"Inner":' * 100_000, b"1" * 5000, b'{"Ratio": NaN}', b'{"Ratio": Infinity}',
        b'{"Undeclared": NaN}', b'{"Text": -Infinity}', b"NaN", b"\xff\xfe{\x00}\x00\xff",
    ],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
def test_what_is_no_document(body: bytes) -> None:
    assert models.refused("json", body) == ""


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"[]", "Start of list found where not expected"),
        (b"1", "Expected map or null"),
        (b'{"Text": 1}', "NUMBER_VALUE can not be converted to a String"),
        (b'{"Text": 1.5}', "NUMBER_VALUE can not be converted to a String"),
        (b'{"Text": true}', "TRUE_VALUE can not be converted to a String"),
        (b'{"Text": false}', "FALSE_VALUE can not be converted to a String"),
        (b'{"Text": {}}', "Start of structure or map found where not expected."),
        (b'{"Text": []}', "Start of list found where not expected"),
        (b'{"Count": "1"}', "STRING_VALUE can not be converted to an Integer"),
        (b'{"Count": true}', "TRUE_VALUE can not be converted to an Integer"),
        (b'{"Count": 1.5}', "NUMBER_VALUE can not be converted to an Integer"),
        (b'{"Count": 1e400}', "NUMBER_VALUE can not be converted to an Integer"),
        (b'{"Big": "1"}', "STRING_VALUE can not be converted to a Long"),
        (b'{"Ratio": "x"}', "STRING_VALUE can not be converted to a Double"),
        (b'{"Ratio": false}', "FALSE_VALUE can not be converted to a Double"),
        (b'{"Flag": "true"}', "STRING_VALUE can not be converted to a Boolean"),
        (b'{"Flag": 0}', "NUMBER_VALUE can not be converted to a Boolean"),
        (b'{"Data": "%"}', "Invalid Base64"),
        (b'{"Data": 1}', "NUMBER_VALUE can not be converted to a Blob"),
        (b'{"When": true}', "TRUE_VALUE can not be converted to a Timestamp"),
        (b'{"When": 1e300}', "'1e+300' can not be converted to a Timestamp"),
        (b'{"Texts": {}}', "Start of structure or map found where not expected."),
        (b'{"Inners": [1]}', "Expected map or null"),
    ],
)
def test_values_that_are_not_of_the_shape(body: bytes, text: str) -> None:
    assert models.refused("json", body) == text


@pytest.mark.parametrize(
    "body",
    [
        b'{"Ratio": 1' + b"0" * 400 + b"}",
        b'{"When": 1' + b"0" * 400 + b"}",
        b'{"Count": 1' + b"0" * 400 + b"}",
        b'{"Count": 2147483648}',
        b'{"Big": 9223372036854775808}',
        b'{"Text": "\\ud800"}',
    ],
    ids=lambda body: body[:18].decode(),
)
def test_values_out_of_range(body: bytes) -> None:
    models.refused("json", body)


def test_documents_nested_too_deeply() -> None:
    for depth in (400, 900, 2000, 50_000):
        try:
            models.posted("json", b'{"Inner":' * depth + b"{}" + b"}" * depth)
        except Malformed:
            continue
        assert depth == 400  # which may do or not


def test_an_empty_body_is_no_parameters() -> None:
    assert models.posted("json", b"") == {}
    assert models.posted("json", b'{"Text": null, "Undeclared": {"a": 1}}') == {}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_floats_that_json_has_no_number_for(value: float) -> None:
    answer = models.codec("json").answer({"Ratio": value}, "1")
    text = loads(answer.body)["Ratio"]
    assert text in ("NaN", "Infinity", "-Infinity")
    body = dumps({"Ratio": text})
    assert repr(models.posted("json", body)["Ratio"]) == repr(value)


@given(st.binary(max_size=60))
def test_any_body_is_read_or_malformed(body: bytes) -> None:
    try:
        models.posted("json", body)
    except Malformed:
        return
