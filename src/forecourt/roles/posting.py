"""POST for callers: to topics' subscribers, and to functions that are URLs.

The address is looked up by our own public zones first, and connected to only where callers' connections
may go; redirects are not followed.  A body that comes back is read to a bound, all within a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from cryptography.hazmat.primitives.serialization import Encoding

from forecourt.platform.certificates import authorities
from forecourt.platform.names.asking import address_of

if TYPE_CHECKING:
    from forecourt.platform.egress import Egress
    from forecourt.store.store import Store

WITHIN = 15.0  # seconds; https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
AT_ONCE = 64  # connections
LARGEST = 6 * 1024 * 1024  # bytes of an answer


class Poster:
    def __init__(self, store: Store, egress: Egress) -> None:
        self._store, self._egress = store, egress
        self._limit = anyio.CapacityLimiter(AT_ONCE)
        self._tls: ssl.SSLContext | None = None

    async def status(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """What an endpoint answers within 15 seconds.  OSError."""
        with anyio.move_on_after(WITHIN):
            return (await self.post(url, body, headers, within=WITHIN))[0]
        raise TimeoutError(f"it did not answer within {WITHIN:.0f} s")

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], within: float = 900.0
    ) -> tuple[int, bytes]:
        """The status and the body of an answer.  OSError."""
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        address = await self._resolve(host)
        if not self._egress.allows(address):
            raise OSError(f"connections to {address} are not allowed here")
        port = parts.port or (443 if secure else 80)
        tls = await self._context() if secure else None
        connection = Pinned(host, address, port, tls, within)
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        given = dict(headers)
        if parts.username is not None:
            given["Authorization"] = basic(parts.username, parts.password or "")
        try:
            return await anyio.to_thread.run_sync(
                connection.exchange, path, body, given,
                limiter=self._limit, abandon_on_cancel=True,
            )  # fmt: skip
        finally:
            connection.cut()

    async def _resolve(self, host: str) -> str:
        if (found := await self._store.read(address_of, host)) is not None:
            return found
        try:
            answers = await asyncio.get_running_loop().getaddrinfo(
                host, None, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError):
            raise OSError(f"{host} cannot be resolved") from None
        return str(answers[0][4][0])

    async def _context(self) -> ssl.SSLContext:
        """Certificates of the world's authorities, and of ours, are good."""
        if self._tls is None:
            root = await self._store.read(authorities.root_certificate)
            self._tls = ssl.create_default_context()
            self._tls.load_verify_locations(cadata=root.public_bytes(Encoding.PEM).decode())
        return self._tls


class Pinned(http.client.HTTPConnection):
    """A connection to the address that was looked at, whatever its name says now."""

    def __init__(
        self, host: str, address: str, port: int, tls: ssl.SSLContext | None, within: float
    ) -> None:
        super().__init__(host, port, timeout=within)
        self._address, self._tls = address, tls

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def exchange(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """OSError."""
        try:
            self.request("POST", path, body, {**headers, "Connection": "close"})
            answer = self.getresponse()
            return answer.status, answer.read(LARGEST)
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(f"it does not speak HTTP: {error or type(error).__name__}") from None
        finally:
            self.close()

    def cut(self) -> None:
        """End it also while a thread waits for it."""
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def basic(user: str, password: str) -> str:
    from base64 import b64encode
    from urllib.parse import unquote

    return "Basic " + b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
