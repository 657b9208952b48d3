"""DNS by TCP: bytes in pieces of any size are answered as the same bytes at once; the rest is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from forecourt.planes.dns.protocol import STREAM, Responder, Settings
from forecourt.planes.dns.streams import Connections, Stream
from fuzz.dns_names import names, queries
from fuzz.targets import dns_datagram

TOKENS = (*dns_datagram.TOKENS, b"\0\x1d", b"\0\x0c", b"\0\0", b"\xff\xff")
RESPONDER = Responder(names(), Settings(rate=0))
CLIENT = "192.0.2.200"


def seeds() -> Iterator[bytes]:
    found = [b"\x07" + len(query).to_bytes(2, "big") + query for query in queries()]
    yield from found
    yield b"\x05" + b"".join(each[1:] for each in found[:4])


class Line(asyncio.Transport):
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": (CLIENT, 53)})
        self.written, self.aborted = bytearray(), False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.aborted
        self.written += data

    def abort(self) -> None:
        self.aborted = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


def check(data: bytes) -> None:
    size = data[0] % 32 + 1 if data else 1
    LOOP.run_until_complete(compare(data[1:], size))
    if len(RESPONDER._opts) > 1000:
        RESPONDER.tick()


async def compare(data: bytes, size: int) -> None:
    whole = said(data, [data])
    assert whole == said(data, [data[at : at + size] for at in range(0, len(data), size)])


def said(data: bytes, pieces: list[bytes]) -> tuple[bytes, bool]:
    """What is answered, and whether the connection was ended."""
    line, connections = Line(), Connections()
    stream = Stream(RESPONDER, connections)
    stream.connection_made(line)
    for piece in pieces:
        if not line.aborted:
            stream.data_received(piece)
    stream.connection_lost(None)
    assert not connections.open
    asked, answered, at = frames(data), frames(bytes(line.written)), 0
    for at, reply in enumerate(answered):
        dns_datagram.read(asked[at], reply, STREAM)
    assert len(answered) == len(asked) or line.aborted
    return bytes(line.written), line.aborted


def frames(data: bytes) -> list[bytes]:
    """The whole messages at the start."""
    found, at = [], 0
    while at + 2 <= len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        if at + 2 + length > len(data):
            break
        found.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    return found


LOOP = asyncio.new_event_loop()
