"""REST with XML bodies, through botocore there and back; the root's name, and whose errors look how."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.aws.errors import Errors, common
from forecourt.aws.models import operation_model
from forecourt.gateway.http import Malformed
from forecourt.gateway.protocols import FORMS

from . import models

OUTSIDE = {
    "Label": "a/b %2F?é", "Header": "x, y", "Stamp": datetime(2026, 3, 1, tzinfo=UTC),
    "Query": "a&b=c +d", "Queries": ["1", "2", ""],
}  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(models.values(models.xml_text()))
def test_there_and_back(value: dict[str, Any]) -> None:
    models.there_and_back("rest-xml", value)
    models.back("rest-xml", value)


def test_what_is_outside_the_body() -> None:
    assert models.parse("rest-xml", models.sent("rest-xml", OUTSIDE)) == OUTSIDE
    models.back("rest-xml", {"Header": "x", "Stamp": OUTSIDE["Stamp"], "Text": "y"})


def test_errors() -> None:
    models.error_there("rest-xml")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<Other/>", "Other is not valid, expected DoRequest"),
        (b"<n:Other xmlns:n='urn:x'/>", "Other is not valid, expected DoRequest"),
        (b"<DoRequest", "Could not parse XML"),
        (b"<!DOCTYPE DoRequest><DoRequest/>", "Could not parse XML"),
        (b"<DoRequest><Text><a/></Text></DoRequest>", "Unexpected complex element termination"),
        (b"<DoRequest>" * 100_000, "Could not parse XML"),
    ],
)
def test_bodies_that_are_malformed(body: bytes, text: str) -> None:
    assert models.refused("rest-xml", body) == text


@pytest.mark.parametrize("depth", [300, 1000, 5000])
def test_bodies_nested_too_deeply(depth: int) -> None:
    inside = b"<Inner>" * depth + b"</Inner>" * depth
    try:
        models.posted("rest-xml", b"<DoRequest>" + inside + b"</DoRequest>")
    except Malformed:
        return
    assert depth == 300  # which may do or not


def test_errors_of_route_53_and_of_s3() -> None:
    error = Errors("route53").InvalidChangeBatch("bad", messages=["one", "two"])
    text = (
        FORMS["rest-xml"](operation_model("route53", "GetChange")).error(error, "i").body.decode()
    )
    assert '<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">' in text
    assert "<Type>Sender</Type><Code>InvalidChangeBatch</Code><Message>bad</Message>" in text
    assert "<messages><Message>one</Message><Message>two</Message></messages>" in text
    text = (
        FORMS["rest-xml"](operation_model("s3", "GetObject"))
        .error(common("X", 404)("y"), "i")
        .body.decode()
    )
    assert "<Error><Code>X</Code><Message>y</Message>" in text
    assert "ErrorResponse" not in text


@given(st.binary(max_size=60))
def test_any_body_is_read_or_malformed(body: bytes) -> None:
    for whole in (body, b"<DoRequest><Inner>" + body + b"</Inner></DoRequest>"):
        try:
            models.posted("rest-xml", whole)
        except Malformed:
            continue
