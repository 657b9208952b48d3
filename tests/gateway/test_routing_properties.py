"""Every operation of Route 53 and STS: what botocore sends is routed and read, what we answer botocore reads.

Values are random and of every shape; those the protocol cannot say (empty lists in a form, a bare CR
in XML) are left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.awsrequest import HeadersDict, prepare_request_dict
from botocore.model import ListShape, OperationModel, Shape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt.aws.errors import Errors
from forecourt.aws.models import operation_model, protocols, service_model
from forecourt.aws.operations import Operation, Operations
from forecourt.gateway.http import Answer, Request
from forecourt.gateway.routing import Route, Routes
from tests.gateway.protocols.models import xml_text

few = settings(
    max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
SERVICES = ("route53", "sts")
DEEPEST = 4
CALLS = [(s, name) for s in SERVICES for name in service_model(s).operation_names]
FAULTS = [(s, shape.name) for s in SERVICES for shape in service_model(s).error_shapes]
MOMENTS = st.integers(0, 4_000_000_000).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
LABEL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda text: text.strip("./") == text
)
VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)


def table(service: str) -> Operations:
    made = Operations(service)
    for name in service_model(service).operation_names:
        made.table[name] = Operation(name, lambda tx, req: {}, writes=False)
    return made


ROUTES = Routes(map(table, SERVICES))


def values(shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a shape; of what a request's place can hold, where the shape has one."""
    match shape.type_name:
        case "structure":
            assert isinstance(shape, StructureShape)
            members = {n: values(m, depth + 1) for n, m in shape.members.items()}
            needed = {n: v for n, v in members.items() if n in shape.required_members}
            others = {n: v for n, v in members.items() if n not in needed and depth < DEEPEST}
            made = st.fixed_dictionaries(needed, optional=others)
            # A form has no way to say an empty structure.
            return made.filter(bool) if depth and others else made
        case "list":
            assert isinstance(shape, ListShape)
            return st.lists(values(shape.member, depth + 1), min_size=1, max_size=3)
        case "integer":
            return st.integers(-(2**31), 2**31 - 1)
        case "long":
            return st.integers(-(2**63), 2**63 - 1)
        case "double":
            return st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "timestamp":
            return MOMENTS
        case "string":
            place = shape.serialization.get("location")
            return LABEL if place == "uri" else VISIBLE if place == "header" else xml_text()
    raise AssertionError(shape.type_name)


@cache
def inputs(service: str, name: str) -> st.SearchStrategy[dict[str, Any]]:
    shape = operation_model(service, name).input_shape
    return values(shape) if shape else st.just({})


@cache
def outputs(service: str, name: str) -> st.SearchStrategy[dict[str, Any]]:
    shape = operation_model(service, name).output_shape
    return values(shape) if shape else st.just({})


def sent(operation: OperationModel, params: dict[str, Any]) -> Request:
    """What botocore sends, with the scope of a signature."""
    service = operation.service_model
    protocol = protocols(service.service_name)[0]
    made = create_serializer(protocol, include_validation=False).serialize_to_request(
        params, operation
    )
    prepare_request_dict(made, "http://localhost")
    where, body = urlsplit(made["url"]), made["body"]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
    headers = {name.lower(): str(value) for name, value in made["headers"].items()}
    headers["authorization"] = f"Credential=K/20260101/r/{service.service_name}/aws4_request"
    data = body.encode() if isinstance(body, str) else bytes(body or b"")
    return Request(made["method"], where.path, where.query, headers, data)


def routed(service: str, name: str, params: dict[str, Any]) -> tuple[Route, Request]:
    request = sent(operation_model(service, name), params)
    return ROUTES.find(request), request


def received(service: str, answer: Answer, shape: Any, name: str) -> dict[str, Any]:
    headers = HeadersDict()
    for key, value in answer.headers:
        headers[key] = value
    response = {
        "headers": headers, "status_code": answer.status, "body": answer.body,
        "context": {"operation_name": name},
    }  # fmt: skip
    found: dict[str, Any] = create_parser(protocols(service)[0]).parse(response, shape)
    return found


@pytest.mark.parametrize(("service", "name"), CALLS)
def test_what_botocore_sends_is_read(service: str, name: str) -> None:
    @few
    @given(inputs(service, name))
    def check(params: dict[str, Any]) -> None:
        route, request = routed(service, name, params)
        assert (route.service, route.operation.name) == (service, name)
        assert route.codec.parse(request, route.labels) == params

    check()


@pytest.mark.parametrize(("service", "name"), CALLS)
def test_what_we_answer_botocore_reads(service: str, name: str) -> None:
    operation = operation_model(service, name)
    codec = routed(service, name, least(operation.input_shape))[0].codec

    @few
    @given(outputs(service, name))
    def check(output: dict[str, Any]) -> None:
        answer = codec.answer({**output, "Undeclared": 1}, "id-1")
        found = received(service, answer, operation.output_shape, name)
        about = found.pop("ResponseMetadata")
        assert about["HTTPStatusCode"] == operation.http.get("responseCode", 200)
        assert about.get("RequestId", "id-1") == "id-1"
        assert found == output

    check()


@pytest.mark.parametrize(("service", "fault"), FAULTS)
def test_every_error_is_read(service: str, fault: str) -> None:
    shape = service_model(service).shape_for(fault)
    codec = routed(service, CALLS_OF[service], {})[0].codec
    rest = {n: values(m) for n, m in shape.members.items() if n.lower() != "message"}

    @few
    @given(xml_text(1).filter(lambda text: text.strip() == text), st.fixed_dictionaries(rest))
    def check(text: str, members: dict[str, Any]) -> None:
        error = getattr(Errors(service), fault)(text, **members)
        answer = codec.error(error, "id-1")
        found = received(service, answer, None, "")
        assert found["Error"]["Message"] == text
        assert found["Error"]["Code"] == error.code
        assert found["ResponseMetadata"]["HTTPStatusCode"] == error.status
        parsed = received(service, answer, shape, "")
        assert {name: parsed[name] for name in members if name in parsed} == members

    check()


CALLS_OF = {"route53": "GetHostedZoneCount", "sts": "GetCallerIdentity"}


def least(shape: Any) -> dict[str, Any]:
    """Parameters with which any operation can be sent."""
    return {name: filler(shape.members[name]) for name in shape.required_members} if shape else {}


def filler(shape: Any) -> Any:
    match shape.type_name:
        case "structure":
            return least(shape)
        case "list":
            return [filler(shape.member)]
        case "string":
            return "a"
        case "boolean":
            return True
    return 1
