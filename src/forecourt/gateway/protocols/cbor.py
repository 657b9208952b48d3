"""Smithy RPC v2 CBOR: POST /service/<Service>/operation/<Operation>, bodies in RFC 8949."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import cbor2

from forecourt.gateway.http import Answer, Malformed

from . import scalars
from .documents import Convert, in_range, reader, unchanged, writer
from .walker import Walker

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

    from forecourt.aws.errors import AwsError
    from forecourt.gateway.http import Request

EPOCH_SECONDS = 1  # RFC 8949 §3.4.2
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "boolean": (bool,),
    "blob": (bytes,),
    "timestamp": (datetime,),
}


def read_leaf(walk: Walker[Convert], shape: Shape) -> Convert:
    wanted = TYPES.get(shape.type_name, (str,))
    number = int in wanted
    ranged = shape.type_name in ("integer", "long")

    def leaf(value: Any) -> Any:
        if not isinstance(value, wanted) or (number and isinstance(value, bool)):
            raise Malformed(f"expected a {shape.type_name}")
        return value

    def whole(value: Any) -> int:
        return in_range(leaf(value), shape.type_name)

    def real(value: Any) -> float:
        try:
            return float(leaf(value))
        except OverflowError:  # a bignum
            raise Malformed(f"expected a {shape.type_name}") from None

    return whole if ranged else real if number else leaf


def write_leaf(walk: Walker[Convert], shape: Shape) -> Convert:
    match shape.type_name:
        case "timestamp":
            return lambda value: cbor2.CBORTag(EPOCH_SECONDS, scalars.write_unix(value))
        case "float" | "double":
            return float
        case "blob":
            return lambda value: value.encode() if isinstance(value, str) else value
    return unchanged


read = reader(read_leaf)
write = writer(write_leaf)


def loads(body: bytes) -> Any:
    """The one item of a body.  Malformed if it is none, or if something follows it."""
    stream = io.BytesIO(body)
    try:
        found = cbor2.load(stream)
    except (cbor2.CBORError, ValueError, RecursionError, OverflowError, TypeError, MemoryError):
        raise Malformed("") from None
    if stream.tell() != len(body) and stream.read(1):
        raise Malformed("")
    return absent_undefined(found)


def absent_undefined(value: Any) -> Any:
    return None if value is cbor2.undefined else value


class Cbor:
    def __init__(self, operation: OperationModel) -> None:
        self._read = read(operation.input_shape) if operation.input_shape else dict
        self._write = write(operation.output_shape) if operation.output_shape else None
        self._service = operation.service_model
        metadata = self._service.metadata
        self.query_compatible = "awsQueryCompatible" in metadata

    def parse(self, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        return self._read(loads(request.body)) if request.body else {}

    def answer(self, output: Mapping[str, Any], request_id: str) -> Answer:
        if self._write is None:
            return Answer(200, self._headers(request_id)[1:])
        return Answer(200, self._headers(request_id), cbor2.dumps(self._write(output)))

    def error(self, error: AwsError, request_id: str) -> Answer:
        headers = self._headers(request_id)
        if self.query_compatible:
            headers += (("x-amzn-query-error", f"{error.code};{error.fault}"),)
        members = (
            write(self._service.shape_for(error.shape))(error.members) if error.members else {}
        )
        body = {"__type": error.shape or error.code, "message": str(error), **members}
        return Answer(error.status, headers, cbor2.dumps(body))

    def _headers(self, request_id: str) -> tuple[tuple[str, str], ...]:
        return (
            ("content-type", "application/cbor"),
            ("smithy-protocol", "rpc-v2-cbor"),
            ("x-amzn-requestid", request_id),
        )
