"""What endpoints answer to health checks: in pieces of any size it leads to the same verdict, or to garbage."""

from __future__ import annotations

from collections.abc import Iterator

from forecourt.planes.probes.protocol import SEARCHED, Exchange, Garbage
from forecourt.planes.probes.snapshot import Check

TOKENS = (
    b"HTTP/1.1 200 OK\r\n",
    b"Content-Length: 4\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"\r\n\r\n",
    b"well",
)
CHECK = Check("c", "HTTP", "192.0.2.1", "", 80, search=b"well")


def seeds() -> Iterator[bytes]:
    yield b"\x03HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"
    yield b"\x01HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwell\r\n0\r\n\r\n"
    yield b"\x09HTTP/1.0 503 Down\r\n\r\n"


def check(data: bytes) -> None:
    size = data[0] % 32 + 1 if data else 1
    rest = data[1:]
    said(rest, [rest])
    said(rest, [rest[at : at + size] for at in range(0, len(rest), size)])


def said(data: bytes, pieces: list[bytes]) -> None:
    exchange = Exchange(CHECK)
    try:
        for piece in pieces:
            if exchange.receive(piece):
                break
    except Garbage:
        return
    if exchange.answered:
        healthy, text = exchange.verdict()
        assert text.startswith("Success: " if healthy else "Failure: ")
        assert not healthy or b"well" in data.replace(b"\r\n", b"") or len(data) > SEARCHED
