"""Name servers over UDP.  One thread: its sockets, the feed's bell and the supervisor, in one loop."""

from __future__ import annotations

import signal
import socket
from typing import Any

from forecourt.config import Config
from forecourt.planes.dns.relay import Relay
from forecourt.planes.dns.server import Server
from forecourt.platform.metrics import DNS_LIMITED, DNS_QUERIES
from forecourt.processes.channel import Channel
from forecourt.roles.following import Following
from forecourt.roles.local import own_network, where_resolved


def run(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    following = Following(config, "dns")
    server = Server()
    server.hand_on(Relay(where_resolved(config), own_network(config)))
    signal.signal(signal.SIGTERM, lambda *_: setattr(server, "stopping", True))

    def serve(purpose: dict[str, Any], sock: socket.socket) -> None:
        view = purpose["view"]
        server.serve(sock, following.responder(view))
        following.serves(view)

    def told() -> None:
        message = channel.receive()
        if message is None or message[1] is None:
            server.stopping = True
            return
        serve(message[0]["socket"], message[1])
        following.catch_up(renew=True)

    counted = [0, 0]

    def tick() -> None:
        following.tick()
        queries, limited = server.counts()
        DNS_QUERIES.labels("udp").inc(queries - counted[0])
        DNS_LIMITED.labels("udp").inc(limited - counted[1])
        counted[:] = queries, limited

    for purpose, sock in sockets:
        serve(purpose, sock)
    following.join()
    server.watch(following.bell.fileno(), following.rung)
    server.watch(channel.fileno(), told)
    channel.send({"ready": True})
    server.run(tick, following.late)
    following.leave()
    server.close()
