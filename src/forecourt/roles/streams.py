"""Name servers over TCP, TLS and HTTPS, and NOTIFY to secondaries."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from hypercorn.asyncio import serve as serve_http

from forecourt.config import Config
from forecourt.planes.dns.https import application
from forecourt.planes.dns.notify import Notifier
from forecourt.planes.dns.protocol import Responder
from forecourt.planes.dns.sources import BySource
from forecourt.planes.dns.streams import Connections, Stream, StreamRelay
from forecourt.platform.metrics import DNS_QUERIES
from forecourt.processes.channel import Channel
from forecourt.roles.following import Following
from forecourt.roles.local import own_network, where_resolved
from forecourt.roles.secure import Certificates, Http
from forecourt.roles.serving import serve_all

DRAIN = 5.0  # seconds open connections get when we end
DOT, DOH = "dot", "doh"


def run(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    asyncio.run(serve(config, channel, sockets))


async def serve(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    following = Following(config, "streams")
    listening = Streams(config, following)
    telling = asyncio.create_task(listening.notifier.run())
    await serve_all(channel, sockets, following, listening)
    telling.cancel()


class Streams:
    """The sockets, by what is spoken on them."""

    def __init__(self, config: Config, following: Following) -> None:
        self._following, self._tells = following, config.transfers.notify
        self.notifier = Notifier(config.transfers.secondaries, config.transfers.keys)
        self._relay = StreamRelay(where_resolved(config), own_network(config))
        self._connections, self._secure = Connections(), Connections()
        self._servers: list[asyncio.Server] = []
        self._certificates = Certificates(config, following)
        self._addresses: dict[str, OverHttps] = {}
        self._http: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self._https = 0

    async def serve(self, purpose: dict[str, Any], sock: socket.socket) -> None:
        view, transport = purpose["view"], purpose.get("transport", "")
        responder = self._following.responder(view)
        loop = asyncio.get_running_loop()
        if not transport:
            plain = await loop.create_server(
                lambda: Stream(responder, self._connections, relay=self._relay), sock=sock
            )
            self._servers.append(plain)
            self._following.serves(view)
            return
        address = sock.getsockname()[0]
        context = self._certificates.context(view, address)
        self._addresses[address] = OverHttps(responder, self._relay)
        if transport == DOT:
            secure = await loop.create_server(
                lambda: Stream(responder, self._secure, "TLS", self._relay),
                sock=sock,
                ssl=context,
            )
            self._servers.append(secure)
        else:
            settings = Http(context, sock)
            app: Any = application(self._addresses.get, self._counted)
            task = loop.create_task(serve_http(app, settings, shutdown_trigger=self._stop.wait))
            self._http.add(task)

    def changed(self) -> None:
        """Tell the secondaries."""
        if self._tells:
            for origin, serial in self._following.serials().items():
                self.notifier.changed(origin, serial)

    def tick(self) -> None:
        """Write down how many queries came."""
        self._certificates.tick()
        DNS_QUERIES.labels("tcp").inc(self._connections.take_count())
        DNS_QUERIES.labels("tls").inc(self._secure.take_count())
        DNS_QUERIES.labels("https").inc(self._https)
        self._https = 0

    async def close(self) -> None:
        """Take no more, and let what is under way end."""
        loop = asyncio.get_running_loop()
        self._stop.set()
        for server in self._servers:
            server.close()
        deadline = loop.time() + DRAIN
        for connections in (self._connections, self._secure):
            connections.close_idle()
        while (self._connections.open or self._secure.open) and loop.time() < deadline:
            await asyncio.sleep(0.05)
        if self._http:
            await asyncio.wait(self._http, timeout=max(0.1, deadline - loop.time()))

    def _counted(self) -> None:
        self._https += 1


class OverHttps:
    """A name server as the HTTPS application asks it."""

    def __init__(self, responder: Responder | BySource, relay: StreamRelay) -> None:
        self._responder, self._relay = responder, relay

    async def message(self, data: bytes, client: str, transport: str = "") -> bytes | None:
        reply = self._responder.message(data, client, transport=transport)
        if reply is None or not self._relay.takes(data, reply, client):
            return reply
        return await self._relay.ask(data, reply)
