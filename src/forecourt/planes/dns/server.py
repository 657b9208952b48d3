"""DNS over UDP: one thread, epoll over its sockets and whatever else must be watched.

No asyncio: a datagram costs the kernel's work and one look-up.  What is not a socket of ours (the
feed's bell, the supervisor) is watched in the same loop, so that answers never wait for a lock.
"""

from __future__ import annotations

import logging
import select
import socket
import time
from collections.abc import Callable

from forecourt.planes.dns.protocol import Responder
from forecourt.planes.dns.relay import Relay
from forecourt.planes.dns.sources import BySource
from forecourt.planes.dns.wire import REFUSED

log = logging.getLogger(__name__)

AT_ONCE = 64  # datagrams taken from one socket before the others are looked at
LARGEST = 4096  # of a query
TICK = 1.0  # seconds

Ready = Callable[[], None]
Answering = Responder | BySource


class Server:
    """Answers on sockets until it is stopped."""

    def __init__(self) -> None:
        self._poll = select.epoll() if hasattr(select, "epoll") else select.poll()
        self._ready: dict[int, Ready] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._responders: list[Answering] = []
        self._relay: Relay | None = None
        self.stopping = False

    def hand_on(self, relay: Relay) -> None:
        """Let what is refused to our own be answered by a resolver; before `serve`."""
        self._relay = relay
        self.watch(relay.socket.fileno(), relay.ready)

    def serve(self, sock: socket.socket, responder: Answering) -> None:
        """Answer what comes to a UDP socket."""
        sock.setblocking(False)
        self._sockets[sock.fileno()] = sock
        if responder not in self._responders:
            self._responders.append(responder)
        self.watch(sock.fileno(), receiver(sock, responder, self._relay))

    def watch(self, descriptor: int, ready: Ready) -> None:
        """Call `ready` when a descriptor can be read."""
        self._ready[descriptor] = ready
        self._poll.register(descriptor, select.EPOLLIN if self._has_epoll else select.POLLIN)

    def run(self, tick: Callable[[], None], late: Callable[[float], None]) -> None:
        """Serve.  `tick` is called every second; `late` before answering, if we slept too long."""
        ready, poll = self._ready, self._poll.poll
        wait = TICK / 4 if self._has_epoll else TICK * 250
        next_tick = last = time.monotonic()
        while not self.stopping:
            events = poll(wait)
            now = time.monotonic()
            if now - last > TICK:
                late(now - last)
            last = now
            for descriptor, _ in events:
                try:
                    ready[descriptor]()
                except Exception:
                    log.exception("an error while answering")
            if now >= next_tick:
                next_tick = now + TICK
                try:
                    for responder in self._responders:
                        responder.tick()
                    tick()
                except Exception:
                    log.exception("an error between seconds")

    @property
    def _has_epoll(self) -> bool:
        return hasattr(select, "epoll")

    def counts(self) -> tuple[int, int]:
        """How many queries came, and how many of them were above the rate limit."""
        return (
            sum(responder.queries for responder in self._responders),
            sum(responder.dropped for responder in self._responders),
        )

    def close(self) -> None:
        for sock in self._sockets.values():
            sock.close()
        if isinstance(self._poll, select.epoll):
            self._poll.close()


def receiver(sock: socket.socket, responder: Answering, relay: Relay | None = None) -> Ready:
    receive, send, respond = sock.recvfrom, sock.sendto, responder.datagram

    def ready() -> None:
        for _ in range(AT_ONCE):
            try:
                data, address = receive(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error for an earlier answer
            if (reply := respond(data, address[0])) is not None:
                if reply[3] & 0x0F == REFUSED and relay and relay.offer(data, reply, sock, address):
                    continue
                try:  # cheaper than contextlib.suppress, which is seen here
                    send(reply, address)
                except OSError:
                    continue

    return ready
