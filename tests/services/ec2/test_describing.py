"""Filters and pages."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.ec2.describing import check, opened, pattern, texts, token
from tests.harness import World

from . import calls
from .calls import code, fault, filters

DOCUMENT: dict[str, Any] = {
    "Id": "x-1",
    "On": True,
    "Size": 5,
    "None": None,
    "Parts": [{"Name": "a", "More": {"Deep": 1}}, {"Name": "b"}, {}],
    "Tags": [{"Key": "Name", "Value": "one"}, {"Key": "a:b", "Value": ""}],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("Id", ["x-1"]),
        ("On", ["true"]),
        ("Size", ["5"]),
        ("None", []),
        ("Missing", []),
        ("Parts[].Name", ["a", "b"]),
        ("Parts[].More.Deep", ["1"]),
        ("Missing[].Name", []),
    ],
)
def test_texts(path: str, found: list[str]) -> None:
    assert list(texts(DOCUMENT, path.split("."))) == found


@pytest.mark.parametrize(
    ("value", "text", "matches"),
    [
        ("a*", "abc", True),
        ("a*", "ba", False),
        ("a?", "ab", True),
        ("a?", "abc", False),
        ("a?", "a", False),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        (r"a\\*", "a\\b", True),
        ("a.c", "abc", False),
        ("[a]", "[a]", True),
        ("", "", True),
        ("*", "a\nb", True),
        ("A", "a", False),
    ],
)
def test_wildcards(value: str, text: str, matches: bool) -> None:
    assert bool(pattern(value)(text)) is matches


@pytest.mark.parametrize(
    ("name", "values", "matches"),
    [
        ("part", ["b", "z"], True),
        ("part", ["z"], False),
        ("part", [], False),
        ("tag:Name", ["o*"], True),
        ("tag:a:b", [""], True),
        ("tag:none", ["*"], False),
        ("tag-key", ["Name"], True),
        ("tag-key", ["name"], False),
    ],
)
def test_filters(name: str, values: list[str], matches: bool) -> None:
    given = {"Name": name, "Values": values}
    assert check({"part": "Parts[].Name"}, given)(DOCUMENT) is matches


def test_tokens() -> None:
    for key in ("vpc-0", "subnet-1 k\u00e9y", ""):
        assert opened(token(key)) == key


def test_a_filter_there_is_not(ec2: Any) -> None:
    assert fault(ec2.describe_vpcs, Filters=filters(color="blue")) == (
        "InvalidParameterValue",
        "The filter 'color' is invalid",
    )


def test_pages(world: World, ec2: Any) -> None:
    calls.limit(world, "MAX_INTERNET_GATEWAYS_BY_REGION", 100)
    made = sorted(calls.gateway(ec2) for _ in range(11))
    found, given = [], {"MaxResults": 5, "Filters": filters(internet_gateway_id=made)}
    page = ec2.describe_internet_gateways(**given)
    sizes = [len(page["InternetGateways"])]
    found += page["InternetGateways"]
    while "NextToken" in page:
        page = ec2.describe_internet_gateways(**given, NextToken=page["NextToken"])
        sizes.append(len(page["InternetGateways"]))
        found += page["InternetGateways"]
    assert sizes == [5, 5, 1]
    assert [each["InternetGatewayId"] for each in found] == made


def test_a_page_that_ends_with_the_last(world: World, ec2: Any) -> None:
    for _ in range(4):
        calls.gateway(ec2)
    assert "NextToken" not in ec2.describe_internet_gateways(MaxResults=5)


def test_pages_that_cannot_be(ec2: Any) -> None:
    assert code(ec2.describe_vpcs, NextToken="?") == "InvalidPaginationToken"
    assert fault(ec2.describe_vpcs, MaxResults=1001) == (
        "InvalidParameterValue",
        "Value ( 1001 ) for parameter maxResults is invalid. Expecting a value less than 1000.",
    )
