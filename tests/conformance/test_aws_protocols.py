"""botocore's protocol cases, run backwards: we parse what clients send and write what they parse."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import HeadersDict
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser

from forecourt.aws.errors import AwsError
from forecourt.gateway.http import Answer, Request
from forecourt.gateway.paths import Paths
from forecourt.gateway.protocols import FORMS

from .data import folder

CASES = folder("aws-protocols")

# Cases that say what a client does with what its caller gave it, which a server cannot know, by the
# start of their names; and why.  For output: cases that botocore's own parser does not pass.
NOT_OURS = {
    "SDKAppli": "the body, compressed by the client, is not among the case's bytes",
    "SDKAppend": "the body, compressed by the client, is not among the case's bytes",
    "Ec2ProtocolIdempotencyTokenAutoFill": "the client makes the token up; we see it",
    "QueryProtocolIdempotencyTokenAutoFill": "the client makes the token up; we see it",
    "RestJsonQueryIdempotencyTokenAutoFill": "the client makes the token up; we see it",
    "QueryIdempotencyTokenAutoFill": "the client makes the token up; we see it",
    "Ec2EmptyQueryLists": "an empty list leaves nothing on the wire",
    "QueryEmptyQueryMaps": "an empty map leaves nothing on the wire",
    "RestJsonOmitsEmptyListQueryValues": "an empty list leaves nothing on the wire",
    "RestJsonNullAndEmptyHeaders": "nulls leave nothing on the wire",
    "NullAndEmptyHeaders": "nulls leave nothing on the wire",
    "RestJsonHostWithPath": "the path before the operation's belongs to the endpoint",
    "RestJsonQueryPrecedence": "which of two values for one parameter is sent is the client's choice",
    "RestXmlQueryPrecedence": "which of two values for one parameter is sent is the client's choice",
    "RestJsonHttpWithEmptyStructurePayload": "botocore sends {} for an absent payload",
    "RestJsonHttpWithHeadersButNoPayload": "botocore sends {} for an absent payload",
    "MediaTypeHeaderInputBase64": "the case gives JSON text where the model declares a JSON value",
    "BodyWithXmlName": "the model gives two names for the body; botocore sends the other one",
}
NOT_BOTOCORES = {
    "HttpPrefixHeadersResponse": "an empty prefix takes in the headers every answer has",
    "Ec2XmlLists": "a renamed flattened list is looked for under its items' name",
    "QueryXmlLists": "a renamed flattened list is looked for under its items' name",
    "XmlLists": "a renamed flattened list is looked for under its items' name",
    "RestXmlHttpPayloadWithUnsetUnion": "an absent payload is parsed as an empty document",
    "RestJsonHttpPayloadWithUnsetUnion": "an absent payload is parsed as an empty document",
    "RestJsonHttpPayloadTraitsWithNoBlobBody": "an absent payload is parsed as an empty one",
    "HttpPayloadTraitsWithNoBlobBody": "an absent payload is parsed as an empty one",
    "RestJsonInputAndOutputWithTimestampHeaders": "lists of dates in headers are not parsed",
    "InputAndOutputWithTimestampHeaders": "lists of dates in headers are not parsed",
    "RestJsonInputAndOutputWithQuotedStringHeaders": "quotes in header lists are not parsed",
    "MediaTypeHeaderOutputBase64": "the case gives JSON text where the model declares a JSON value",
    "BodyWithXmlName": "the model gives two names for the body",
}


def read_cases(direction: str) -> Iterator[Any]:
    for path in sorted((CASES / direction).glob("*.json")):
        for suite in json.loads(path.read_text()):
            for case in suite["cases"]:
                name = f"{path.stem}-{case['id']}"
                yield pytest.param(suite, case, id=name)


def model(suite: Any, case: Any) -> tuple[OperationModel, str]:
    metadata = dict(suite["metadata"])
    given = case["given"]
    service = ServiceModel(
        {"metadata": metadata, "operations": {given["name"]: given}, "shapes": suite["shapes"]},
        metadata.get("serviceId", "test"),
    )
    return OperationModel(given, service, given["name"]), metadata["protocol"]


def plain(shape: Any, value: Any) -> Any:
    """A value as the cases write it: timestamps as seconds, blobs as text, NaN as "NaN"."""
    if value is None:
        return None
    match shape.type_name:
        case "structure" if not shape.is_document_type:
            return {
                name: plain(shape.members[name], item)
                for name, item in value.items()
                if item is not None
            }
        case "list":
            return [plain(shape.member, item) for item in value]
        case "map":
            return {key: plain(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return value.timestamp() if isinstance(value, datetime) else value
        case "blob":
            return value.decode("latin-1") if isinstance(value, bytes) else value
        case "float" | "double":
            return str(float(value))
    return value


def real(shape: Any, value: Any) -> Any:
    """A case's value as a handler would return it."""
    if value is None:
        return None
    match shape.type_name:
        case "structure" if not shape.is_document_type:
            return {n: real(shape.members[n], v) for n, v in value.items()}
        case "list":
            return [real(shape.member, item) for item in value]
        case "map":
            return {key: real(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return datetime.fromtimestamp(value, UTC)
        case "float" | "double":
            return float(value)
        case "blob":
            return value.encode("latin-1")
    return value


def binary(protocol: str, body: str) -> bytes:
    return base64.b64decode(body) if "cbor" in protocol else body.encode()


@pytest.mark.parametrize(("suite", "case"), list(read_cases("input")))
def test_input(suite: Any, case: Any) -> None:
    skip_if_listed(NOT_OURS, case)
    operation, protocol = model(suite, case)
    sent = case["serialized"]
    url = urlsplit(sent["uri"])
    request = Request(
        sent.get("method", "POST"),
        url.path,
        url.query,
        {key.lower(): value for key, value in sent.get("headers", {}).items()},
        binary(protocol, sent.get("body", "")),
    )
    labels: dict[str, str] = {}
    if protocol.startswith("rest"):
        found = Paths(operation.service_model).find(request)
        assert found is not None and found[0] == operation.name
        labels = found[1]
    parsed = FORMS[protocol](operation).parse(request, labels)
    shape = operation.input_shape
    wanted = case["params"]
    if shape is None:
        assert parsed == wanted == {}
        return
    for name, member in shape.members.items():
        if member.serialization.get("location") == "querystring" and member.type_name == "map":
            # A map of the query string holds, at a server, every parameter of it.
            assert wanted.pop(name, {}).items() <= parsed.pop(name, {}).items()
    assert plain(shape, parsed) == plain(shape, wanted)


@pytest.mark.parametrize(("suite", "case"), list(read_cases("output")))
def test_output(suite: Any, case: Any) -> None:
    operation, protocol = model(suite, case)
    if "error" in case:
        return check_error(operation, protocol, case)
    skip_if_listed(NOT_BOTOCORES, case)
    shape = operation.output_shape
    if protocol == "query" and shape is not None:  # as in every real model
        shape.serialization["resultWrapper"] = f"{operation.name}Result"
    result = real(shape, case["result"]) if shape else {}
    parsed = parse(protocol, operation, FORMS[protocol](operation).answer(result, "request-1"))
    if shape:
        assert plain(shape, parsed) == plain(shape, case["result"])
    else:
        assert parsed == {}


def parse(protocol: str, operation: OperationModel, answer: Answer) -> Any:
    """What botocore makes of an answer."""
    headers = HeadersDict()
    for key, value in answer.headers:
        headers[key] = value
    response = {
        "headers": headers,
        "status_code": answer.status,
        "body": answer.body,
        "context": {"operation_name": operation.name},
    }
    parsed = create_parser(protocol).parse(response, operation.output_shape)
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == answer.status
    assert parsed["ResponseMetadata"].get("RequestId", "request-1") == "request-1"
    return {key: value for key, value in parsed.items() if key != "ResponseMetadata"}


def check_error(operation: OperationModel, protocol: str, case: Any) -> None:
    """An error is told apart by its code, and carries its message."""
    code = case.get("errorCode") or "FooError"
    error = type(code, (AwsError,), {"code": code, "status": case["response"]["status_code"]})
    message = case.get("errorMessage") or "Hi"
    answer = FORMS[protocol](operation).error(error(message), "request-1")
    parsed = parse(protocol, operation, answer)
    assert (parsed["Error"]["Code"], parsed["Error"]["Message"]) == (code, message)


def skip_if_listed(reasons: dict[str, str], case: Any) -> None:
    if reason := next((r for start, r in reasons.items() if case["id"].startswith(start)), None):
        pytest.skip(reason)
