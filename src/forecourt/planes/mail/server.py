"""The shells around sessions: sockets, time, TLS, limits.  What a session asks is answered by a port.

    server = await loop.create_server(lambda: Line(imap_session, answer, limits, context), sock=sock)

One reader at a time works on a connection: bytes that come meanwhile wait, and so does their sender.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from .conversation import Conversation

log = logging.getLogger(__name__)

MUCH_TO_READ = 512 * 1024  # bytes that wait here before the sender has to
MUCH_TO_WRITE = 1024 * 1024
TARPIT = 1.0  # seconds an answer waits once a client has made some errors
PATIENCE = 3  # errors before that
HANDSHAKE = 30.0  # seconds


@dataclass(slots=True)
class Limits:
    """How many connections there may be, and who has them."""

    connections: int = 2000
    per_client: int = 100
    exempt: tuple[str, ...] = ("127.", "::1")  # clients not counted, by the start of their address
    clients: Counter[str] = field(default_factory=Counter)
    open: set[Line] = field(default_factory=set)

    def admits(self, address: str) -> bool:
        if len(self.open) >= self.connections:
            return False
        return address.startswith(self.exempt) or self.clients[address] < self.per_client


class Asked(Protocol):
    """Who answers a session's questions: one for each connection."""

    session: Any

    async def answer(self, question: Any) -> Any:
        """The answer; whatever the session's protocol has for refusals is raised."""

    def is_start_tls(self, question: Any) -> bool: ...

    def secured(self, tls: str) -> None: ...

    def idle_for(self) -> float:
        """Seconds the client may be silent now."""

    def busy(self) -> str:
        """What is said to one too many."""

    def farewell(self) -> str:
        """What is said when the server ends."""

    async def closed(self) -> None: ...


class Line(asyncio.Protocol):
    def __init__(
        self,
        make: Callable[[Line, str, str], Asked],
        limits: Limits,
        context: ssl.SSLContext | None,
        *,
        refusals: tuple[type[Exception], ...],
    ) -> None:
        self._make, self._limits, self._context = make, limits, context
        self._refusals = refusals
        self._transport: asyncio.Transport | None = None
        self._asked: Asked | None = None
        self._client = ""
        self._task: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._timer: asyncio.TimerHandle | None = None
        self._paused = self._lost = self._turning = self._ending = False
        self._more = False

    # ----- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._asked is not None:  # after STARTTLS the same session goes on
            return
        peer = transport.get_extra_info("peername")
        self._client = peer[0] if peer else ""
        tls = tls_of(transport)
        self._asked = self._make(self, self._client, tls)
        admitted = self._limits.admits(self._client)
        self._limits.open.add(self)
        self._limits.clients[self._client] += 1
        if not admitted:
            self._transport.write(self._asked.busy().encode() + b"\r\n")
            transport.close()
            self._lost = True
            return
        self._transport.set_write_buffer_limits(high=MUCH_TO_WRITE)
        self._go_on()

    def data_received(self, data: bytes) -> None:
        if self._asked is None or self._lost:
            return
        session: Conversation = self._asked.session
        session.receive(data)
        self._go_on()
        self._read_or_wait()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._turning:
            return
        self._lost = True
        self._room.set()
        if self._timer is not None:
            self._timer.cancel()
        self._limits.open.discard(self)
        self._limits.clients[self._client] -= 1
        if not self._limits.clients[self._client]:
            del self._limits.clients[self._client]
        if self._asked is not None and self._task is None:
            self._task = asyncio.ensure_future(self._asked.closed())

    def pause_writing(self) -> None:
        """Who does not read what we say is not listened to."""
        self._room.clear()
        self._read_or_wait()

    def resume_writing(self) -> None:
        self._room.set()
        self._read_or_wait()

    # ----- ours

    def stir(self) -> None:
        """What the session looks at may have changed, and it waits for that."""
        self._go_on()

    def end(self) -> None:
        """The server ends: what is under way is answered, then we say so and close."""
        self._ending = True
        if self._task is None:
            self._say_farewell()

    def _say_farewell(self) -> None:
        if self._transport is not None and self._asked is not None and not self._lost:
            self._lost = True
            self._transport.write(self._asked.farewell().encode() + b"\r\n")
            self._transport.close()

    def _go_on(self) -> None:
        if self._task is not None:
            self._more = True
            return
        self._rest()
        session = self._asked.session if self._asked is not None else None
        if session is None:
            return
        question = self._step(session)
        if question is None:  # nothing was asked: no task is needed
            self._flush(session)
            return
        self._task = asyncio.ensure_future(self._work(question))

    def _step(self, session: Conversation) -> Any:
        try:
            return session.next()
        except Exception:
            log.exception("an error in a session")
            session.closed = True
            return None

    def _flush(self, session: Conversation) -> None:
        if self._transport is None or self._lost:
            return
        if data := session.outgoing():
            self._transport.write(data)
        if session.closed:
            self._lost = True
            self._transport.close()
        else:
            self._read_or_wait()

    def _read_or_wait(self) -> None:
        """Take no more from a client before it has room, and what it said was looked at."""
        if self._asked is None or self._transport is None or self._transport.is_closing():
            return
        much = MUCH_TO_READ // 2 if self._paused else MUCH_TO_READ
        full = self._asked.session.waiting > much or not self._room.is_set()
        if full and not self._paused:
            self._transport.pause_reading()
        elif self._paused and not full:
            self._transport.resume_reading()
        self._paused = full

    async def _work(self, question: Any) -> None:
        asked = self._asked
        assert asked is not None
        session: Conversation = asked.session
        try:
            while not self._lost:
                self._more = False
                while question is not None and not self._lost:
                    if asked.is_start_tls(question):
                        await self._turn_to_tls()
                    else:
                        await self._answer(asked, question)
                    self._flush(session)
                    await self._room.wait()
                    question = self._step(session)
                errors = getattr(session, "errors", 0)
                if errors > PATIENCE and not session.closed:
                    await asyncio.sleep(TARPIT)
                self._flush(session)
                if self._ending:
                    self._say_farewell()
                if not self._more or self._lost or session.closed:
                    break
                question = self._step(session)
        except (ConnectionError, ssl.SSLError, TimeoutError, OSError):
            self._abort()
        except Exception:
            log.exception("an error in a connection")
            self._abort()
        finally:
            self._task = None
        if self._lost and self._transport is not None and self._transport.is_closing():
            await asked.closed()
        self._rest()

    async def _answer(self, asked: Asked, question: Any) -> None:
        try:
            asked.session.answer(await asked.answer(question))
        except self._refusals as refusal:
            asked.session.refuse(refusal)

    async def _turn_to_tls(self) -> None:
        assert self._asked is not None and self._transport is not None and self._context is not None
        self._flush(self._asked.session)
        self._turning = True
        try:
            transport = await asyncio.get_running_loop().start_tls(
                self._transport,
                self,
                self._context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE,
            )
        finally:
            self._turning = False
        if transport is None:
            raise ConnectionError
        self._transport = transport
        self._asked.secured(tls_of(transport))

    def _rest(self) -> None:
        """A client that says nothing for long is hung up on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._asked is not None and not self._lost:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._asked.idle_for(), self._too_long)

    def _too_long(self) -> None:
        if self._task is None:
            self.end()
        else:
            self._rest()

    def _abort(self) -> None:
        self._lost = True
        if self._transport is not None:
            self._transport.abort()


def tls_of(transport: asyncio.BaseTransport) -> str:
    """Version and cipher; empty in the clear."""
    cipher = transport.get_extra_info("cipher")
    return f"{cipher[1]} {cipher[0]}" if cipher else ""
