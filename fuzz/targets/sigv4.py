"""Signatures in a header or a query string: understood, or Refused; a request signed by us is accepted."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from forecourt.gateway.http import Malformed, Request
from forecourt.gateway.routing import signing_name
from forecourt.platform.identity import sigv4
from forecourt.platform.identity.sigv4 import (
    Claim,
    Refused,
    canonical_path,
    canonical_request,
    claim,
    signing_key,
    string_to_sign,
    verify,
)
from fuzz.http import read_request, written

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
STAMP, SCOPE = "20260301T120000Z", "20260301/us-east-1/sts/aws4_request"
SECRET = "secret"
TOKENS = (
    b"AWS4-HMAC-SHA256 ", b"Credential=", b"AKID/" + SCOPE.encode(), b"SignedHeaders=host;x-amz-date",
    b"Signature=0123", b"X-Amz-Algorithm=AWS4-HMAC-SHA256", b"X-Amz-Date=", STAMP.encode(),
    b"X-Amz-Credential=AKID%2F", b"X-Amz-SignedHeaders=host", b"X-Amz-Signature=0", b"X-Amz-Expires=9",
    b"X-Amz-Security-Token=", b"authorization: ", b"x-amz-date: ", b"date: ", b"%2F", b"%ff", b"..",
    b"/./", b"//", b"aws4_request", b"Sun, 01 Mar 2026 12:00:00 GMT", b"-0000", b"+9999",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    signed = (
        f"AWS4-HMAC-SHA256 Credential=AKID/{SCOPE}, SignedHeaders=host;x-amz-date, Signature=00"
    )
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F{SCOPE.replace('/', '%2F')}"
        f"&X-Amz-Date={STAMP}&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00&a=b%20c"
    )
    host = {"host": "localhost", "authorization": signed}
    yield written("POST", "/", "", {**host, "x-amz-date": STAMP}, b"body")
    yield written("GET", "/a%20b/../c//", "b=2&a=1", {**host, "x-amz-date": STAMP})
    yield written("GET", "/", "", {**host, "date": "Sun, 01 Mar 2026 12:00:00 GMT"})
    yield written("GET", "/a", query, {"host": "localhost"})


def check(data: bytes) -> None:
    request = read_request(data)
    canonical_path(request.path, "s3")
    canonical_path(request.path, "sts")
    try:
        signing_name(request)
        claimed = claim(request.headers, request.parameters)
        sigv4.check(claimed, "sts", NOW)
    except (Refused, Malformed) as refused:
        assert len(str(refused)) < 1000 + 2 * len(data)
        return
    verified(claimed, request)


def verified(claimed: Claim, request: Request) -> None:
    """The signature made by the recipe is taken, and no other."""
    payload = sha256(request.body).hexdigest()
    whole = (request.method, request.path, request.query, request.headers, payload)
    canonical = canonical_request(claimed, *whole)
    assert len(canonical) < 1000 + 8 * (len(request.path) + len(request.query)) + sum(
        len(name) + len(request.headers.get(name.lower(), "")) + 4 for name in claimed.headers * 2
    )
    key = signing_key(SECRET, claimed.date, claimed.region, claimed.service)
    text = string_to_sign(claimed, canonical).encode()
    good = replace(claimed, signature=hmac.new(key, text, sha256).hexdigest())
    assert verify(good, *whole, SECRET) == key
    try:
        verify(claimed, *whole, SECRET)
    except Refused:
        return
    assert claimed.signature == good.signature
