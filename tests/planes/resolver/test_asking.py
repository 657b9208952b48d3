"""Asking over real sockets: the right answer, and none but it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from forecourt.planes.resolver import asking
from forecourt.planes.resolver.asking import Asking

QUERY = b"\x12\x34question"


class Server(asyncio.DatagramProtocol):
    def __init__(self, *replies: bytes) -> None:
        self.replies = replies
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        for reply in self.replies:
            self.transport.sendto(reply, addr)


def by_datagram(*replies: bytes) -> bytes:
    async def run() -> bytes:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Server(*replies), local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        try:
            return await Asking(lambda _: port)("127.0.0.1", QUERY, stream=False)
        finally:
            transport.close()
            await asyncio.sleep(0.01)

    return asyncio.run(run())


def test_other_ids_are_passed_over() -> None:
    assert by_datagram(b"\x12\x35forged", b"\x12\x34answer") == b"\x12\x34answer"


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "DATAGRAM", 0.1)
    with pytest.raises(TimeoutError):
        by_datagram()


@pytest.mark.parametrize("whole", [True, False])
def test_streams(whole: bool) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2), "big")
        data = await reader.readexactly(length)
        frame = len(data).to_bytes(2, "big") + data
        for at in range(len(frame) if whole else 5):  # one byte at a time
            writer.write(frame[at : at + 1])
            await writer.drain()
        writer.close()

    async def run() -> bytes:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            return await Asking(lambda _: port)("127.0.0.1", QUERY, stream=True)
        finally:
            server.close()
            await asyncio.sleep(0.01)

    if whole:
        assert asyncio.run(run()) == QUERY
    else:
        with pytest.raises(ConnectionError):
            asyncio.run(run())
