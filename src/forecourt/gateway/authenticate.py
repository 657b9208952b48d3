"""Who sends a request: its signature verified against the key it names."""

from __future__ import annotations

import hmac
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from forecourt.gateway.http import Malformed
from forecourt.gateway.receiving import Framing
from forecourt.gateway.routing import bucket_path
from forecourt.platform.identity import accounts, chunks, principals, sessions, sigv2, sigv4
from forecourt.platform.identity.sigv4 import Refused
from forecourt.store.bell import hush
from forecourt.store.store import Unavailable
from forecourt.store.tx import Call

if TYPE_CHECKING:
    import socket

    from forecourt.gateway.http import Request
    from forecourt.platform.identity.principals import Caller
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

# Services that take a body they were given no hash of; the others always hash it.
UNSIGNED_BODIES = frozenset(("s3",))
DEFAULT_REGION = "us-east-1"  # of what is signed for no region
REMEMBERED = 10.0  # seconds a caller is, should no bell ring
MOST_REMEMBERED = 10_000
INVALID = "The security token included in the request is invalid."
INVALID_TOKEN = "The security token included in the request is invalid"
EXPIRED = "The security token included in the request is expired"


@dataclass(frozen=True, slots=True)
class Known:
    """A key, and whose it is."""

    secret: str
    caller: Caller
    token: str | None  # the one it came with, proven
    until: float  # when to look again, by the monotonic clock


class Callers:
    """What is remembered of callers until somebody rings: keys, policies, groups may have changed.

    Whoever asks on this node after a change was answered is judged by it; other nodes hear of it
    within milliseconds, at worst after REMEMBERED.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._bell = store.bells.listen(name, accounts.TOPIC)
        self._known: dict[str, Known] = {}
        self._changes = 0
        self.used: dict[str, tuple[float, str, str]] = {}  # key or role: when, service, region

    async def find(self, key_id: str, token: str | None) -> Known:
        """The owner of a key.  Refused."""
        if rung(self._bell):
            self._known.clear()
            self._changes += 1
        known = self._known.get(key_id)
        if known is None or known.until < time.monotonic() or not same(token, known.token):
            changes = self._changes
            known = await self._store.read(look_up, key_id, token)
            if self._changes == changes and len(self._known) < MOST_REMEMBERED:
                self._known[key_id] = known
        session = known.caller.session
        if session is not None and session.expires <= time.time():
            raise Refused("expired-token", EXPIRED)
        return known

    def note(self, key_id: str, caller: Caller, service: str, region: str) -> None:
        """Somebody was here; written down by and by."""
        now = time.time()
        if caller.session is None:
            self.used[key_id] = now, service, region
        elif caller.kind == "AssumedRole":
            self.used[caller.entity] = now, service, region

    async def write_down(self) -> None:
        """Keep what was noted."""
        used, self.used = self.used, {}
        if used:
            try:
                await self._store.write(accounts.note_used, used)
            except Unavailable:
                self.used = used | self.used

    def close(self) -> None:
        self._bell.close()


def rung(bell: socket.socket) -> bool:
    try:
        bell.recv(16)
    except BlockingIOError:
        return False
    hush(bell)
    return True


def same(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return hmac.compare_digest(one.encode(), other.encode())


def look_up(tx: Tx, key_id: str, token: str | None) -> Known:
    """Read whose key it is.  Refused."""
    until = time.monotonic() + REMEMBERED
    if token is not None:
        try:
            session = sessions.read(tx.seal, token)
        except ValueError:
            raise Refused("unknown-key", INVALID_TOKEN) from None
        caller = principals.of_session(tx, session)
        if session.key_id != key_id or caller is None:
            raise Refused("unknown-key", INVALID_TOKEN)
        return Known(session.secret, caller, token, until)
    key = accounts.find_key(tx, key_id)
    if key is None or not key.active:
        raise Refused("unknown-key", INVALID)
    if key.principal == accounts.root_arn(key.account):
        return Known(key.secret, principals.root(key.account), None, until)
    caller = principals.user(tx, key.principal)
    if caller is None:
        raise Refused("unknown-key", INVALID)
    return Known(key.secret, caller, None, until)


async def authenticate(
    request: Request, callers: Callers, service: str, operation: str, signing_name: str | None
) -> Call:
    """The caller of an operation.  Refused says which of its claims is wrong."""
    may_be_old = service in UNSIGNED_BODIES and "authorization" not in request.headers
    if may_be_old and request.query and sigv2.is_claimed(request.parameters):
        return await presigned(request, callers, service, operation)
    claimed = sigv4.claim(request.headers, request.parameters if request.query else ())
    sigv4.check(claimed, signing_name, datetime.now(UTC))
    known = await callers.find(claimed.key_id, claimed.token)
    marker = payload_of(request, claimed)
    signing_key = sigv4.verify(
        claimed, request.method, request.path, request.query, request.headers, marker, known.secret
    )
    if claimed.service in UNSIGNED_BODIES:
        check_headers(request, claimed)
    if request.pieces is not None:
        request.framing = Framing(marker, claimed, signing_key)
    elif marker in chunks.MODES:
        request.body = unframed(request.body, marker, claimed, signing_key)
    caller = known.caller
    callers.note(claimed.key_id, caller, service, claimed.region)
    return Call(
        service,
        operation,
        caller.account,
        claimed.region,
        caller.arn,
        claimed.key_id,
        caller,
    )


def check_headers(request: Request, claimed: sigv4.Claim) -> None:
    """Refused where a header says what is to be done and is not signed."""
    signed = {name.lower() for name in claimed.headers}
    spared = {"x-amz-content-sha256"} if claimed.presigned else frozenset[str]()
    if any(
        name.startswith("x-amz-") and name not in signed and name not in spared
        for name in request.headers
    ):
        raise Refused(
            "unsigned-headers", "There were headers present in the request which were not signed"
        )


async def presigned(request: Request, callers: Callers, service: str, operation: str) -> Call:
    """Who signed a URL of the old kind.  Refused."""
    given = dict(request.parameters)
    key_id = given[sigv2.KEY]
    known = await callers.find(key_id, given.get(sigv2.TOKEN))
    path = bucket_path(request)
    sigv2.verify(
        request.method, path, request.parameters, request.headers, known.secret, time.time()
    )
    if request.pieces is not None:
        request.framing = Framing(sigv4.UNSIGNED, None, b"")
    callers.note(key_id, known.caller, service, DEFAULT_REGION)
    caller = known.caller
    return Call(service, operation, caller.account, DEFAULT_REGION, caller.arn, key_id, caller)


def payload_of(request: Request, claimed: sigv4.Claim) -> str:
    """What stands for the body in the canonical request."""
    if claimed.service in UNSIGNED_BODIES:
        given = request.headers.get("x-amz-content-sha256")
        if given is None and claimed.presigned:
            return sigv4.UNSIGNED
        if given == sigv4.UNSIGNED or given in chunks.MODES:
            return given
        if request.pieces is not None:
            if given is None:
                raise Refused(
                    "missing-hash", "Missing required header for this request: x-amz-content-sha256"
                )
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
