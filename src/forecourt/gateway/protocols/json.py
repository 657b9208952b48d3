"""AWS JSON 1.0 and 1.1: an operation is named by X-Amz-Target, its parameters are the body."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.gateway.http import Answer, Malformed

from . import scalars
from .documents import Convert, in_range, reader, unchanged, writer
from .walker import Walker

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape

    from forecourt.aws.errors import AwsError
    from forecourt.gateway.http import Request

SURROGATE = re.compile("[\ud800-\udfff]")
NAMES = {bool: "{}_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE", str: "STRING_VALUE"}


def read_leaf(walk: Walker[Convert], shape: Shape) -> Convert:
    kind = shape.type_name

    def cannot(value: Any, what: str) -> Malformed:
        if isinstance(value, list):
            return Malformed("Start of list found where not expected")
        if isinstance(value, dict):
            return Malformed("Start of structure or map found where not expected.")
        name = NAMES[type(value)].format(str(value).upper())
        return Malformed(f"{name} can not be converted to {what}")

    def integer(value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            return in_range(int(value), kind)
        if not isinstance(value, int) or isinstance(value, bool):
            raise cannot(value, "an Integer" if kind == "integer" else "a Long")
        return in_range(value, kind)

    def number(value: Any) -> float:
        if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity"):
            return float(value)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise cannot(value, "a Double")
        try:
            return float(value)
        except OverflowError:
            raise cannot(value, "a Double") from None

    def boolean(value: Any) -> bool:
        if not isinstance(value, bool):
            raise cannot(value, "a Boolean")
        return value

    def blob(value: Any) -> bytes:
        if not isinstance(value, str):
            raise cannot(value, "a Blob")
        return scalars.read_blob(value)

    def timestamp(value: Any) -> Any:
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise cannot(value, "a Timestamp")
        return scalars.read_timestamp(value)

    def string(value: Any) -> str:
        if not isinstance(value, str):
            raise cannot(value, "a String")
        if not value.isascii() and SURROGATE.search(value):
            raise Malformed("Invalid UTF-16 surrogate")
        return value

    kinds: dict[str, Convert] = {
        "integer": integer, "long": integer, "float": number, "double": number,
        "boolean": boolean, "blob": blob, "timestamp": timestamp,
    }  # fmt: skip
    return kinds.get(kind, string)


def write_leaf(walk: Walker[Convert], shape: Shape) -> Convert:
    match shape.type_name:
        case "blob":
            return scalars.write_blob
        case "timestamp":
            form = shape.serialization.get("timestampFormat", "unixTimestamp")
            return scalars.TIMESTAMPS[form]
        case "float" | "double":
            return lambda value: value if math.isfinite(value) else scalars.write_float(value)
    return unchanged


read = reader(read_leaf)
write = writer(write_leaf)


def loads(body: bytes) -> Any:
    """The document of a body.  Malformed if it is none, is nested too deeply, or is not UTF-8."""
    try:
        found = json.loads(body.decode(), parse_constant=no_number)
        if b"\\u" in body:
            dumps(found)  # surrogates without their other half, in a map's keys or a document
    except UnicodeEncodeError:
        raise Malformed("Invalid UTF-16 surrogate") from None
    except (ValueError, RecursionError, TypeError):
        raise Malformed("") from None
    return found


def no_number(name: str) -> Any:
    """NaN and infinities are no JSON numbers, though Python reads them (RFC 8259 §6)."""
    raise ValueError(name)


def dumps(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def error_document(error: AwsError, service: ServiceModel, **head: str) -> dict[str, Any]:
    """An error's document: message, and the members its shape declares."""
    members = write(service.shape_for(error.shape))(error.members) if error.members else {}
    return {**head, "message": str(error), **members}


class Json:
    def __init__(self, operation: OperationModel) -> None:
        self._service = operation.service_model
        metadata = self._service.metadata
        self.content_type = f"application/x-amz-json-{metadata.get('jsonVersion', '1.1')}"
        self.query_compatible = "awsQueryCompatible" in metadata
        self._read = read(operation.input_shape) if operation.input_shape else dict
        self._write = write(operation.output_shape) if operation.output_shape else None

    def parse(self, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        # AWS refuses an empty body; the protocol's own cases let a server take it as {}.
        return self._read(loads(request.body)) if request.body else {}

    def answer(self, output: Mapping[str, Any], request_id: str) -> Answer:
        body = dumps(self._write(output)) if self._write else b"{}"
        return Answer(200, self._headers(request_id), body)

    def error(self, error: AwsError, request_id: str) -> Answer:
        headers = self._headers(request_id)
        if self.query_compatible:
            headers += (("x-amzn-query-error", f"{error.code};{error.fault}"),)
        document = error_document(error, self._service, __type=error.shape or error.code)
        return Answer(error.status, headers, dumps(document))

    def _headers(self, request_id: str) -> tuple[tuple[str, str], ...]:
        return (("content-type", self.content_type), ("x-amzn-requestid", request_id))
