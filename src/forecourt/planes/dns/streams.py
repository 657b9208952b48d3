"""DNS over TCP (RFC 7766): messages after their length, any number on one connection."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator

from forecourt.planes.dns.protocol import Responder
from forecourt.planes.dns.relay import PATIENCE, wants_more
from forecourt.planes.dns.sources import BySource

log = logging.getLogger(__name__)

IDLE = 10.0  # seconds a connection may rest, or take for one message
MOST_CONNECTIONS = 1000
MOST_OF_ONE_CLIENT = 100
MOST_ASKED = 64  # of the resolver at a time
MOST_HANDED_ON = 100  # of one connection, not yet answered
HIGH_WATER = 256 * 1024  # bytes of answers that may wait to be read


class StreamRelay:
    """Foreign names, handed on to the resolver over connections too."""

    def __init__(self, resolver: tuple[str, int], allowed: Callable[[str], bool]) -> None:
        self._resolver, self._allowed = resolver, allowed
        self._asked = asyncio.Semaphore(MOST_ASKED)

    def takes(self, query: bytes, reply: bytes, client: str) -> bool:
        return wants_more(query, reply) and self._allowed(client)

    async def ask(self, query: bytes, refusal: bytes) -> bytes:
        """What the resolver answers; the refusal, if it does not."""
        try:
            async with asyncio.timeout(PATIENCE), self._asked:
                reader, writer = await asyncio.open_connection(*self._resolver)
                try:
                    writer.write(len(query).to_bytes(2, "big") + query)
                    length = int.from_bytes(await reader.readexactly(2), "big")
                    return await reader.readexactly(length)
                finally:
                    writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return refusal


class Connections:
    """All connections of a process, counted."""

    def __init__(self) -> None:
        self.open: set[Stream] = set()
        self._clients: Counter[str] = Counter()
        self.queries = 0

    def take_count(self) -> int:
        """How many queries came since this was last asked."""
        count, self.queries = self.queries, 0
        return count

    def close_idle(self) -> None:
        """Close the connections on which no message is under way."""
        for stream in list(self.open):
            stream.close_if_idle()

    def admit(self, stream: Stream) -> bool:
        if len(self.open) >= MOST_CONNECTIONS:
            return False
        if self._clients[stream.client] >= MOST_OF_ONE_CLIENT:
            return False
        self._clients[stream.client] += 1
        self.open.add(stream)
        return True

    def leave(self, stream: Stream) -> None:
        if stream in self.open:
            self.open.discard(stream)
            self._clients[stream.client] -= 1
            if not self._clients[stream.client]:
                del self._clients[stream.client]


class Stream(asyncio.Protocol):
    def __init__(
        self,
        responder: Responder | BySource,
        connections: Connections,
        transport: str = "TCP",
        relay: StreamRelay | None = None,
    ) -> None:
        """What `relay` takes is answered by it, in whatever order that comes (RFC 7766 §6.2.1.1)."""
        self._responder, self._connections = responder, connections
        self._relay, self._handed_on = relay, set[asyncio.Task[None]]()
        self._transport_name = transport
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._replies: Iterator[bytes] | None = None  # of the message that is being answered
        self._broken = False  # whether an answer ended in the middle
        self._paused = False  # whether answers wait to be read
        self.client = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.client = transport.get_extra_info("peername")[0]
        if not self._connections.admit(self):
            transport.abort()
            return
        transport.set_write_buffer_limits(HIGH_WATER)
        self._rest()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._answer()

    def _answer(self) -> None:
        """Answer the messages that are whole, until the client must read first."""
        assert self._transport is not None
        answered = False
        while not self._paused:
            if self._replies is not None:
                if self._write_one():
                    answered = True
                    continue
                if self._broken:
                    return
            if len(self._buffer) < 2:
                break
            length = self._buffer[0] << 8 | self._buffer[1]
            if len(self._buffer) < 2 + length:
                break
            message = bytes(self._buffer[2 : 2 + length])
            del self._buffer[: 2 + length]
            self._connections.queries += 1
            try:
                self._replies = self._responder.messages(message, self.client, self._transport_name)
            except Exception:
                log.exception("an error while answering")
                self._replies = iter(())
            if not self._write_one(message):
                self._transport.abort()
                return
            answered = True
        if answered:
            self._rest()

    def _write_one(self, message: bytes = b"") -> bool:
        """Write the next of the messages that answer one, or hand it on; whether there was one."""
        assert self._transport is not None
        try:
            reply = next(self._replies or iter(()), None)
        except Exception:
            log.exception("an error while answering")
            self._broken = True
            self._transport.abort()
            reply = None
        if reply is None:
            self._replies = None
            return False
        relay, room = self._relay, len(self._handed_on) < MOST_HANDED_ON
        if message and room and relay is not None and relay.takes(message, reply, self.client):
            task = asyncio.ensure_future(self._hand_on(relay, message, reply))
            self._handed_on.add(task)
            task.add_done_callback(self._handed_on.discard)
            return True
        self._transport.write(len(reply).to_bytes(2, "big") + reply)
        return True

    async def _hand_on(self, relay: StreamRelay, message: bytes, refusal: bytes) -> None:
        if self._timer is not None:
            self._timer.cancel()  # it rests again once this is answered
        reply = await relay.ask(message, refusal)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(len(reply).to_bytes(2, "big") + reply)
            self._rest()

    def pause_writing(self) -> None:
        self._paused = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._paused = False
        if self._transport is not None:
            self._transport.resume_reading()
            self._rest()  # what was written was read
            self._answer()

    def eof_received(self) -> bool:
        return bool(self._handed_on)  # what is under way is answered

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for task in self._handed_on:
            task.cancel()
        self._connections.leave(self)

    def close_if_idle(self) -> None:
        if self._transport is not None and not self._buffer and not self._handed_on:
            self._transport.close()

    def _rest(self) -> None:
        """Start to wait for the next message."""
        if self._timer is not None:
            self._timer.cancel()
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(IDLE, self._transport.abort)
