"""The query protocol: botocore's forms and our XML to it; names that make no tree."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.gateway.http import Malformed
from forecourt.gateway.protocols.query import DEEPEST, tree

from . import models


@settings(max_examples=50, deadline=None)
@given(models.values(models.xml_text()))
def test_there_and_back(value: dict[str, Any]) -> None:
    models.there_and_back("query", value)
    models.back("query", value)


def test_a_carriage_return_comes_back() -> None:
    models.there_and_back("query", {"Text": "a\rb\r\n"})
    models.back("query", {"Text": "a\rb\r\n"})


def test_errors() -> None:
    models.error_there("query")


def posted(**pairs: str) -> Any:
    return models.posted("query", urlencode(pairs).encode())


@pytest.mark.parametrize(
    "pairs",
    [
        {"Text.": "x"},
        {"Count.": "1"},
        {"Text": "x", "Text.": "y"},
        {"Text": "x", "Text..a": "y"},
        {"Text.a": "x"},
        {"Count": ""},
        {"Count": "x"},
        {"Flag": "TRUE"},
        {"Data": "%"},
        {"When": "x"},
        {"Texts.member.x": "a"},
        {"Texts.member.1.x": "a"},
        {"Texts.member.²": "a"},
        {"Texts.member." + "9" * 5000: "a"},
        {"Map.entry.1.key": "a"},
        {"Map.entry.1.value": "a"},
        {"Map.entry.x.key": "a"},
        {".".join("a" * (DEEPEST + 1)): "x"},
        {"." * 10_000: "x"},
    ],
    ids=lambda pairs: ",".join(pairs)[:30],
)
def test_names_and_values_that_are_malformed(pairs: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        posted(**pairs)


@pytest.mark.parametrize("body", [b"Text=%ff", b"\xff", b"a=1&" * 10_001])
def test_forms_that_are_malformed(body: bytes) -> None:
    assert models.refused("query", body) == "The query string contains a syntax error."


@pytest.mark.parametrize(
    ("pairs", "value"),
    [
        ({"Text": ""}, {"Text": ""}),
        ({"Texts": ""}, {"Texts": []}),
        ({"Texts.member.2": "b", "Texts.member.10": "c", "Texts.member.1": "a"},
         {"Texts": ["a", "b", "c"]}),
        ({"Texts.member.7": "a"}, {"Texts": ["a"]}),
        ({"Map.entry.1.key": "k", "Map.entry.1.value": ""}, {"Map": {"k": ""}}),
        ({"Inner.Inner.Text": "x"}, {"Inner": {"Inner": {"Text": "x"}}}),
        ({"Inners.member.1.Inner.Text": "x"}, {"Inners": [{"Inner": {"Text": "x"}}]}),
        ({"Action": "Do", "Version": "1", "Undeclared.1.x": "y"}, {}),
        ({"": "x", "text": "y"}, {}),
    ],
)  # fmt: skip
def test_forms(pairs: dict[str, str], value: Any) -> None:
    assert posted(**pairs) == value


def test_a_tree() -> None:
    assert tree([("a.1.b", "x"), ("a.1", "y"), ("c", "z")]) == {
        "a": {"1": {"b": {"": "x"}, "": "y"}},
        "c": {"": "z"},
    }


PARTS = [*".1a", "Text", "Map", "entry", "member", "Texts", "Inner", "key", "value"]
NAME = st.lists(st.sampled_from(PARTS), max_size=8).map("".join)


@settings(max_examples=300)
@given(st.lists(st.tuples(NAME, st.text("a1", max_size=2)), max_size=4))
def test_any_names_are_read_or_malformed(pairs: list[tuple[str, str]]) -> None:
    try:
        models.posted("query", urlencode(pairs).encode())
    except Malformed:
        return
