"""A service with a value of every kind, in any protocol; and the ways through botocore and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.awsrequest import HeadersDict, prepare_request_dict
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import strategies as st

from forecourt.aws.errors import common
from forecourt.gateway.http import Answer, Malformed, Request
from forecourt.gateway.paths import Paths
from forecourt.gateway.protocols import FORMS, Codec

MEMBERS: dict[str, Any] = {
    "Text": {"shape": "Text"},
    "Count": {"shape": "Count"},
    "Big": {"shape": "Big"},
    "Ratio": {"shape": "Ratio"},
    "Flag": {"shape": "Flag"},
    "Data": {"shape": "Data"},
    "When": {"shape": "When"},
    "Texts": {"shape": "Texts"},
    "Map": {"shape": "Map"},
    "Inner": {"shape": "Tree"},
    "Inners": {"shape": "Trees"},
}
SHAPES: dict[str, Any] = {
    "Input": {"type": "structure", "members": MEMBERS},
    "Output": {"type": "structure", "members": MEMBERS},
    "Tree": {"type": "structure", "members": {**MEMBERS}},
    "Trees": {"type": "list", "member": {"shape": "Tree"}},
    "Texts": {"type": "list", "member": {"shape": "Text"}},
    "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
    "Text": {"type": "string"},
    "Count": {"type": "integer"},
    "Big": {"type": "long"},
    "Ratio": {"type": "double"},
    "Flag": {"type": "boolean"},
    "Data": {"type": "blob"},
    "When": {"type": "timestamp"},
}
REST: dict[str, Any] = {
    "Label": {"shape": "Text", "location": "uri", "locationName": "Label"},
    "Header": {"shape": "Text", "location": "header", "locationName": "x-header"},
    "Stamp": {"shape": "When", "location": "header", "locationName": "x-stamp"},
    "Query": {"shape": "Text", "location": "querystring", "locationName": "query"},
    "Queries": {"shape": "Texts", "location": "querystring", "locationName": "queries"},
}
ANSWERED = {name: member for name, member in REST.items() if member["location"] == "header"}


@cache
def operation(protocol: str) -> OperationModel:
    rest = protocol.startswith("rest")
    shapes = dict(SHAPES)
    if rest:
        shapes["Input"] = {
            "type": "structure", "required": ["Label"], "members": {**MEMBERS, **REST},
        }  # fmt: skip
        shapes["Output"] = {"type": "structure", "members": {**MEMBERS, **ANSWERED}}
    if protocol == "query":
        shapes["Output"] = {**shapes["Output"]}
    output: dict[str, Any] = {"shape": "Output"}
    if protocol == "query":
        output["resultWrapper"] = "DoResult"
    given = {
        "name": "Do",
        "http": {"method": "POST", "requestUri": "/do/{Label}" if rest else "/"},
        "input": {"shape": "Input", "locationName": "DoRequest"} if rest else {"shape": "Input"},
        "output": output,
    }
    metadata = {
        "protocol": protocol, "protocols": [protocol], "apiVersion": "2026-01-01", "jsonVersion": "1.1",
        "endpointPrefix": "test", "serviceId": "Test", "targetPrefix": "Test",
        "xmlNamespace": "https://test/",
    }  # fmt: skip
    if protocol == "ec2":
        metadata.pop("xmlNamespace")
    model = ServiceModel(
        {"metadata": metadata, "operations": {"Do": given}, "shapes": shapes}, "test"
    )
    return model.operation_model("Do")


@cache
def codec(protocol: str) -> Codec:
    return FORMS[protocol](operation(protocol))


def sent(protocol: str, params: dict[str, Any]) -> Request:
    """What botocore sends for parameters."""
    request = create_serializer(protocol).serialize_to_request(params, operation(protocol))
    request.setdefault("context", {})
    prepare_request_dict(request, "http://localhost")
    where = urlsplit(request["url"])
    body = request["body"]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request["headers"].items()
    }
    return Request(
        request["method"], where.path, where.query, headers,
        body.encode() if isinstance(body, str) else bytes(body or b""),
    )  # fmt: skip


def parse(protocol: str, request: Request) -> dict[str, Any]:
    labels: dict[str, str] = {}
    if protocol.startswith("rest"):
        found = Paths(operation(protocol).service_model).find(request)
        assert found is not None
        labels = found[1]
    return codec(protocol).parse(request, labels)


def posted(protocol: str, body: bytes, **headers: str) -> Any:
    """The parameters of a body written by hand."""
    path = "/do/label" if protocol.startswith("rest") else "/"
    found = parse(protocol, Request("POST", path, "", headers, body))
    found.pop("Label", None)
    return found


def refused(protocol: str, body: bytes) -> str:
    """The text with which a body is refused."""
    with pytest.raises(Malformed) as caught:
        posted(protocol, body)
    return str(caught.value)


def received(protocol: str, answer: Answer) -> dict[str, Any]:
    """What botocore makes of an answer."""
    headers = HeadersDict()
    for name, value in answer.headers:
        headers[name] = value
    response = {
        "headers": headers, "status_code": answer.status, "body": answer.body,
        "context": {"operation_name": "Do"},
    }  # fmt: skip
    shape = operation(protocol).output_shape
    found: dict[str, Any] = create_parser(protocol).parse(response, shape)
    return found


def there_and_back(protocol: str, params: dict[str, Any]) -> None:
    """What a client gives, we get; what we give, a client gets."""
    label = {"Label": "a/b c"} if protocol.startswith("rest") else {}
    assert parse(protocol, sent(protocol, {**params, **label})) == {**params, **label}


def back(protocol: str, output: dict[str, Any]) -> None:
    found = received(protocol, codec(protocol).answer({**output, "Undeclared": 1}, "id-1"))
    assert found.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    assert {key: value for key, value in found.items() if value not in ([], {}, None)} == output


def error_there(protocol: str) -> None:
    error = common("Broken", 418)('what <is> & "wrong" é 日本')
    found = received(protocol, codec(protocol).error(error, "id-1"))
    assert found["Error"]["Code"] == "Broken"
    assert found["Error"]["Message"] == 'what <is> & "wrong" é 日本'
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 418
    assert found["ResponseMetadata"]["RequestId"] == "id-1"


def xml_text(min_size: int = 0) -> st.SearchStrategy[str]:
    """Text that XML 1.0 can hold; without CR, which botocore sends bare, and so as LF (§2.11)."""
    characters = st.characters(
        exclude_categories=["Cs", "Cc"], exclude_characters="￾￿", include_characters="\t\n"
    )
    return st.text(characters, min_size=min_size, max_size=10)


def values(text: st.SearchStrategy[str], deep: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters of every kind; lists and maps that hold something."""
    moments = st.integers(0, 4_000_000_000).map(
        lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    )
    nested = {
        "Inner": st.deferred(lambda: values(text, False).filter(bool)),
        "Inners": st.lists(
            st.deferred(lambda: values(text, False).filter(bool)), min_size=1, max_size=2
        ),
    }
    scalar: dict[str, st.SearchStrategy[Any]] = {
        "Text": text,
        "Count": st.integers(-(2**31), 2**31 - 1),
        "Big": st.integers(-(2**63), 2**63 - 1),
        "Ratio": st.floats(allow_nan=False, allow_infinity=False, width=64),
        "Flag": st.booleans(),
        "Data": st.binary(max_size=20),
        "When": moments,
        "Texts": st.lists(text, min_size=1, max_size=3),
        "Map": st.dictionaries(text, text, min_size=1, max_size=3),
    }
    return st.fixed_dictionaries({}, optional={**scalar, **(nested if deep else {})})
