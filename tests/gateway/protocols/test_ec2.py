"""The ec2 protocol: botocore's forms and our XML to it; its own names for members and errors."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings

from forecourt.aws.errors import common
from forecourt.gateway.http import Malformed

from . import models


@settings(max_examples=50, deadline=None)
@given(models.values(models.xml_text()))
def test_there_and_back(value: dict[str, Any]) -> None:
    value.pop("Map", None)  # which EC2 has not
    for inner in (value.get("Inner", {}), *value.get("Inners", [])):
        inner.pop("Map", None)
    value = {name: item for name, item in value.items() if item not in ({}, [{}], [{}, {}])}
    models.back("ec2", {n: i for n, i in value.items() if n not in ("Inner", "Inners")})
    if "Inners" not in value and "Inner" not in value:
        models.there_and_back("ec2", value)


def test_errors() -> None:
    models.error_there("ec2")
    answer = models.codec("ec2").error(common("X", 400)("y"), "id-1")
    assert b"<RequestID>id-1</RequestID>" in answer.body
    assert b"<Type>" not in answer.body


@pytest.mark.parametrize(
    ("pairs", "value"),
    [
        ({"Texts.1": "a", "Texts.2": "b"}, {"Texts": ["a", "b"]}),
        ({"Inner.Texts.2": "b"}, {"Inner": {"Texts": ["b"]}}),
        ({"Inners.1.Flag": "true"}, {"Inners": [{"Flag": True}]}),
        ({"text": "a"}, {}),
    ],
)
def test_forms(pairs: dict[str, str], value: Any) -> None:
    assert models.posted("ec2", urlencode(pairs).encode()) == value


@pytest.mark.parametrize(
    "pairs",
    [{"Texts.x": "a"}, {"Texts.1.x": "a"}, {"Text.": "a"}, {"Count": "x"}, {"Texts.member.1": "a"}],
    ids=str,
)
def test_forms_that_are_malformed(pairs: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        models.posted("ec2", urlencode(pairs).encode())
