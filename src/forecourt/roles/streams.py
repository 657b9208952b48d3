"""Name servers over TCP."""

from __future__ import annotations

import asyncio
import signal
import socket
from typing import Any

from forecourt.config import Config
from forecourt.planes.dns.notify import Notifier
from forecourt.planes.dns.streams import Connections, Stream
from forecourt.platform.metrics import DNS_QUERIES
from forecourt.processes.channel import Channel
from forecourt.roles.following import Following

DRAIN = 5.0  # seconds open connections get when we end
TICK = 1.0


def run(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    asyncio.run(serve_all(config, channel, sockets))


async def serve_all(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    loop = asyncio.get_running_loop()
    following = Following(config, "streams")
    connections, stop = Connections(), asyncio.Event()
    servers: list[asyncio.Server] = []
    started = False
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    async def serve(purpose: dict[str, Any], sock: socket.socket) -> None:
        responder = following.responder(purpose["view"])
        servers.append(await loop.create_server(lambda: Stream(responder, connections), sock=sock))
        following.serves(purpose["view"])
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
            DNS_QUERIES.labels("tcp").inc(connections.take_count())
            last = loop.time()
    for server in servers:
        server.close()
    connections.close_idle()
    deadline = loop.time() + DRAIN
    while connections.open and loop.time() < deadline:
        await asyncio.sleep(0.05)
    telling.cancel()
    following.leave()
