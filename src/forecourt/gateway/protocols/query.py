"""The query protocol: parameters as a form, answers in XML.

A nested parameter's name is its path: `Filters.member.1.Values.member.2=x`.  The form is turned
into a tree once, then read by shape like any other document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from forecourt.gateway.http import Answer, Malformed, parse_form

from . import xml
from .scalars import text_reader
from .walker import Walker

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

    from forecourt.aws.errors import AwsError
    from forecourt.gateway.http import Request

Tree = dict[str, Any]  # the value of a node itself is under ""
Read = Callable[[Tree], Any]
DEEPEST = 64


def parameters(request: Request) -> list[tuple[str, str]]:
    """A request's parameters: of its query string, and of its body if that is a form."""
    found = request.parameters
    if request.body:
        try:
            found = found + parse_form(request.body.decode())
        except UnicodeDecodeError:
            raise Malformed("The query string contains a syntax error.") from None
    return found


def tree(pairs: list[tuple[str, str]]) -> Tree:
    """Nested dicts by the parts of dotted names."""
    root: Tree = {}
    for name, value in pairs:
        node = root
        parts = name.split(".")
        if len(parts) > DEEPEST or (name and "" in parts):
            raise Malformed("The query string contains a syntax error.")
        for part in parts:
            node = node.setdefault(part, {})
        node[""] = value
    return root


def numbered(node: Tree) -> list[Tree]:
    """The children of a list node, in the order of their numbers."""
    try:
        return [node[key] for key in sorted((k for k in node if k), key=int)]
    except ValueError:
        raise Malformed("Unexpected list element termination") from None


def query_name(name: str, member: Shape) -> str:
    return xml.tag_of(name, member)


def structure_reader(named: Callable[[str, Shape], str]) -> Callable[..., Read]:
    """How query and ec2 read structures: they differ in the members' names."""

    def read_structure(walk: Walker[Read], shape: StructureShape) -> Read:
        members = [(name, named(name, m), walk(m)) for name, m in shape.members.items()]
        members += [  # a flattened list may come under either name
            (name, m.serialization["name"], walk(m))
            for name, m in shape.members.items()
            if m.type_name == "list"
            and m.serialization.get("name", name) != named(name, m)
            and "name" in m.serialization
        ]
        union = shape.is_tagged_union

        def read(node: Tree) -> dict[str, Any]:
            found = {name: convert(node[key]) for name, key, convert in members if key in node}
            if union and len(found) != 1:
                raise Malformed(f"Expected exactly one member of {shape.name}")
            return found

        return read

    return read_structure


def read_list(walk: Walker[Read], shape: ListShape) -> Read:
    convert = walk(shape.member)
    if xml.flattened(shape):
        return lambda node: [convert(item) for item in numbered(node)]
    inner = shape.member.serialization.get("name", "member")
    return lambda node: [convert(item) for item in numbered(node.get(inner, {}))]


def read_map(walk: Walker[Read], shape: MapShape) -> Read:
    key_name, key = shape.key.serialization.get("name", "key"), walk(shape.key)
    value_name, value = shape.value.serialization.get("name", "value"), walk(shape.value)
    flat = xml.flattened(shape)

    def read(node: Tree) -> dict[str, Any]:
        entries = numbered(node if flat else node.get("entry", {}))
        return {key(e.get(key_name, {})): value(e.get(value_name, {})) for e in entries}

    return read


def read_scalar(walk: Walker[Read], shape: Shape) -> Read:
    convert = text_reader(shape)

    def read(node: Tree) -> Any:
        if "" not in node:
            raise Malformed("Unexpected complex element termination")
        return convert(node[""])

    return read


def reader(shape: Shape) -> Read:
    kinds = {"structure": structure_reader(query_name), "list": read_list, "map": read_map}
    return Walker(kinds, read_scalar)(shape)


class Query:
    content_type = "text/xml"

    def __init__(self, operation: OperationModel) -> None:
        self.name = operation.name
        self._service = operation.service_model
        self.namespace = quoteattr(operation.service_model.metadata.get("xmlNamespace", ""))
        self._read = reader(operation.input_shape) if operation.input_shape else None
        self._write = xml.writer(operation.output_shape) if operation.output_shape else None
        output = operation.output_shape.serialization if operation.output_shape else {}
        self._wrapper = output.get("resultWrapper", f"{operation.name}Result")

    def parse(self, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        return self._read(tree(parameters(request))) if self._read else {}

    def answer(self, output: Mapping[str, Any], request_id: str) -> Answer:
        out = [f"<{self.name}Response xmlns={self.namespace}>"]
        if self._write:
            self._write(out, self._wrapper, output)
        out.append(
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
            f"</{self.name}Response>"
        )
        return Answer(200, self._headers(request_id), "".join(out).encode())

    def error(self, error: AwsError, request_id: str) -> Answer:
        body = (
            f"<ErrorResponse xmlns={self.namespace}><Error><Type>{error.fault}</Type>"
            f"{xml.error_body(error, self._service)}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return Answer(error.status, self._headers(request_id), body.encode())

    def _headers(self, request_id: str) -> tuple[tuple[str, str], ...]:
        return (("content-type", self.content_type), ("x-amzn-requestid", request_id))
