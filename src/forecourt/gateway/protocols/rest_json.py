"""REST with JSON bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.gateway.http import Answer

from . import json
from .rest import Binder, Renderer

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

    from forecourt.aws.errors import AwsError
    from forecourt.gateway.http import Request

CONTENT_TYPE = "application/json"


def read_document(shape: Shape) -> Callable[[bytes], Any]:
    convert = json.read(shape)
    return lambda body: convert(json.loads(body))


def write_document(shape: Shape) -> Callable[[Any], bytes]:
    convert = json.write(shape)
    return lambda value: json.dumps(convert(value))


class RestJson:
    def __init__(self, operation: OperationModel) -> None:
        self._service = operation.service_model
        self._binder = Binder(operation, read_document)
        self._renderer = Renderer(operation, write_document, CONTENT_TYPE)

    def parse(self, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        return self._binder.parse(request, labels)

    def answer(self, output: Mapping[str, Any], request_id: str) -> Answer:
        return self._renderer.answer(output, request_id)

    def error(self, error: AwsError, request_id: str) -> Answer:
        headers = (
            ("content-type", CONTENT_TYPE),
            ("x-amzn-requestid", request_id),
            ("x-amzn-errortype", error.shape or error.code),
        )
        return Answer(error.status, headers, json.dumps(json.error_document(error, self._service)))
