"""Resolvers: the public one, and those of VPCs, over UDP, TCP, TLS and HTTPS."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from typing import Any

import dns.name
import dns.rdatatype
from hypercorn.asyncio import serve as serve_http

from forecourt.config import Config
from forecourt.planes.dns.https import application
from forecourt.planes.dns.protocol import Responder
from forecourt.planes.dns.sources import BySource
from forecourt.planes.resolver.cache import Cache
from forecourt.planes.resolver.service import Service
from forecourt.platform.metrics import DNS_QUERIES
from forecourt.platform.network.addresses import RESOLVER
from forecourt.processes.channel import Channel
from forecourt.roles.following import Following
from forecourt.roles.internet import Internet
from forecourt.roles.local import own_network
from forecourt.roles.secure import DRAIN, Certificates, Http
from forecourt.roles.serving import serve_all
from forecourt.store.store import Unavailable

log = logging.getLogger(__name__)

AT_ONCE = 64  # datagrams taken before others are looked at
LARGEST = 4096
MOST_PENDING = 2000  # questions under way; more are not answered
MOST_OF_STREAM = 100
IDLE = 10.0  # seconds a connection may rest
FORGOTTEN_AFTER = (0.0, 0.02, 0.2, 1.0)  # seconds after a name of ours moved
DOT = "dot"


def run(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    asyncio.run(resolve(config, channel, sockets))


async def resolve(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    following = Following(config, "resolver")
    await serve_all(channel, sockets, following, Resolving(config, following))


class Resolving:
    """One walker and its cache behind every resolver's address."""

    def __init__(self, config: Config, following: Following) -> None:
        self._following = following
        self._allowed = own_network(config)
        self._internet = Internet(config, following.store)
        _, self._anchors = self._internet.root()
        self.walker = self._internet.walker(Cache(config.dns.resolver_cache))
        self._certificates = Certificates(config, following)
        self._services: dict[Any, Service] = {}
        self._at: dict[str, Service] = {}
        self._servers: list[asyncio.Server] = []
        self._sockets: list[socket.socket] = []
        self._http: set[asyncio.Task[None]] = set()
        self._pending: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()

    async def serve(self, purpose: dict[str, Any], sock: socket.socket) -> None:
        view, transport = purpose["view"], purpose.get("transport", "")
        service = self._service(view)
        loop = asyncio.get_running_loop()
        if not transport and sock.type == socket.SOCK_DGRAM:
            sock.setblocking(False)
            self._sockets.append(sock)
            loop.add_reader(sock, self._datagrams, sock, service)
            if view != RESOLVER:
                self._following.serves(view)
            return
        if not transport:
            server = await loop.create_server(lambda: Conversation(service), sock=sock)
            self._servers.append(server)
            return
        address = sock.getsockname()[0]
        context = self._certificates.context(view, address)
        self._at[address] = service
        if transport == DOT:
            server = await loop.create_server(lambda: Conversation(service), sock=sock, ssl=context)
            self._servers.append(server)
            return
        app: Any = application(self._over_https, lambda: None)
        settings = Http(context, sock)
        self._http.add(
            loop.create_task(serve_http(app, settings, shutdown_trigger=self._stop.wait))
        )

    def changed(self) -> None:
        """Views answer by what is followed; what was resolved is as old as its TTLs say, but for names
        that we give to what moves, as endpoints of caches do.  Each is forgotten more than once: name
        servers may be some milliseconds behind us.
        """
        moved = frozenset(self._following.moved)
        self._following.moved.clear()
        if moved:
            loop = asyncio.get_running_loop()
            for seconds in FORGOTTEN_AFTER:
                loop.call_later(seconds, self._forget, moved)

    def _forget(self, names: frozenset[bytes]) -> None:
        for wire in names:
            name, _ = dns.name.from_wire(wire, 0)
            for type_ in (dns.rdatatype.A, dns.rdatatype.AAAA):
                self.walker.cache.forget((name, int(type_)))
        for service in self._services.values():
            service.forget(names)

    def tick(self) -> None:
        self._certificates.tick()
        for service in self._services.values():
            DNS_QUERIES.labels("resolver").inc(service.queries)
            service.queries = 0
        try:
            roots, anchors = self._internet.root()
        except Unavailable:
            return  # what is known holds meanwhile
        if anchors != self._anchors:  # everything was emptied, and begins anew
            self._anchors = anchors
            self.walker.start_at(roots, anchors)
            for service in self._services.values():
                service.forget()

    async def close(self) -> None:
        self._stop.set()
        loop = asyncio.get_running_loop()
        for sock in self._sockets:
            loop.remove_reader(sock)
        for server in self._servers:
            server.close()
        waiting = self._pending | self._http
        if waiting:
            await asyncio.wait(waiting, timeout=DRAIN)

    def _service(self, view: Any) -> Service:
        if view not in self._services:
            if view == RESOLVER:
                by_source: BySource = self._following.by_source()
                responder_of = by_source.of
            else:
                responder = self._following.responder(view)
                responder_of = constant(responder)
            self._services[view] = Service(self.walker, responder_of, self._allowed, time.time)
        return self._services[view]

    def _over_https(self, address: str) -> Any:
        service = self._at.get(address)
        return OverHttps(service) if service is not None else None

    def _datagrams(self, sock: socket.socket, service: Service) -> None:
        for _ in range(AT_ONCE):
            try:
                data, where = sock.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                continue
            if (reply := service.at_once(data, where[0])) is not None:
                send(sock, reply, where)
            elif len(self._pending) < MOST_PENDING:
                task = asyncio.ensure_future(self._answer(sock, service, data, where))
                self._pending.add(task)
                task.add_done_callback(self._pending.discard)

    async def _answer(self, sock: socket.socket, service: Service, data: bytes, where: Any) -> None:
        try:
            reply = await service.message(data, where[0])
        except Exception:
            log.exception("an error while resolving")
            return
        if reply is not None:
            send(sock, reply, where)


class OverHttps:
    """A service as the HTTPS application asks it."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def message(self, data: bytes, client: str, transport: str = "") -> bytes | None:
        return await self._service.message(data, client, stream=True)


class Conversation(asyncio.Protocol):
    """One connection (RFC 7766): answers go as they come, in any order."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._buffer = bytearray()
        self._pending: set[asyncio.Task[None]] = set()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._client = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._client = transport.get_extra_info("peername")[0]
        self._rest()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 2:
            length = int.from_bytes(self._buffer[:2], "big")
            if len(self._buffer) < 2 + length:
                return
            message = bytes(self._buffer[2 : 2 + length])
            del self._buffer[: 2 + length]
            if len(self._pending) >= MOST_OF_STREAM:
                self._abort()
                return
            task = asyncio.ensure_future(self._answer(message))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)
            self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for task in self._pending:
            task.cancel()

    async def _answer(self, message: bytes) -> None:
        try:
            reply = await self._service.message(message, self._client, stream=True)
        except Exception:
            log.exception("an error while resolving")
            reply = None
        if reply is None or self._transport is None:
            self._abort()
            return
        self._transport.write(len(reply).to_bytes(2, "big") + reply)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(IDLE, self._abort)


def constant(responder: Responder) -> Any:
    return lambda client: responder


def send(sock: socket.socket, reply: bytes, where: Any) -> None:
    try:
        sock.sendto(reply, where)
    except OSError:
        return
