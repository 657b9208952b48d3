"""TLS before engines that have none: what comes over it goes on to the engine, and back.

terminator = Terminator(contexts, exchange_for)
await terminator.serve(door)
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from .client import Refused, Silent
from .durability import Gate
from .signing_in import Exchange, Malformed, Stream

HANDSHAKE = 10.0  # seconds
BACKLOG = 511
MOST = 20_000  # connections of a door
TLS_RECORD = 0x16  # how a handshake begins (RFC 8446 §5.1)


@dataclass(frozen=True, slots=True)
class Door:
    """Where a node's clients come in, and where its engine is."""

    node: str
    address: str
    port: int
    behind: int  # the engine's port, at the same address
    required: bool  # whether nothing but TLS is let in
    names: tuple[str, ...]  # that its certificate is for


class Terminator:
    def __init__(
        self,
        context_of: Callable[[Door], ssl.SSLContext],
        exchange_of: Callable[[Door], Exchange | None],
        gate_of: Callable[[Door], Gate | None],
    ) -> None:
        self._context_of, self._exchange_of, self._gate_of = context_of, exchange_of, gate_of
        self._doors: dict[str, tuple[Door, socket.socket, asyncio.Task[None]]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self.connections = 0

    @property
    def doors(self) -> dict[str, Door]:
        return {node: door for node, (door, _, _) in self._doors.items()}

    def open(self, door: Door) -> None:
        """Listen at a door.  OSError."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((door.address, door.port))
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
        listener.setblocking(False)
        task = asyncio.get_running_loop().create_task(self._accept(door, listener))
        self._doors[door.node] = door, listener, task

    def shut(self, node: str) -> None:
        _, listener, task = self._doors.pop(node)
        task.cancel()
        listener.close()

    async def _accept(self, door: Door, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(0.1)  # no descriptors are left
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.connections >= MOST:
                client.close()
                continue
            task = loop.create_task(self._let_in(door, client))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _let_in(self, door: Door, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(HANDSHAKE):
                first = await peek(client)
                encrypted = first == TLS_RECORD
                if first is None or (door.required and not encrypted):
                    client.close()
                    return
                context = self._context_of(door) if encrypted else None
                front = Front(self, door)
                await loop.connect_accepted_socket(lambda: front, client, ssl=context)
                exchange, gate = self._exchange_of(door), self._gate_of(door)
                if gate is not None:
                    await gate.begin()
                await loop.create_connection(
                    lambda: Back(front, exchange, gate),
                    door.address,
                    door.behind,
                    local_addr=(door.address, 0),
                )
        except (Refused, Silent, OSError, TimeoutError, ssl.SSLError):
            client.close()


async def peek(client: socket.socket) -> int | None:
    """The first byte that a client says, which is still to be read; None where it says nothing."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(client, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(client)
    with contextlib.suppress(OSError):
        data = client.recv(1, socket.MSG_PEEK)
        return data[0] if data else None
    return None


class Half(asyncio.Protocol):
    """One side of a connection: what it gets it gives to the other, no faster than that takes it."""

    def __init__(self) -> None:
        self.other: Half | None = None
        self.transport: asyncio.Transport | None = None
        self.waiting: list[bytes] = []
        self.full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def give(self, data: bytes) -> None:
        other = self.other
        if other is None or other.transport is None:
            self.waiting.append(data)
            if self.transport is not None:
                self.transport.pause_reading()
            return
        other.transport.write(data)

    def pause_writing(self) -> None:
        self.full = True
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        self.full = False
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()


class Front(Half):
    """The client's side."""

    def __init__(self, terminator: Terminator, door: Door) -> None:
        super().__init__()
        self._terminator = terminator
        self.stream: Stream | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._terminator.connections += 1

    def data_received(self, data: bytes) -> None:
        if self.stream is not None:
            try:
                data = self.stream.receive(data)
            except Malformed:
                assert self.transport is not None
                self.transport.close()
                return
        self.give(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._terminator.connections -= 1
        super().connection_lost(error)


class Back(Half):
    """The engine's side."""

    def __init__(self, front: Front, exchange: Exchange | None, gate: Gate | None) -> None:
        super().__init__()
        self._front, self._exchange, self._gate = front, exchange, gate

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        front = self._front
        if front.transport is None or front.transport.is_closing():
            transport.close()
            return
        early, front.waiting = b"".join(front.waiting), []
        if self._exchange is not None:
            front.stream = Stream(self._exchange)
        self.other, front.other = front, self
        if early:
            front.data_received(early)
        front.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self._gate is None:
            self.give(data)
            return
        assert self.transport is not None
        self.transport.pause_reading()  # so much is held of a connection, and no more
        self._gate.hold(data, self._let_go, self._drop)

    def _let_go(self, data: bytes) -> None:
        if self._front.transport is not None and not self._front.transport.is_closing():
            self.give(data)
        if self.transport is not None and not (self.transport.is_closing() or self._front.full):
            self.transport.resume_reading()

    def _drop(self) -> None:
        for half in (self._front, self):
            if half.transport is not None:
                half.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if self._gate is None or error is not None:
            super().connection_lost(error)
        else:  # after what is held
            self._gate.hold(b"", lambda _: super(Back, self).connection_lost(None), self._drop)
