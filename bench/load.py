"""Sends recorded HTTP requests over keep-alive connections, each of which waits for its answer.

One thread and an epoll, so that a load of 16 connections disturbs the server no more than one of 1.
A server that closes a connection after an answer gets a new one, as it gets from any client.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

STUCK = 30.0  # seconds without any answer
LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
CHUNKED = re.compile(rb"^transfer-encoding:\s*chunked", re.IGNORECASE | re.MULTILINE)
CLOSES = re.compile(rb"^connection:\s*close", re.IGNORECASE | re.MULTILINE)


class Failed(Exception):
    """A server's answer is not the one we came for."""


class Connection:
    """One keep-alive connection, with at most one request under way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self._socket: socket.socket | None = None
        self._buffer = b""
        self.sent = 0.0

    def send(self, request: bytes) -> socket.socket:
        """Send a request; the socket on which its answer will come."""
        if self._socket is None:
            self._socket = socket.create_connection(self.address, timeout=STUCK)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.sent = time.perf_counter()
        self._socket.sendall(request)
        return self._socket

    def receive(self) -> bytes | None:
        """The body of the answer, if it is whole now.  Failed if it is an error."""
        assert self._socket is not None
        piece = self._socket.recv(256 * 1024)
        self._buffer += piece
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end or not whole(head, body, closed=not piece):
            if not piece:
                raise Failed(f"{self.address} closed the connection in mid-answer")
            return None
        if not piece or CLOSES.search(head) or head.startswith(b"HTTP/1.0"):
            self.close()
        if head[9:12] != b"200":
            raise Failed(f"{self.address} answered {self._buffer[:600]!r}")
        return body

    def exchange(self, request: bytes) -> bytes:
        """Send a request and wait for its answer."""
        self.send(request)
        while (body := self.receive()) is None:
            pass
        return body

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def whole(head: bytes, body: bytes, *, closed: bool) -> bool:
    if length := LENGTH.search(head):
        return len(body) >= int(length[1])
    if CHUNKED.search(head):
        return body.endswith(b"0\r\n\r\n")
    return closed


@dataclass(slots=True)
class Latencies:
    """Seconds from requests to answers."""

    seconds: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def drive(address: tuple[str, int], requests: Sequence[bytes], concurrency: int) -> Latencies:
    """Send every request once, so many at a time.  Failed."""
    latencies, left = Latencies(), iter(requests)
    with selectors.DefaultSelector() as selector:
        for connection in [Connection(address) for _ in range(concurrency)]:
            start(selector, connection, left)
        while selector.get_map():
            events = selector.select(STUCK)
            if not events:
                raise Failed(f"{address} did not answer for {STUCK:.0f} s")
            for key, _ in events:
                connection = key.data
                if connection.receive() is None:
                    continue
                latencies.seconds.append(time.perf_counter() - connection.sent)
                selector.unregister(key.fd)
                start(selector, connection, left)
    return latencies


def start(selector: selectors.BaseSelector, connection: Connection, left: Iterator[bytes]) -> None:
    """Send the next request on a connection; with none left, close it."""
    request = next(left, None)
    if request is None:
        connection.close()
    else:
        selector.register(connection.send(request), selectors.EVENT_READ, connection)
