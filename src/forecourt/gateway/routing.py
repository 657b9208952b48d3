"""Which service, operation and protocol a request means.

The service: by the scope of its signature, else X-Amz-Target, the path of an RPC, Host, or the
Action's Version.  The protocol: by what the request looks like, among those the service's model lists,
so that one service can be spoken to in several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from forecourt.aws.models import protocols, service_model
from forecourt.aws.operations import Operation, Operations
from forecourt.gateway.http import Malformed
from forecourt.gateway.paths import Paths
from forecourt.gateway.protocols import Codec, codec
from forecourt.gateway.protocols.query import parameters

if TYPE_CHECKING:
    from forecourt.gateway.http import Request

SCOPE = re.compile(r"Credential=[^/,\s]{1,128}/[^/,\s]{0,16}/[^/,\s]{0,64}/([^/,\s]{1,64})/")
S3 = "s3"
BUCKET = r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])"
# bucket.s3.forecourt.cloud, bucket.s3.eu-west-1.amazonaws.com, bucket.s3.localhost
BUCKET_HOST = re.compile(BUCKET + r"\.s3[.-](?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d+)?", re.IGNORECASE)
# Where a signature says that it is S3 which is asked.
LOCAL_BUCKET = re.compile(BUCKET + r"\.localhost(?::\d+)?", re.IGNORECASE)
LONGEST_KEPT = 1024  # of a header whose service is remembered
RPC = re.compile(r"/service/([^/]+)/operation/([^/]+)/?\Z")


class Unknown(Exception):
    """No operation of ours; the text is AWS's for the protocol."""

    def __init__(self, message: str, protocol: str, service: str) -> None:
        super().__init__(message)
        self.protocol, self.service = protocol, service


class NotServed(Exception):
    """An operation that exists, of which we have no implementation."""

    def __init__(self, message: str, protocol: str, service: str) -> None:
        super().__init__(message)
        self.protocol, self.service = protocol, service


@dataclass(frozen=True, slots=True)
class Route:
    service: str
    protocol: str
    operation: Operation
    codec: Codec
    labels: Mapping[str, str]


