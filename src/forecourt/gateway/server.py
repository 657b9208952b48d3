"""The gateway as an ASGI application under uvicorn: bodies bounded and spooled, headers bounded.

The HTTP is uvicorn's and httptools'; what they leave open is closed here: the size of a header, how
long one may take, the size of a body.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anyio.to_thread
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from forecourt.gateway import admin
from forecourt.gateway.app import anonymous
from forecourt.gateway.faults import error
from forecourt.gateway.http import Answer, Request
from forecourt.gateway.receiving import Gone
from forecourt.gateway.routing import S3, bucket_of, signing_name, spoken
from forecourt.platform.objects.stored import pieces

if TYPE_CHECKING:
    from forecourt.gateway.admin import Admin
    from forecourt.gateway.app import Gateway
    from forecourt.store.blobs import Blobs

LARGEST_HEADERS = 64 * 1024  # bytes of all headers of a request
MOST_HEADERS = 200
ONE_READ = 256 * 1024  # bytes of a body that may come with the last header
HEADERS_WITHIN = 20.0  # seconds
BODY_LOOKED_AT = 60.0  # seconds after which more of a body must have come
LEAST_BODY = 64 * 1024  # bytes of it
SPOOL_ABOVE = 1024 * 1024  # bytes of a body kept in memory
LARGEST_BODY = 1024 * 1024  # where a service has no limit of its own
# By signing name.  A Route 53 batch has 1,000 records, each with up to 4,000 characters of names
# and comments around them; its values are limited by the operation.
BODIES = {
    "route53": 8 * 1024 * 1024,
    "sts": 64 * 1024,
    "lambda": 6 * 1024 * 1024 + 1024,
    "ses": 60 * 1024 * 1024,
}

LINKS = ("Action=ConfirmSubscription&", "Action=Unsubscribe&")
BODILESS = (204, 304)  # RFC 9110 §6.4.1

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class TooLarge(Exception):
    """A body above the limit."""


class Application:
    """Serves AWS's APIs, and what lies under /_forecourt."""

    def __init__(
        self, gateway: Gateway, administration: Admin, spool: str, public: Any = None
    ) -> None:
        self._gateway, self._admin, self._spool = gateway, administration, spool
        self._public = public  # what is asked for without a signature

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = request_of(scope)
        if self._public is not None and is_link(request):
            await self._public(scope, receive, send)
            return
        is_ours = request.path.startswith(admin.PREFIX)
        if not is_ours and (signing_name(request) == S3 or bucket_of(request)):
            await self._stream(request, receive, send)
            return
        limit = BODIES.get(signing_name(request) or "", LARGEST_BODY)
        try:
            request.body = await read_body(request, receive, limit, self._spool)
        except TooLarge:
            await give(send, too_large(request, limit))
            return
        except Gone:
            return
        if is_ours:
            answer = await self._admin.answer(request)
        else:
            answer = await self._gateway.answer(request)
        await give(send, answer)

    async def _stream(self, request: Request, receive: Receive, send: Send) -> None:
        """A request whose body is read only once it is known who sends it."""
        body = Pieces(receive)
        request.pieces = body.pieces()
        try:
            answer = await self._gateway.answer(request)
        except Gone:
            return
        if not body.ended:  # what is left of it is not read
            headers = (*answer.headers, ("connection", "close"))
            answer = Answer(answer.status, headers, answer.body, answer.stretch)
        await give(send, answer, self._gateway.objects, receive)


def is_link(request: Request) -> bool:
    """Whether it is one of SNS's URLs, which messages have and nobody signs."""
    if request.method not in ("GET", "HEAD") or "authorization" in request.headers:
        return False
    return request.path.startswith("/SimpleNotificationService-") or (
        request.path == "/" and request.query.startswith(LINKS) and "X-Amz-" not in request.query
    )


