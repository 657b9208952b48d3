"""Requests written by hand: signed with AWS's recipe, sent through a socket, their answers read.

Every part of a signature can be given a wrong value, which no SDK would do.
"""

from __future__ import annotations

import hmac
import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import cbor2

from forecourt.gateway.http import Request
from tests.harness import FIRST_KEY

PATIENCE = 5.0  # seconds a test waits for an answer at most
FORM = {"content-type": "application/x-www-form-urlencoded"}
WHO_AM_I = b"Action=GetCallerIdentity&Version=2011-06-15"


def hashed(data: bytes) -> str:
    return sha256(data).hexdigest()


def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key


@dataclass
class Signer:
    """How a request is signed.  https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html"""

    service: str = "sts"
    key: tuple[str, str] = FIRST_KEY
    region: str = "us-east-1"
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    scope_date: str = ""  # where it differs from the moment's
    scope_service: str = ""  # where it differs from the service signed for
    terminator: str = "aws4_request"
    signed_headers: tuple[str, ...] | None = None
    payload: str = ""  # what stands for the body, where it is not its hash

    @property
    def stamp(self) -> str:
        return self.moment.strftime("%Y%m%dT%H%M%SZ")

    @property
    def scope(self) -> str:
        date, service = self.scope_date or self.stamp[:8], self.scope_service or self.service
        return f"{date}/{self.region}/{service}/{self.terminator}"

    def signature(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> str:
        names = self.names(headers)
        lines = "".join(f"{name}:{headers.get(name, '')}\n" for name in names)
        payload = self.payload or hashed(body)
        canonical = "\n".join((method, path, query, lines, ";".join(names), payload))
        text = f"AWS4-HMAC-SHA256\n{self.stamp}\n{self.scope}\n{hashed(canonical.encode())}"
        date, region, service, _ = self.scope.split("/")
        key = signing_key(self.key[1], date, region, service)
        return hmac.new(key, text.encode(), sha256).hexdigest()

    def names(self, headers: Mapping[str, str]) -> list[str]:
        return sorted(headers) if self.signed_headers is None else list(self.signed_headers)

    def headers(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, str]:
        """The headers (names in lower case) and those of the signature."""
        all_headers = {**headers, "x-amz-date": self.stamp}
        signature = self.signature(method, path, query, all_headers, body)
        authorization = (
            f"AWS4-HMAC-SHA256 Credential={self.key[0]}/{self.scope}, "
            f"SignedHeaders={';'.join(self.names(all_headers))}, Signature={signature}"
        )
        return {**all_headers, "authorization": authorization}

    def presigned(
        self, method: str, path: str, query: Mapping[str, str], host: str, body: bytes = b"",
        expires: int = 900,
    ) -> str:  # fmt: skip
        """The query string with the signature in it."""
        given = {
            **query,
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{self.key[0]}/{self.scope}",
            "X-Amz-Date": self.stamp,
            "X-Amz-Expires": str(expires),
            "X-Amz-SignedHeaders": "host",
        }
        text = encoded(given)
        return f"{text}&X-Amz-Signature={self.signature(method, path, text, {'host': host}, body)}"


def encoded(query: Mapping[str, str]) -> str:
    return "&".join(
        f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(query.items())
    )


def request(
    method: str = "POST",
    path: str = "/",
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    signer: Signer | None = None,
    host: str = "localhost",
) -> Request:
    """A signed request."""
    given = {"host": host, **(headers or {})}
    signed = (signer or Signer()).headers(method, path, query, given, body)
    return Request(method, path, query, signed, body)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def code(self) -> str:
        return str(error_of(self.headers, self.body).get("code", ""))

    @property
    def message(self) -> str:
        return str(error_of(self.headers, self.body).get("message", ""))


def error_of(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Code and message of an error, whatever protocol it is written in."""
    kind = headers.get("content-type", "")
    if "xml" in kind:
        found = {
            node.tag.rpartition("}")[2].lower(): node.text or ""
            for node in ElementTree.fromstring(body).iter()
        }
        return {"code": found.get("code", ""), "message": found.get("message", "")}
    if not kind:
        return {}
    document = cbor2.loads(body) if "cbor" in kind else json.loads(body)
    code = headers.get("x-amzn-errortype") or document.get("__type", "")
    return {"code": code, "message": document.get("message", "")}


def send(url: str, sent: Request) -> Reply:
    """Send a whole request through a connection of its own."""
    target = sent.path + (f"?{sent.query}" if sent.query else "")
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        connection.putrequest(sent.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.headers.items():
            connection.putheader(name, value)
        if "content-length" not in sent.headers:
            connection.putheader("content-length", str(len(sent.body)))
        connection.endheaders(sent.body)
        return read(connection.getresponse())
    finally:
        connection.close()


def read(response: http.client.HTTPResponse) -> Reply:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, headers, response.read())


def connect(url: str) -> socket.socket:
    where = urlsplit(url)
    return socket.create_connection((where.hostname or "", where.port or 80), PATIENCE)


def drain(connection: socket.socket) -> bytes:
    """Everything until the server closes; a reset is an end as well."""
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def raw(sent: Request, *extra: str) -> bytes:
    """The bytes of a request."""
    target = sent.path + (f"?{sent.query}" if sent.query else "")
    lines = [f"{sent.method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in sent.headers.items()]
    lines += [f"content-length: {len(sent.body)}", *extra, "", ""]
    return "\r\n".join(lines).encode("latin-1") + sent.body
