"""Who sends a request: its signature verified against the key it names."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from forecourt.gateway.http import Malformed
from forecourt.platform.identity import accounts, chunks, sigv4
from forecourt.platform.identity.sigv4 import Refused
from forecourt.store.tx import Call

if TYPE_CHECKING:
    from forecourt.gateway.http import Request
    from forecourt.store.store import Store

# Services that take a body they were given no hash of; the others always hash it.
UNSIGNED_BODIES = frozenset(("s3",))


async def authenticate(
    request: Request, store: Store, service: str, operation: str, signing_name: str | None
) -> Call:
    """The caller of an operation.  Refused says which of its claims is wrong."""
    claimed = sigv4.claim(request.headers, request.parameters if request.query else ())
    sigv4.check(claimed, signing_name, datetime.now(UTC))
    key = await store.read(accounts.find_key, claimed.key_id)
    if key is None or not key.active:
        raise Refused("unknown-key", "The security token included in the request is invalid.")
    if claimed.token is not None:  # no key we know came with a session
        raise Refused("unknown-key", "The security token included in the request is invalid")
    marker = payload_of(request, claimed)
    signing_key = sigv4.verify(
        claimed, request.method, request.path, request.query, request.headers, marker, key.secret
    )
    if marker in chunks.MODES:
        request.body = unframed(request.body, marker, claimed, signing_key)
    return Call(service, operation, key.account, claimed.region, key.principal, claimed.key_id)


def payload_of(request: Request, claimed: sigv4.Claim) -> str:
    """What stands for the body in the canonical request."""
    if claimed.service in UNSIGNED_BODIES:
        given = request.headers.get("x-amz-content-sha256")
        if given is None and claimed.presigned:
            return sigv4.UNSIGNED
        if given == sigv4.UNSIGNED or given in chunks.MODES:
            return given
    return sha256(request.body).hexdigest() if request.body else sigv4.EMPTY_SHA256


def unframed(body: bytes, mode: str, claimed: sigv4.Claim, key: bytes) -> bytes:
    decoder = chunks.Decoder(mode, claimed.signature, claimed.stamp, claimed.scope, key)
    try:
        payload = decoder.feed(body)
        decoder.finish()
    except chunks.Broken as broken:
        raise Malformed(str(broken)) from None
    return payload
