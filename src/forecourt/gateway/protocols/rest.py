"""What rest-json and rest-xml share: members in the path, the query string, headers and the status.

The body's format is the protocol's own business: it gives two functions for a body that is a
document; raw payloads (blobs, strings) are handled here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from forecourt.aws.operations import STATUS
from forecourt.gateway.http import Answer, Malformed, header_text
from forecourt.platform.objects.bodies import Stretch

from .documents import sent_members
from .scalars import read_blob, read_timestamp, text_reader, text_writer, write_blob

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape, StructureShape

    from forecourt.gateway.http import Request

ReadBody = Callable[[bytes], Any]
WriteBody = Callable[[Any], bytes]
RAW = ("blob", "string")
ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"\s*|([^,]*))(?:,|\Z)')
UNESCAPED = re.compile(r"\\(.)")


def located(shape: StructureShape | None, location: str) -> list[tuple[str, str, Shape]]:
    """The members in one place, as (name, name on the wire, shape)."""
    members = shape.members.items() if shape else ()
    return [
        (name, member.serialization.get("name", name), member)
        for name, member in members
        if member.serialization.get("location") == location
    ]


def payload_of(shape: StructureShape | None) -> tuple[str, Shape] | None:
    """The one member that is the whole body, if the shape has one."""
    name = shape.serialization.get("payload") if shape else None
    return (name, shape.members[name]) if shape and name else None


def body_shape(shape: StructureShape | None) -> StructureShape | None:
    """The shape whose members are the body's, if there are any."""
    return shape if shape and not payload_of(shape) and sent_members(shape) else None


def text_of(label: str) -> str:
    """A part of the path, decoded.  Malformed."""
    try:
        found = unquote(label, errors="strict")
    except UnicodeDecodeError:
        found = "\0"
    if "\0" in found:
        raise Malformed("Couldn't parse the specified URI.")
    return found


class Binder:
    """Takes the input of one operation from a request."""

    def __init__(self, operation: OperationModel, document: Callable[[Any], ReadBody]) -> None:
        shape = operation.input_shape
        self._labels = [(n, w, text_reader(m)) for n, w, m in located(shape, "uri")]
        self._headers = [(n, w.lower(), header_reader(m)) for n, w, m in located(shape, "header")]
        self._prefixes = [(n, w.lower()) for n, w, _ in located(shape, "headers")]
        self._query, self._rest = {}, []
        for name, wire, member in located(shape, "querystring"):
            if member.type_name == "map":
                self._rest.append((name, member.value.type_name == "list"))
            else:
                many = member.type_name == "list"
                convert = text_reader(member.member if many else member)
                self._query[wire] = (name, many, convert)
        self._payload = payload_of(shape)
        raw = self._payload and self._payload[1].type_name in RAW
        target = self._payload[1] if self._payload else body_shape(shape)
        self._document = document(target) if target is not None and not raw else None

    def parse(self, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self._payload and request.received is not None:
            found[self._payload[0]] = request.received
        elif self._document and request.body:
            body = self._document(request.body)
            found = {self._payload[0]: body} if self._payload else body
        elif self._payload and not self._document and request.body:
            name, shape = self._payload
            found[name] = request.body if shape.type_name == "blob" else decode(request.body)
        for name, wire, convert in self._labels:
            if wire in labels:
                found[name] = convert(text_of(labels[wire]))
        for name, wire, convert in self._headers:
            if wire in request.headers:
                found[name] = convert(request.headers[wire])
        for name, prefix in self._prefixes:
            found[name] = {
                key[len(prefix) :]: value
                for key, value in request.headers.items()
                if key.startswith(prefix)
            }
        if request.query:
            self._parse_query(request, found)
        return found

    def _parse_query(self, request: Request, found: dict[str, Any]) -> None:
        others: dict[str, list[str]] = {}
        for key, value in request.parameters:
            if self._rest:  # such a map holds the bound ones too
                others.setdefault(key, []).append(value)
            if key not in self._query:
                continue
            name, many, convert = self._query[key]
            if many:
                found.setdefault(name, []).append(convert(value))
            else:
                found[name] = convert(value)
        for name, many in self._rest:
            found[name] = others if many else {key: values[0] for key, values in others.items()}


class Renderer:
    """Puts the output of one operation into a response."""

    def __init__(
        self,
        operation: OperationModel,
        document: Callable[[Any], WriteBody],
        content_type: str,
        id_header: str = "x-amzn-requestid",
    ) -> None:
        self._id_header = id_header
        shape = operation.output_shape
        self._status = operation.http.get("responseCode", 200)
        self._statuses = [name for name, _, _ in located(shape, "statusCode")]
        self._headers = [(n, w, header_writer(m)) for n, w, m in located(shape, "header")]
        self._prefixes = [(n, w) for n, w, _ in located(shape, "headers")]
        self._payload = payload_of(shape)
        self._raw = self._payload is not None and self._payload[1].type_name in RAW
        target = self._payload[1] if self._payload else shape
        if target is shape and operation.service_model.service_name == "s3":
            target = body_shape(shape)
        self._document = document(target) if target is not None and not self._raw else None
        self._type = content_type

    def answer(self, output: Mapping[str, Any], request_id: str) -> Answer:
        headers = [(self._id_header, request_id)]
        for name, wire, convert in self._headers:
            if (value := output.get(name)) is not None:
                headers.append((wire, header_text(convert(value))))
        for name, prefix in self._prefixes:
            given = output.get(name) or {}
            headers += [(prefix + key, header_text(str(value))) for key, value in given.items()]
        status = next((output[name] for name in self._statuses if name in output), self._status)
        status = output.get(STATUS, status)
        body, kind = self._body(output)
        if kind and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("content-type", kind))
        if isinstance(body, Stretch):
            return Answer(status, tuple(headers), stretch=body)
        return Answer(status, tuple(headers), body)

    def _body(self, output: Mapping[str, Any]) -> tuple[Any, str]:
        if self._payload:
            name, shape = self._payload
            value = output.get(name)
            if value is None:
                return b"", ""
            if self._raw:
                raw = value.encode() if isinstance(value, str) else value
                return raw, "text/plain" if shape.type_name == "string" else (
                    "application/octet-stream"
                )
            assert self._document
            return self._document(value), self._type
        return (self._document(output), self._type) if self._document else (b"", "")


def decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Malformed("the body is not UTF-8") from None


def header_reader(shape: Shape) -> Callable[[str], Any]:
    if shape.serialization.get("jsonvalue"):
        return read_jsonvalue
    if shape.type_name != "list":
        return text_reader(shape, "rfc822")
    member = shape.member
    if member.type_name == "timestamp":
        form = member.serialization.get("timestampFormat", "rfc822")
        return lambda text: [read_timestamp(part) for part in split_dates(text, form)]
    convert = text_reader(member)
    return lambda text: [convert(part) for part in split_list(text)]


def split_list(text: str) -> list[str]:
    """A comma-separated header; items may be quoted (RFC 9110 §5.6.1)."""
    if '"' not in text:
        return [part.strip() for part in text.split(",")]
    found = []
    for match in ITEM.finditer(text):
        quoted, bare = match.groups()
        found.append(bare.strip() if quoted is None else UNESCAPED.sub(r"\1", quoted))
        if match.end() == len(text) and not match[0].endswith(","):
            break
    return found


def split_dates(text: str, form: str) -> list[str]:
    parts = [part.strip() for part in text.split(",")]
    if form != "rfc822":
        return parts
    return [", ".join(parts[at : at + 2]) for at in range(0, len(parts), 2)]


def read_jsonvalue(text: str) -> Any:
    try:
        found = json.loads(read_blob(text).decode())
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Malformed("Invalid JSON") from None
    return found


def header_writer(shape: Shape) -> Callable[[Any], str]:
    if shape.serialization.get("jsonvalue"):
        return lambda value: write_blob(json.dumps(value, separators=(",", ":")))
    if shape.type_name != "list":
        return text_writer(shape, "rfc822")
    convert = text_writer(shape.member, "rfc822")
    quoted = shape.member.type_name == "string"
    return lambda value: ", ".join(
        quote(convert(item)) if quoted else convert(item) for item in value
    )


def quote(text: str) -> str:
    if not any(character in text for character in ',"\\'):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
