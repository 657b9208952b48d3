"""A request as the gateway sees it: its parameters and its content type."""

from __future__ import annotations

import gzip
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.gateway.http import MOST_PARAMETERS, Malformed, Request, inflated, parse_form

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=6))
def test_parameters_are_read_as_they_were_written(pairs: list[tuple[str, str]]) -> None:
    assert parse_form(urlencode(pairs)) == pairs
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    assert parse_form(text) == pairs


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a=1&a=2", [("a", "1"), ("a", "2")]),
        ("a", [("a", "")]),
        ("a=b=c", [("a", "b=c")]),
        ("a=1+2", [("a", "1 2")]),
        ("a=1;b=2", [("a", "1;b=2")]),
        ("a=%zz", [("a", "%zz")]),
        ("", []),
    ],
)
def test_forms(text: str, pairs: list[tuple[str, str]]) -> None:
    assert parse_form(text) == pairs


@pytest.mark.parametrize(
    "text", ["a=%ff", "%c3%28=1", "a=%ed%a0%80", "&".join(["a=1"] * (MOST_PARAMETERS + 1))]
)
def test_malformed_forms(text: str) -> None:
    with pytest.raises(Malformed, match="syntax error"):
        parse_form(text)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("text/XML; charset=utf-8", "text/xml"),
        (" application/json ", "application/json"),
        ("", ""),
        (";", ""),
    ],
)
def test_content_types(header: str, kind: str) -> None:
    assert Request("GET", "/", "", {"content-type": header}).content_type == kind


def test_without_a_query_there_are_no_parameters() -> None:
    assert Request("GET", "/", "", {}).parameters == []


def test_compressed_bodies() -> None:
    assert inflated(gzip.compress(b"x" * 1000), 1000) == b"x" * 1000
    whole = gzip.compress(b"x" * 1001)
    for body, most in ((whole, 1000), (whole[:-9], 5000), (b"plain", 1000), (b"", 1000)):
        with pytest.raises(Malformed):
            inflated(body, most)