class Service:
    """A service we serve: its table of handlers, and how requests name its operations."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.model = service_model(name)
        self.protocols = protocols(name)
        metadata = self.model.metadata
        self.signing_name: str = metadata.get("signingName") or metadata["endpointPrefix"]
        self.target = metadata.get("targetPrefix")
        self.version: str = metadata["apiVersion"]
        self.table: dict[str, Operation] = {}
        rest = [p for p in self.protocols if p.startswith("rest")]
        self.rest = rest[0] if rest else None
        self.paths = Paths(self.model) if rest else None


class Routes:
    def __init__(self, tables: Iterable[Operations]) -> None:
        self.services: dict[str, Service] = {}
        for ops in tables:
            service = self.services.setdefault(ops.service, Service(ops.service))
            service.table.update(ops.table)
        self._by_signing_name: dict[str, list[Service]] = {}
        for service in self.services.values():
            self._by_signing_name.setdefault(service.signing_name, []).append(service)

    def find(self, request: Request) -> Route:
        """The operation a request means.  Unknown, NotServed, or Malformed."""
        if request.query:
            _ = request.parameters  # Malformed before anything hangs on them
        protocol = spoken(request)
        candidates = self._candidates(request)
        if not candidates:
            name = signing_name(request) or "the service"
            raise NotServed(f"{name} is not served here.", protocol or "rest-xml", "sts")
        for service in candidates:
            found = self._in_service(service, protocol, request)
            if found is not None:
                return found
        form = protocol if protocol in candidates[0].protocols else candidates[0].rest
        if protocol == "query" and "ec2" in candidates[0].protocols:
            form = "ec2"
        raise Unknown(
            unknown_text(request, form or candidates[0].protocols[0]),
            form or candidates[0].protocols[0],
            candidates[0].name,
        )

    def _candidates(self, request: Request) -> list[Service]:
        if (name := signing_name(request)) is not None:
            return self._by_signing_name.get(name, [])
        services = list(self.services.values())
        if (target := request.headers.get("x-amz-target")) is not None:
            return [s for s in services if s.target == target.rpartition(".")[0]]
        if (rpc := RPC.search(request.path)) is not None:
            return [s for s in services if rpc[1] in (s.target, s.name)]
        host = request.headers.get("host", "").partition(":")[0].partition(".")[0].lower()
        if host in self._by_signing_name:
            return self._by_signing_name[host]
        if bucket_of(request):
            return self._by_signing_name.get(S3, [])
        if spoken(request) == "query":
            version = dict(parameters(request)).get("Version")
            return [s for s in services if s.version == version]
        return [s for s in services if s.paths and s.paths.find(request)]

    def _in_service(self, service: Service, protocol: str | None, request: Request) -> Route | None:
        labels: Mapping[str, str] = {}
        if protocol == "query" and not {"query", "ec2"} & set(service.protocols):
            protocol = None  # a form's content type on something else: the path decides
        match protocol:
            case "smithy-rpc-v2-cbor":
                rpc = RPC.search(request.path)
                name = rpc[2] if rpc else ""
            case "json":
                name = request.headers.get("x-amz-target", "").rpartition(".")[2]
            case "query":
                protocol = "ec2" if "ec2" in service.protocols else "query"
                given = dict(parameters(request))
                if given.get("Version", service.version) != service.version:
                    return None
                name = given.get("Action", "")
            case _:
                protocol = service.rest
                path = bucket_path(request) if service.name == S3 else ""
                found = service.paths.find(request, path) if service.paths else None
                if found is None or protocol is None:
                    return None
                name, labels = found
        if protocol not in service.protocols or name not in service.model.operation_names:
            return None
        operation = service.table.get(name)
        if operation is None:
            text = f"{service.name} {name} is not implemented."
            raise NotServed(text, protocol, service.name)
        return Route(service.name, protocol, operation, codec(service.name, name, protocol), labels)


def bucket_of(request: Request) -> str:
    """The bucket that Host names; empty where it names none."""
    host = request.headers.get("host", "")
    found = BUCKET_HOST.fullmatch(host)
    if found is None and signing_name(request) == S3:
        found = LOCAL_BUCKET.fullmatch(host)
    bucket = found[1].lower() if found else ""
    return "" if bucket == S3 or bucket.startswith("s3.") else bucket


def bucket_path(request: Request) -> str:
    """The path as if Host had not named the bucket."""
    bucket = bucket_of(request)
    return f"/{bucket}{request.path}" if bucket else request.path


def signing_name(request: Request) -> str | None:
    """The service in the scope of a request's signature."""
    if (authorization := request.headers.get("authorization")) is not None:
        if len(authorization) > LONGEST_KEPT:
            return scope_service.__wrapped__(authorization)
        return scope_service(authorization)
    if "AWSAccessKeyId=" in request.query:
        return S3
    if "X-Amz-Credential" in request.query:
        try:
            credential = dict(request.parameters).get("X-Amz-Credential", "")
        except Malformed:
            return None
        return scope_service(f"Credential={credential}")
    return None


@lru_cache(maxsize=1024)
def scope_service(authorization: str) -> str | None:
    match = SCOPE.search(authorization)
    return match[1] if match else None


def spoken(request: Request) -> str | None:
    """The protocol a request is written in; None for REST, which the path decides."""
    headers = request.headers
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "smithy-rpc-v2-cbor"
    if "x-amz-target" in headers:
        return "json"
    if request.content_type == "application/x-www-form-urlencoded":
        return "query"
    if "Action=" in request.query:
        return "query"
    return None


def unknown_text(request: Request, protocol: str) -> str:
    match protocol:
        case "query":
            given = dict(parameters(request))
            action, version = given.get("Action", ""), given.get("Version", "")
            return f"Could not find operation {action} for version {version}"
        case "ec2":
            action = dict(parameters(request)).get("Action", "")
            return f"The action {action} is not valid for this web service."
        case "rest-json" | "rest-xml":
            return "Unknown Operation"
    return ""
