"""Constraints of the model, told in AWS's words and all at once."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import ServiceModel

from forecourt.aws.models import operation_model
from forecourt.gateway.validation import Problem, constraints, explain
from tests.harness import World

SHAPES: dict[str, Any] = {
    "Input": {
        "type": "structure",
        "required": ["Name"],
        "members": {
            "Name": {"shape": "Name"},
            "S3Bucket": {"shape": "Name"},
            "Color": {"shape": "Color"},
            "Size": {"shape": "Size"},
            "Names": {"shape": "Names"},
            "Inner": {"shape": "Inner"},
            "Inners": {"shape": "Inners"},
            "Map": {"shape": "Map"},
            "Blob": {"shape": "Blob"},
            "Java": {"shape": "Java"},
        },
    },
    "Name": {"type": "string", "min": 1, "max": 3, "pattern": "[a-z]*"},
    "Color": {"type": "string", "enum": ["RED", "BLUE"]},
    "Size": {"type": "integer", "min": 0, "max": 9},
    "Names": {"type": "list", "member": {"shape": "Name"}, "max": 2},
    "Inner": {
        "type": "structure",
        "required": ["Id"],
        "members": {"Id": {"shape": "Name"}, "Inner": {"shape": "Inner"}},
    },
    "Inners": {"type": "list", "member": {"shape": "Inner"}, "min": 1},
    "Map": {"type": "map", "key": {"shape": "Color"}, "value": {"shape": "Name"}, "max": 1},
    "Blob": {"type": "blob", "max": 2},
    "Java": {"type": "string", "pattern": "\\p{IsAlphabetic}+"},
}
MODEL = ServiceModel({"metadata": {}, "operations": {}, "shapes": SHAPES}, "test")
CHECK = constraints(MODEL.shape_for("Input"))
TOO_LONG = "Member must have length less than or equal to 3"
TOO_SHORT = "Member must have length greater than or equal to 1"
PATTERN = "Member must satisfy regular expression pattern: [a-z]*"
TOGETHER = (
    f"Member must satisfy constraint: [{TOO_LONG}, {TOO_SHORT}, {PATTERN}, Member must not be null]"
)


def complaints(params: dict[str, Any], service: str = "route53") -> list[str]:
    return [problem.told(service) for problem in CHECK(params)]


def told(value: str, path: str, constraint: str) -> str:
    return f"Value {value} at '{path}' failed to satisfy constraint: {constraint}"


@pytest.mark.parametrize(
    ("params", "problems"),
    [
        ({}, []),
        ({"Name": None}, [told("null", "name", "Member must not be null")]),
        ({"Name": ""}, [told("''", "name", TOO_SHORT)]),
        ({"Name": "abcd"}, [told("'abcd'", "name", TOO_LONG)]),
        ({"Name": "ab\n"}, [told("'ab\n'", "name", PATTERN)]),
        ({"Name": "ABCD"}, [told("'ABCD'", "name", TOO_LONG), told("'ABCD'", "name", PATTERN)]),
        ({"S3Bucket": "A"}, [told("'A'", "s3Bucket", PATTERN)]),
        ({"Color": "red"},
         [told("'red'", "color", "Member must satisfy enum value set: [RED, BLUE]")]),
        ({"Size": 10}, [told("'10'", "size", "Member must have value less than or equal to 9")]),
        ({"Size": -1}, [told("'-1'", "size", "Member must have value greater than or equal to 0")]),
        ({"Size": 0}, []),
        ({"Names": ["a", "B"]}, [told("'[a, B]'", "names", TOGETHER)]),
        ({"Names": ["A", None]}, [told("'[A, None]'", "names", TOGETHER)]),
        ({"Names": ["a", "b", "c"]},
         [told("'[a, b, c]'", "names", "Member must have length less than or equal to 2")]),
        ({"Names": []}, []),
        ({"Inners": []}, [told("'[]'", "inners", TOO_SHORT)]),
        ({"Inners": [{"Id": "a"}, {}]},
         [told("null", "inners.2.member.id", "Member must not be null")]),
        ({"Inners": [None]}, [told("null", "inners.1.member", "Member must not be null")]),
        ({"Inner": {"Id": "a", "Inner": {"Id": "a", "Inner": {}}}},
         [told("null", "inner.inner.inner.id", "Member must not be null")]),
        ({"Map": {"RED": "A"}}, [told("'A'", "map.RED.member", PATTERN)]),
        ({"Map": {"RED": "a", "BLUE": "b"}},
         [told("'{RED=a, BLUE=b}'", "map", "Member must have length less than or equal to 1")]),
        ({"Blob": b"abc"},
         [told("'java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]'", "blob",
               "Member must have length less than or equal to 2")]),
        ({"Java": "%"}, []),
        ({"Undeclared": 1}, []),
    ],
)  # fmt: skip
def test_problems(params: dict[str, Any], problems: list[str]) -> None:
    params = {"Name": "abc", **params}
    assert complaints(params) == [text.replace("None", "null") for text in problems]


def test_a_required_member_that_is_absent() -> None:
    assert complaints({}) == [told("null", "name", "Member must not be null")]


def test_iam_does_not_say_which_value() -> None:
    found = complaints({"Name": "abcd", "Size": 10, "Inner": {}}, "iam")
    assert found == [
        f"Value at 'name' failed to satisfy constraint: {TOO_LONG}",
        "Value at 'size' failed to satisfy constraint: Member must have value less than or equal to 9",
        "Value at 'inner.id' failed to satisfy constraint: Member must not be null",
    ]


def some(count: int) -> list[Problem]:
    return [Problem(n, f"p{n}", "Member must not be null") for n in range(count)]


@pytest.mark.parametrize(
    ("count", "start"),
    [(1, "1 validation error detected: "), (2, "2 validation errors detected: ")],
)
def test_explain(count: int, start: str) -> None:
    texts = [told(f"'{n}'", f"p{n}", "Member must not be null") for n in range(count)]
    assert explain(some(count), "route53") == start + "; ".join(texts)


def test_ten_at_most_are_told() -> None:
    text = explain(some(12), "route53")
    assert text.startswith("12 validation errors detected: ")
    assert "'p9'" in text
    assert "'p10'" not in text


@pytest.mark.parametrize(
    ("key", "good"),
    [
        ("Kosten\u00adstelle", False),
        ("caf\u00e9 \u4e2d 1_.:/=+-@", True),
        ("a\tb", False),
        ("a!", False),
    ],
)
def test_letters_of_all_languages(key: str, good: bool) -> None:
    check = constraints(operation_model("iam", "TagUser").input_shape)
    found = check({"UserName": "u", "Tags": [{"Key": key, "Value": ""}]})
    assert [problem.path for problem in found] == ([] if good else ["tags.1.member.key"])


def test_deep_values_of_a_recursive_shape() -> None:
    check = constraints(operation_model("dynamodb", "PutItem").input_shape)
    value: Any = {"S": "x"}
    for _ in range(100):
        value = {"L": [value]}
    assert check({"TableName": "table", "Item": {"a": value}}) == []


@pytest.mark.parametrize(
    ("operation", "params", "path"),
    [
        ("get_hosted_zone", {"Id": "Z" * 33}, "id"),
        ("create_hosted_zone", {"Name": "x.test", "CallerReference": "r" * 129}, "callerReference"),
        ("list_tags_for_resource", {"ResourceType": "zebra", "ResourceId": "Z"}, "resourceType"),
    ],
)
def test_a_client_is_told(world: World, operation: str, params: dict[str, Any], path: str) -> None:
    with pytest.raises(ClientError, match="1 validation error detected: ") as caught:
        getattr(world.client("route53"), operation)(**params)
    assert caught.value.response["Error"]["Code"] == "InvalidInput"
    assert f"at '{path}' failed" in str(caught.value)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_client_of_sts_is_told(world: World) -> None:
    with pytest.raises(ClientError, match="at 'accessKeyId' failed to satisfy") as caught:
        world.client("sts").get_access_key_info(AccessKeyId="!" * 16)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
