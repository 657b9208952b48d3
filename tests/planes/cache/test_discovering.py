"""A configuration endpoint before a node that is made up."""

from __future__ import annotations

import asyncio
from typing import Any

from forecourt.planes.cache.discovering import listen
from forecourt.planes.cache.discovery import HEADER, KEY


async def node(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers what tests ask, the values a little late."""
    while line := await reader.readline():
        if line[:1] == b"\x80":
            line += await reader.readexactly(HEADER.size - len(line))
            _, opcode, *_, opaque, _ = HEADER.unpack(line)
            writer.write(HEADER.pack(0x81, opcode, 0, 0, 0, 0, 0, opaque, 0))
        elif line.startswith(b"get"):
            writer.write(b"VALUE a 0 3\r\n")
            await asyncio.sleep(0.01)
            writer.write(b"abc\r\nEND\r\n")
        await writer.drain()
    writer.close()


def talk(sent: bytes, length: int, *, alone: bool = False) -> bytes:
    async def story() -> bytes:
        behind = await asyncio.start_server(node, "127.0.0.1", 0)
        port = behind.sockets[0].getsockname()[1]
        known: Any = (1, [] if alone else [("a", "127.0.0.1", port)])
        endpoint = await listen("127.0.0.1", 0, lambda: known)
        where = endpoint.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(*where)
        writer.write(sent)
        async with asyncio.timeout(10):
            found = await reader.readexactly(length)
        writer.close()
        endpoint.close()
        behind.close()
        async with asyncio.timeout(10):
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0.005)
        return found

    return asyncio.run(story())


def test_answers_keep_the_order_of_the_questions() -> None:
    value = b"VALUE a 0 3\r\nabc\r\nEND\r\n"
    found = talk(b"get a\r\nconfig get cluster\r\nget a\r\n", 2 * len(value) + 40)
    assert found.startswith(value + b"CONFIG cluster 0 ")


def test_binary_answers_do_too() -> None:
    noop = HEADER.pack(0x80, 0x0A, 0, 0, 0, 0, 0, 9, 0)
    get = HEADER.pack(0x80, 0, len(KEY), 0, 0, 0, len(KEY), 5, 0) + KEY
    found = talk(noop + get, 2 * HEADER.size)
    assert [HEADER.unpack_from(found, at)[7] for at in (0, HEADER.size)] == [9, 5]


def test_without_a_node_it_says_so() -> None:
    assert talk(b"get a\r\n", 22, alone=True) == b"SERVER_ERROR no node\r\n"