class Pieces:
    """A body as it comes."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self.ended = receive, False

    async def pieces(self) -> AsyncIterator[bytes]:
        """Its pieces.  Gone."""
        while not self.ended:
            message = await next_piece(self._receive)
            self.ended = not message.get("more_body")
            if piece := message.get("body", b""):
                yield piece


def request_of(scope: dict[str, Any]) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return Request(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        headers,
        client=scope["client"][0] if scope.get("client") else "",
        secure=scope.get("scheme") == "https",
    )


async def read_body(request: Request, receive: Receive, limit: int, spool: str) -> bytes:
    """The body, kept on disk while it grows above a megabyte.  TooLarge."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:19]) > limit:
        raise TooLarge
    message = await next_piece(receive)
    if not message.get("more_body"):
        whole: bytes = message.get("body", b"")
        if len(whole) > limit:
            raise TooLarge
        return whole
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_ABOVE, dir=spool) as file:
        size = 0
        while True:
            piece = message.get("body", b"")
            size += len(piece)
            if size > limit:
                raise TooLarge
            file.write(piece)
            if not message.get("more_body"):
                break
            message = await next_piece(receive)
        file.seek(0)
        return file.read()


async def next_piece(receive: Receive) -> dict[str, Any]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    return message


def too_large(request: Request, limit: int) -> Answer:
    protocol = spoken(request) or "rest-xml"
    text = f"The request is too large: at most {limit} bytes are taken."
    codec = anonymous(protocol, "")
    answer = codec.error(error("too-large", text, protocol, ""), str(uuid4()))
    # What is left of the body is not read: the connection ends.
    return Answer(answer.status, (*answer.headers, ("connection", "close")), answer.body)


async def give(
    send: Send, answer: Answer, objects: Blobs | None = None, receive: Receive | None = None
) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    stretch = answer.stretch
    if answer.status in BODILESS:
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body"})
        return
    if all(name.lower() != b"content-length" for name, _ in headers):
        size = len(answer.body) + (stretch.length if stretch is not None else 0)
        headers.append((b"content-length", str(size).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if stretch is not None:
        assert objects is not None and receive is not None
        found = pieces(stretch, objects)
        gone = asyncio.ensure_future(receive())  # once the body came: that the client left
        try:
            while not gone.done() and (piece := await anyio.to_thread.run_sync(next, found, b"")):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        finally:
            gone.cancel()
            found.close()
    await send({"type": "http.response.body", "body": answer.body})


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol, with limits on what comes before a body."""

    _header_bytes = 0
    _header_count = 0
    _unparsed = 0
    _headers_timer: asyncio.TimerHandle | None = None
    _body_timer: asyncio.TimerHandle | None = None
    _came = 0  # bytes since the body was last looked at

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_came()
        self._body_came()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._header_bytes = self._header_count = 0
        if self._headers_timer is None:
            self._await_headers()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._bound(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_count += 1
        self._bound(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._headers_came()
        self._body_timer = self.loop.call_later(BODY_LOOKED_AT, self._look_at_body)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._body_came()
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        # The parser keeps what is not whole yet; a line without an end is counted here.
        if self._headers_timer is not None:
            self._unparsed += len(data)
            if self._unparsed > LARGEST_HEADERS + ONE_READ:
                self.transport.abort()
                return
        self._came += len(data)
        super().data_received(data)

    def _look_at_body(self) -> None:
        """Go on with a body that comes, or that we do not read fast enough."""
        if self._came < LEAST_BODY and not self.flow.read_paused:
            self._abort()
            return
        self._came = 0
        self._body_timer = self.loop.call_later(BODY_LOOKED_AT, self._look_at_body)

    def _bound(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > LARGEST_HEADERS or self._header_count > MOST_HEADERS:
            self.transport.abort()

    def _await_headers(self) -> None:
        self._headers_timer = self.loop.call_later(HEADERS_WITHIN, self._abort)

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _body_came(self) -> None:
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _headers_came(self) -> None:
        if self._headers_timer is not None:
            self._headers_timer.cancel()
            self._headers_timer = None
            self._unparsed = 0
