"""Foreign names, asked of a name server by those it may help: handed on to the resolver.

    relay = Relay(resolver, allowed)
    relay.offer(query, reply, sock, client)      # whether it was handed on, in place of the refusal

The resolver's answer goes back from the socket that was asked, with the id that the query had.
"""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable
from typing import Any

from forecourt.planes.dns.wire import QR, RD, REFUSED

MOST = 4096  # queries handed on and not yet answered
PATIENCE = 10.0  # seconds
LARGEST = 65535
AT_ONCE = 64

Waiting = tuple[
    float, bytes, socket.socket, Any
]  # until when, the refusal it would get, where it came in, from whom


class Relay:
    def __init__(self, resolver: tuple[str, int], allowed: Callable[[str], bool]) -> None:
        family = socket.AF_INET6 if ":" in resolver[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.connect(resolver)
        self._allowed = allowed
        self._waiting: dict[int, Waiting] = {}

    def offer(self, query: bytes, reply: bytes, sock: socket.socket, client: Any) -> bool:
        """Hand a query on, if it was refused, wants recursion and comes from one of ours."""
        if not wants_more(query, reply) or not self._allowed(client[0]):
            return False
        if len(self._waiting) >= MOST:
            self._forget()
            if len(self._waiting) >= MOST:
                return False
        number = random.getrandbits(16)
        while number in self._waiting:
            number = random.getrandbits(16)
        try:
            self.socket.send(number.to_bytes(2, "big") + query[2:])
        except OSError:
            return False
        self._waiting[number] = time.monotonic() + PATIENCE, reply, sock, client
        return True

    def ready(self) -> None:
        """The resolver answered: give it to whom it is for."""
        for _ in range(AT_ONCE):
            try:
                data = self.socket.recv(LARGEST)
            except ConnectionRefusedError:  # there is no resolver: what was refused is
                waiting, self._waiting = list(self._waiting.values()), {}
                for _, refusal, sock, client in waiting:
                    give(sock, refusal, client)
                return
            except OSError:
                return
            known = self._waiting.pop(int.from_bytes(data[:2], "big"), None)
            if known is None or len(data) < 12:
                continue
            _, refusal, sock, client = known
            give(sock, refusal[:2] + data[2:], client)

    def _forget(self) -> None:
        now = time.monotonic()
        self._waiting = {n: each for n, each in self._waiting.items() if each[0] > now}


def wants_more(query: bytes, reply: bytes) -> bool:
    """Whether a query was refused that wants recursion."""
    refused = len(reply) > 3 and reply[3] & 0x0F == REFUSED
    return refused and bool(query[2] & RD) and not query[2] & (QR | 0x78)


def give(sock: socket.socket, reply: bytes, client: Any) -> None:
    try:
        sock.sendto(reply, client)
    except OSError:
        return
