"""API requests as boto3 writes and signs them, kept as raw HTTP to be sent later.

    recorder = Recorder("http://127.63.0.1:4566", key_id, secret)
    request = recorder.record("route53", "get_hosted_zone", Id="Z1")

A signature is good for 15 minutes, so requests are recorded shortly before they are sent; what that
costs is ours and not the server's.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False)


class Recorded(Exception):
    """Thrown out of boto3 with the request it was about to send."""

    def __init__(self, request: Any) -> None:
        super().__init__()
        self.request = request


class Recorder:
    """Clients of one endpoint that send nothing."""

    def __init__(self, endpoint: str, key_id: str, secret: str) -> None:
        self.endpoint = endpoint
        self._session = boto3.Session(key_id, secret, region_name="us-east-1")
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """An ordinary client, which does send."""
        return self._session.client(service, endpoint_url=self.endpoint, config=CONFIG)

    def record(self, service: str, operation: str, **params: Any) -> bytes:
        """The bytes of a signed request."""
        if service not in self._clients:
            client = self._clients[service] = self.client(service)
            client.meta.events.register("before-send", give_up)
        try:
            getattr(self._clients[service], operation)(**params)
        except Recorded as recorded:
            return raw(recorded.request)
        raise AssertionError("boto3 sent a request that was to be recorded")


def give_up(request: Any, **_: Any) -> None:
    raise Recorded(request)


def raw(request: Any) -> bytes:
    """An AWSPreparedRequest as HTTP/1.1."""
    url = urlsplit(request.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    body = request.body or b""
    if isinstance(body, str):
        body = body.encode()
    headers = {"host": url.netloc, "content-length": str(len(body))}
    for name, value in request.headers.items():
        headers[name.lower()] = value.decode() if isinstance(value, bytes) else value
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{request.method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + body


def upsert(owner: str, address: str, ttl: int = 300) -> dict[str, Any]:
    """One element of a change batch."""
    records = [{"Value": address}]
    rrset = {"Name": owner, "Type": "A", "TTL": ttl, "ResourceRecords": records}
    return {"Action": "UPSERT", "ResourceRecordSet": rrset}
