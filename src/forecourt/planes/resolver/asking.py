"""Asking name servers over UDP and TCP: from a port of its own each time, to one address alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

DATAGRAM, STREAM = 1.0, 3.0  # seconds
PORT = 53
MOST_AT_ONCE = 512


class Asking:
    def __init__(self, port_of: Callable[[str], int]) -> None:
        """`port_of` an address: name servers of ours may be elsewhere than on 53."""
        self._port_of = port_of
        self._free = asyncio.Semaphore(MOST_AT_ONCE)

    async def __call__(self, address: str, query: bytes, *, stream: bool) -> bytes:
        where = address, self._port_of(address)
        async with self._free:
            if stream:
                async with asyncio.timeout(STREAM):
                    return await by_stream(where, query)
            async with asyncio.timeout(DATAGRAM):
                return await by_datagram(where, query)


async def by_datagram(where: tuple[str, int], query: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bytes] = loop.create_future()

    class Hearing(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            if data[:2] == query[:2] and not heard.done():  # other ids are noise, or an attack
                heard.set_result(data)

        def error_received(self, exc: Exception) -> None:
            if not heard.done():
                heard.set_exception(exc)

    transport, _ = await loop.create_datagram_endpoint(Hearing, remote_addr=where)
    try:
        transport.sendto(query)
        return await heard
    finally:
        transport.close()


async def by_stream(where: tuple[str, int], query: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*where)
    try:
        writer.write(len(query).to_bytes(2, "big") + query)
        length = int.from_bytes(await reader.readexactly(2), "big")
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as ended:
        raise ConnectionError("the connection ended") from ended
    finally:
        writer.close()
