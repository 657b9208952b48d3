"""What REST requests say outside their bodies: labels, headers, queries; and raw payloads."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ServiceModel
from hypothesis import given
from hypothesis import strategies as st

from forecourt.aws.models import operation_model
from forecourt.gateway.http import Malformed, Request
from forecourt.gateway.protocols import FORMS
from forecourt.gateway.protocols.rest import quote, split_dates, split_list

MEMBERS: dict[str, Any] = {
    "Label": {"shape": "Text", "location": "uri", "locationName": "Label"},
    "Number": {"shape": "Number", "location": "header", "locationName": "X-Number"},
    "List": {"shape": "List", "location": "header", "locationName": "x-list"},
    "Dates": {"shape": "Dates", "location": "header", "locationName": "x-dates"},
    "Json": {"shape": "Json", "location": "header", "locationName": "x-json", "jsonvalue": True},
    "Meta": {"shape": "Map", "location": "headers", "locationName": "x-meta-"},
    "Query": {"shape": "Number", "location": "querystring", "locationName": "q"},
    "Many": {"shape": "List", "location": "querystring", "locationName": "m"},
    "Rest": {"shape": "Map", "location": "querystring"},
    "Status": {"shape": "Number", "location": "statusCode"},
}
SHAPES: dict[str, Any] = {
    "Input": {"type": "structure", "members": MEMBERS},
    "Text": {"type": "string"},
    "Json": {"type": "string"},
    "Number": {"type": "integer"},
    "Date": {"type": "timestamp"},
    "List": {"type": "list", "member": {"shape": "Text"}},
    "Dates": {"type": "list", "member": {"shape": "Date"}},
    "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
}
OPERATION = ServiceModel(
    {
        "metadata": {"protocol": "rest-json", "apiVersion": "1", "endpointPrefix": "x"},
        "operations": {
            "Do": {
                "name": "Do",
                "http": {"method": "POST", "requestUri": "/{Label}"},
                "input": {"shape": "Input"},
                "output": {"shape": "Input"},
            }
        },
        "shapes": SHAPES,
    },
    "test",
).operation_model("Do")
CODEC = FORMS["rest-json"](OPERATION)


def parse(query: str = "", label: str = "l", **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    found = CODEC.parse(Request("POST", "/l", query, named), {"Label": label})
    return {name: value for name, value in found.items() if value != {}}


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ({"label": "a%2Fb%20c+d"}, {"Label": "a/b c+d"}),
        ({"label": "%E1%88%B4"}, {"Label": "ሴ"}),
        ({"x_number": "12"}, {"Number": 12}),
        ({"x_list": 'a, "b,c" ,d'}, {"List": ["a", "b,c", "d"]}),
        ({"x_list": '"a\\"b"'}, {"List": ['a"b']}),
        ({"x_meta_two": "2", "x_met": "3"}, {"Meta": {"two": "2"}}),
        ({"x_json": "eyJhIjoxfQ=="}, {"Json": {"a": 1}}),
        ({"query": "q=1"}, {"Query": 1, "Rest": {"q": "1"}}),
        ({"query": "m=1&m=2&x=3"}, {"Many": ["1", "2"], "Rest": {"m": "1", "x": "3"}}),
    ],
)
def test_where_values_come_from(given_: dict[str, str], wanted: dict[str, Any]) -> None:
    assert parse(**given_) == {"Label": "l", **wanted}


@pytest.mark.parametrize(
    "given_",
    [
        {"x_number": "x"}, {"x_number": ""}, {"x_number": "9" * 60_000}, {"x_dates": "x"},
        {"x_dates": "Sun, 01 Mar 2026 12:00:00 GMT, x"}, {"x_json": "%"}, {"x_json": "e30"},
        {"x_json": "ew=="}, {"x_json": "W1tbW1tbW1tb" * 4000}, {"query": "q=x"}, {"query": "q=%ff"}, {"label": "%ff"},
        {"label": "%00"},
    ],
    ids=str,
)  # fmt: skip
def test_values_that_are_malformed(given_: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        parse(**given_)


@given(
    st.lists(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8),
        min_size=1,
    )
)
def test_lists_in_headers_are_read_as_written(items: list[str]) -> None:
    assert split_list(", ".join(map(quote, items))) == items


@given(st.text(max_size=40))
def test_any_header_is_read_or_malformed(text: str) -> None:
    for name in ("x_number", "x_list", "x_dates", "x_json"):
        try:
            parse(**{name: text})
        except Malformed:
            continue


def test_dates() -> None:
    text = "Sun, 01 Mar 2026 12:00:00 GMT, Mon, 02 Mar 2026 12:00:00 GMT"
    assert split_dates(text, "rfc822") == [text[:29], text[31:]]
    assert split_dates("1, 2", "unixTimestamp") == ["1", "2"]


def test_an_answer() -> None:
    answer = CODEC.answer(
        {"Number": 1, "List": ["a,b", "c"], "Meta": {"k": "v"}, "Status": 299}, "i"
    )
    headers = dict(answer.headers)
    assert answer.status == 299
    assert (headers["X-Number"], headers["x-list"], headers["x-meta-k"]) == ("1", '"a,b", c', "v")


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\nb", "a\rb"])
def test_a_header_cannot_hold_another(value: str) -> None:
    """Values of one account's making reach another's client."""
    try:
        answer = CODEC.answer({"List": [value], "Meta": {"k": value}}, "i")
    except ValueError:
        return
    assert not any(char in text for _, text in answer.headers for char in "\r\n")


def test_raw_payloads() -> None:
    put = FORMS["rest-xml"](operation_model("s3", "PutObject"))
    labels = {"Bucket": "b", "Key": "a%2Fb"}
    found = put.parse(Request("PUT", "/b/a%2Fb", "", {}, b"\x00\xff"), labels)
    assert (found["Body"], found["Key"]) == (b"\x00\xff", "a/b")
    got = FORMS["rest-xml"](operation_model("s3", "GetObject")).answer({"Body": b"\x00\xff"}, "i")
    assert got.body == b"\x00\xff"
    assert dict(got.headers)["content-type"] == "application/octet-stream"


def test_a_raw_text_must_be_utf_8() -> None:
    put = FORMS["rest-json"](operation_model("s3", "PutBucketPolicy"))
    with pytest.raises(Malformed, match="not UTF-8"):
        put.parse(Request("PUT", "/b", "policy", {}, b"\xff"), {"Bucket": "b"})
