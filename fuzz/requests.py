"""What every protocol's target does with a request: route, parse, validate, answer.

Refused: the error is one that botocore reads.  Taken: the values can be written again, and read by
botocore; where the protocol says all there is to say (JSON, CBOR), as the same values.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from forecourt.aws.errors import AwsError
from forecourt.aws.models import operation_model, service_model
from forecourt.aws.operations import Operation, Operations
from forecourt.gateway.app import anonymous, error_of, validate
from forecourt.gateway.http import Answer, Malformed, Request
from forecourt.gateway.routing import NotServed, Route, Routes, Unknown, spoken
from fuzz import made
from fuzz.http import read_request

assert made.DIRECTORY  # whose import makes the services known
EXACT = ("json", "rest-json", "smithy-rpc-v2-cbor")
Params = dict[str, Any]


def checker(protocol: str, *real: str, **headers: str) -> Callable[[bytes], None]:
    """A target's check: its first byte chooses the service, the rest is the request."""
    served = (f"made-{protocol}", *real)
    routes = Routes(map(everything, served))

    def check(data: bytes) -> None:
        chosen = data[0] % (len(served) + 1) if data else 0
        scope = routes.services[served[chosen]].signing_name if chosen < len(served) else ""
        given = {"authorization": f"Credential=K/20260301/r/{scope}/aws4_request"} if scope else {}
        request = read_request(data[1:], **headers, **given)
        answered(routes, request, len(data))

    return check


def everything(service: str) -> Operations:
    """A table in which every operation of the model has a handler."""
    table = Operations(service)
    for name in service_model(service).operation_names:
        table.table[name] = Operation(name, lambda tx, req: {}, writes=False)
    return table


def answered(routes: Routes, request: Request, length: int) -> None:
    protocol, service = spoken(request) or "rest-xml", ""
    route: Route | None = None
    try:
        route = routes.find(request)
        params = route.codec.parse(request, route.labels)
        validate(route, params)
    except (Malformed, Unknown, NotServed, AwsError) as failure:
        if isinstance(failure, Unknown | NotServed):
            service, protocol = failure.service, failure.protocol
        elif route is not None:
            service, protocol = route.service, route.protocol
        error = error_of(failure, protocol, service, "id-1")
        codec = route.codec if route else anonymous(protocol, service)
        answer = codec.error(error, "id-1")
        # Ten problems, each with the value it is about; a character becomes six at most.
        assert len(answer.body) < 4000 + 120 * length
        found = read(protocol, answer, None, "Do")
        assert found["Error"]["Code"] == error.code, found
        return
    written(route, params, length)


def written(route: Route, params: Params, length: int) -> None:
    """What was taken can be given back."""
    model = operation_model(route.service, route.operation.name)
    if not route.service.startswith("made") or model.output_shape is None:
        return
    answer = route.codec.answer(params, "id-1")
    assert len(answer.body) < 4000 + 120 * length
    found = read(route.protocol, answer, model.output_shape, model.name)
    assert found.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    if route.protocol in EXACT:
        wanted = {name: value for name, value in params.items() if name in SHOWN}
        assert plain(wanted) == plain({k: v for k, v in found.items() if k in SHOWN})


SHOWN = frozenset(("Text", "Color", "Count", "Big", "Ratio", "Flag", "Data", "Texts", "Flat"))


def plain(value: Any) -> Any:
    """A value as text, without what is absent."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [plain(item) for item in value if item is not None]
    if isinstance(value, bool | datetime):
        return str(value)
    return str(float(value)) if isinstance(value, int | float) else value


def read(protocol: str, answer: Answer, shape: Any, name: str) -> Any:
    """What botocore makes of an answer."""
    headers = HeadersDict()
    for key, value in answer.headers:
        value.encode("latin-1")
        assert "\r" not in value
        assert "\n" not in value
        headers[key] = value
    response = {
        "headers": headers, "status_code": answer.status, "body": answer.body,
        "context": {"operation_name": name},
    }  # fmt: skip
    return PARSERS[protocol].parse(response, shape)


PARSERS = {
    name: create_parser(name)
    for name in ("query", "ec2", "json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor")
}
