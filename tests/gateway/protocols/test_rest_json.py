"""REST with JSON bodies, through botocore there and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.aws.errors import common
from forecourt.gateway.http import Malformed

from . import models

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
OUTSIDE = {
    "Label": "a/b %2F?é", "Header": "x, y", "Stamp": datetime(2026, 3, 1, tzinfo=UTC),
    "Query": "a&b=c +d", "Queries": ["1", "2", ""],
}  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(models.values(TEXT))
def test_there_and_back(value: dict[str, Any]) -> None:
    models.there_and_back("rest-json", value)
    models.back("rest-json", value)


def test_what_is_outside_the_body() -> None:
    sent = models.sent("rest-json", OUTSIDE)
    assert models.parse("rest-json", sent) == OUTSIDE
    models.back("rest-json", {"Header": "x", "Stamp": OUTSIDE["Stamp"], "Text": "y"})


def test_errors() -> None:
    models.error_there("rest-json")
    headers = dict(models.codec("rest-json").error(common("X", 400)("y"), "i").headers)
    assert headers["x-amzn-errortype"] == "X"


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"1", b'{"Text": 1}', b'{"Header": NaN}', b"\xff", b"[" * 10**5]
)
def test_bodies_that_are_malformed(body: bytes) -> None:
    models.refused("rest-json", body)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"Header": "x", "Label": "y"}'])
def test_members_from_elsewhere_are_not_taken_from_the_body(body: bytes) -> None:
    assert models.posted("rest-json", body) == {}


@given(st.binary(max_size=60))
def test_any_body_is_read_or_malformed(body: bytes) -> None:
    try:
        models.posted("rest-json", body)
    except Malformed:
        return
