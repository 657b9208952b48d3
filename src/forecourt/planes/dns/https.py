"""DNS over HTTPS (RFC 8484): an ASGI application over the same responders as every transport has.

    app = application(responder_at)      # the responder of the address that was connected to

GET /dns-query?dns=<base64url> and POST /dns-query with application/dns-message.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any
from urllib.parse import parse_qs

import dns.exception
import dns.message

PATH = "/dns-query"
TYPE = b"application/dns-message"
LARGEST = 65535  # bytes of a message

ResponderAt = Callable[[str], Any]  # whose `message` may have to be awaited
Application = Callable[[Any, Any, Any], Awaitable[None]]


class Unanswered(Exception):
    """What was asked for is no DNS query; the status says why."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


def application(responder_at: ResponderAt, count: Callable[[], None]) -> Application:
    """`count` is called for each query."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        headers = [(b"server", b"")]
        try:
            query = await query_in(scope, receive)
            responder = responder_at(scope["server"][0])
            if responder is None:
                raise Unanswered(404)
            found = responder.message(query, scope["client"][0], transport="HTTPS")
            reply: bytes | None = await found if isawaitable(found) else found
            if reply is None:
                raise Unanswered(400)
            count()
            status, body = 200, reply
            age = str(lifetime(reply)).encode()
            headers = [(b"content-type", TYPE), (b"cache-control", b"max-age=" + age)]
        except Unanswered as unanswered:
            status, body = unanswered.status, b""
        headers = [*headers, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


async def query_in(scope: Any, receive: Any) -> bytes:
    """The message that a request brings.  Unanswered."""
    if scope["path"] != PATH:
        raise Unanswered(404)
    if scope["method"] in ("GET", "HEAD"):
        given = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=8).get("dns", [])
        if len(given) != 1 or len(given[0]) > 2 * LARGEST:
            raise Unanswered(400)
        try:
            padded = given[0] + "=" * (-len(given[0]) % 4)
            return b64decode(padded, altchars="-_", validate=True)
        except (binascii.Error, ValueError):
            raise Unanswered(400) from None
    if scope["method"] != "POST":
        raise Unanswered(405)
    if dict(scope["headers"]).get(b"content-type", b"").lower() != TYPE:
        raise Unanswered(415)
    body = b""
    while True:
        event = await receive()
        if event["type"] != "http.request":
            raise Unanswered(400)
        body += event.get("body", b"")
        if len(body) > LARGEST:
            raise Unanswered(413)
        if not event.get("more_body"):
            return body


def lifetime(reply: bytes) -> int:
    """For how long an answer may be kept: the smallest TTL in it (RFC 8484 §5.1)."""
    try:
        message = dns.message.from_wire(reply)
    except dns.exception.DNSException:
        return 0
    ttls = [each.ttl for section in (message.answer, message.authority) for each in section]
    return min(ttls, default=0)
