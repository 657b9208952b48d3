"""Name servers over TCP, TLS and HTTPS, and NOTIFY to secondaries."""

from __future__ import annotations

import asyncio
import signal
import socket
from typing import Any

from hypercorn.asyncio import serve as serve_http

from forecourt.config import Config
from forecourt.planes.dns.https import application
from forecourt.planes.dns.notify import Notifier
from forecourt.planes.dns.protocol import Responder
from forecourt.planes.dns.streams import Connections, Stream
from forecourt.platform.metrics import DNS_QUERIES
from forecourt.processes.channel import Channel
from forecourt.roles.following import Following
from forecourt.roles.secure import Certificates, Http

DRAIN = 5.0  # seconds open connections get when we end
TICK = 1.0
DOT, DOH = "dot", "doh"


def run(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    asyncio.run(serve_all(config, channel, sockets))


async def serve_all(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    loop = asyncio.get_running_loop()
    following = Following(config, "streams")
    listening = Listening(config, following)
    stop = asyncio.Event()
    started = False
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    async def serve(purpose: dict[str, Any], sock: socket.socket) -> None:
        await listening.serve(purpose, sock)
        if started:
            following.catch_up(renew=True)

    pending: set[asyncio.Task[None]] = set()

    def told() -> None:
        message = channel.receive()
        if message is None or message[1] is None:
            stop.set()
            return
        task = loop.create_task(serve(message[0]["socket"], message[1]))
        pending.add(task)
        task.add_done_callback(pending.discard)

    for purpose, sock in sockets:
        await serve(purpose, sock)
    following.join()
    started = True
    notifier = Notifier(config.transfers.secondaries, config.transfers.keys)
    telling = loop.create_task(notifier.run())

    def tell() -> None:
        if config.transfers.notify:
            for origin, serial in following.serials().items():
                notifier.changed(origin, serial)

    def rung() -> None:
        following.rung()
        tell()

    tell()
    loop.add_reader(following.bell, rung)
    loop.add_reader(channel, told)
    channel.send({"ready": True})
    last = loop.time()
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), TICK)
        except TimeoutError:
            following.late(loop.time() - last - TICK)
            following.tick()
            listening.count()
            last = loop.time()
    await listening.close()
    telling.cancel()
    following.leave()


class Listening:
    """The sockets, by what is spoken on them."""

    def __init__(self, config: Config, following: Following) -> None:
        self._following = following
        self._connections, self._secure = Connections(), Connections()
        self._servers: list[asyncio.Server] = []
        self._certificates = Certificates(config, following)
        self._addresses: dict[str, Responder] = {}
        self._http: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self._https = 0

    async def serve(self, purpose: dict[str, Any], sock: socket.socket) -> None:
        view, transport = purpose["view"], purpose.get("transport", "")
        responder = self._following.responder(view)
        loop = asyncio.get_running_loop()
        if not transport:
            plain = await loop.create_server(
                lambda: Stream(responder, self._connections), sock=sock
            )
            self._servers.append(plain)
            self._following.serves(view)
            return
        address = sock.getsockname()[0]
        context = self._certificates.context(view, address)
        self._addresses[address] = responder
        if transport == DOT:
            secure = await loop.create_server(
                lambda: Stream(responder, self._secure, "TLS"), sock=sock, ssl=context
            )
            self._servers.append(secure)
        else:
            settings = Http(context, sock)
            app: Any = application(self._addresses.get, self._counted)
            task = loop.create_task(serve_http(app, settings, shutdown_trigger=self._stop.wait))
            self._http.add(task)

    def count(self) -> None:
        """Write down how many queries came."""
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
