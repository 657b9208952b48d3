"""The ec2 protocol: the query protocol with names, lists and errors of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.gateway.http import Answer

from . import xml
from .query import Read, numbered, parameters, read_map, read_scalar, structure_reader, tree
from .walker import Walker

if TYPE_CHECKING:
    from botocore.model import ListShape, OperationModel, Shape

    from forecourt.aws.errors import AwsError
    from forecourt.gateway.http import Request


def ec2_name(name: str, member: Shape) -> str:
    """queryName, else the name with its first letter in upper case."""
    if "queryName" in member.serialization:
        found: str = member.serialization["queryName"]
        return found
    name = member.serialization.get("name", name)
    return name[0].upper() + name[1:]


def read_list(walk: Walker[Read], shape: ListShape) -> Read:
    convert = walk(shape.member)
    return lambda node: [convert(item) for item in numbered(node)]


def reader(shape: Shape) -> Read:
    kinds = {"structure": structure_reader(ec2_name), "list": read_list, "map": read_map}
    return Walker(kinds, read_scalar)(shape)


class Ec2:
    def __init__(self, operation: OperationModel) -> None:
        self.name = operation.name
        self._service = operation.service_model
        version = operation.service_model.metadata["apiVersion"]
        self.namespace = f"http://ec2.amazonaws.com/doc/{version}/"
        self._read = reader(operation.input_shape) if operation.input_shape else None
        self._write = xml.writer(operation.output_shape) if operation.output_shape else None

    def parse(self, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        return self._read(tree(parameters(request))) if self._read else {}

    def answer(self, output: Mapping[str, Any], request_id: str) -> Answer:
        out: list[str] = []
        if self._write:
            self._write(out, "", output)
        inside = "".join(out[1:-1])
        body = (
            f'<{self.name}Response xmlns="{self.namespace}"><requestId>{request_id}</requestId>'
            f"{inside}</{self.name}Response>"
        )
        return Answer(200, self._headers(request_id), body.encode())

    def error(self, error: AwsError, request_id: str) -> Answer:
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Response><Errors><Error>{xml.error_body(error, self._service)}</Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
        return Answer(error.status, self._headers(request_id), body.encode())

    def _headers(self, request_id: str) -> tuple[tuple[str, str], ...]:
        return (("content-type", "text/xml;charset=UTF-8"), ("x-amzn-requestid", request_id))
