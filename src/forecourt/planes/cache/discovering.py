"""A configuration endpoint: a listener that answers discovery and hands on the rest to a node."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable

from .discovery import HEADER, Answer, Conversation, Forward, Malformed, Nodes, Reply

AT_ONCE = 1000  # connections
PIECE = 65536
NOOP = 0x0A
MARK = 0x464F5245  # the opaque of what we ask ourselves


async def listen(
    address: str, port: int, nodes: Callable[[], Nodes], behind: int = 0
) -> asyncio.Server:
    """Serve a configuration endpoint, whose nodes listen so much further than they are told.  OSError."""
    under_way: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(under_way) >= AT_ONCE:
            writer.close()
            return
        under_way.add(task)
        try:
            await converse(reader, writer, nodes, behind)
        except (OSError, Malformed, asyncio.IncompleteReadError, struct.error):
            pass
        finally:
            under_way.discard(task)
            writer.close()

    return await asyncio.start_server(serve, address, port)


async def converse(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    nodes: Callable[[], Nodes],
    behind: int,
) -> None:
    conversation = Conversation(nodes)
    node: Upstream | None = None
    try:
        while data := await reader.read(PIECE):
            for step in conversation.receive(data):
                if isinstance(step, Answer):
                    if node is not None:
                        await node.settle(writer)
                    writer.write(step.data)
                elif node is None and not (node := await Upstream.open(nodes, behind)):
                    writer.write(b"SERVER_ERROR no node\r\n")
                if isinstance(step, Forward) and node is not None:
                    await node.hand_on(step, writer)
            await writer.drain()
    finally:
        if node is not None:
            node.close()


class Upstream:
    """The node that one client's other commands go to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._buffer = bytearray()
        self._owes = False  # whether answers in the binary protocol may still come

    @classmethod
    async def open(cls, nodes: Callable[[], Nodes], behind: int) -> Upstream | None:
        for _, address, port in nodes()[1]:
            with contextlib.suppress(OSError):
                return cls(*await asyncio.open_connection(address, port + behind))
        return None

    async def hand_on(self, step: Forward, writer: asyncio.StreamWriter) -> None:
        self._writer.write(step.data)
        await self._writer.drain()
        if step.verb == "binary":
            self._owes = True
            await self.settle(writer)
            return
        reply = Reply(step.verb)
        while not reply.ended:
            writer.write(reply.take(self._buffer))
            if not reply.ended:
                await self._more()

    async def settle(self, writer: asyncio.StreamWriter) -> None:
        """Hand back all that is answered so far: until the answer to a question of our own."""
        if not self._owes:
            return
        self._owes = False
        self._writer.write(HEADER.pack(0x80, NOOP, 0, 0, 0, 0, 0, MARK, 0))
        await self._writer.drain()
        while True:
            while len(self._buffer) < HEADER.size:
                await self._more()
            _, opcode, _, _, _, _, body, opaque, _ = HEADER.unpack_from(self._buffer)
            while len(self._buffer) < HEADER.size + body:
                await self._more()
            said = bytes(self._buffer[: HEADER.size + body])
            del self._buffer[: HEADER.size + body]
            if (opcode, opaque) == (NOOP, MARK):
                return
            writer.write(said)

    async def _more(self) -> None:
        data = await self._reader.read(PIECE)
        if not data:
            raise OSError("the node closed the connection")
        self._buffer += data

    def close(self) -> None:
        self._writer.close()
