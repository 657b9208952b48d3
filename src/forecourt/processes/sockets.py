"""Binding: on the standard port where that is allowed, else on that plus 8000, else on the next free.

The supervisor binds everything and hands it down, so that roles need no privileges.
"""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from typing import Literal

UNPRIVILEGED = 8000  # added to a standard port that may not be bound
TRIES = 64  # ports tried after that
BACKLOG = 1024
UDP_BUFFER = 4 * 1024 * 1024

Transport = Literal["udp", "tcp"]


class CannotBind(Exception):
    """No port could be had; the text says where."""


@dataclass(frozen=True, slots=True)
class Listener:
    """What listens where, as `forecourt status --json` lists it."""

    name: str
    protocol: str
    address: str
    port: int


def choose_port(address: str, port: int, transports: tuple[Transport, ...]) -> int:
    """A port that can be bound for all of the transports."""
    candidates = [port, *range(port + UNPRIVILEGED, port + UNPRIVILEGED + TRIES)]
    if port >= 1024:
        candidates = list(range(port, port + TRIES))
    for candidate in candidates:
        if all(is_free(address, candidate, transport) for transport in transports):
            return candidate
    raise CannotBind(f"no port for {address}:{port} is free, nor any up to {candidates[-1]}")


def is_free(address: str, port: int, transport: Transport) -> bool:
    """Whether nobody listens there.  Asked without SO_REUSEPORT, under which two could."""
    try:
        with unbound(address, transport) as probe:
            probe.bind((address, port))
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES, errno.EPERM):
            return False
        raise CannotBind(f"{address} is not an address of this machine: {error}") from error
    return True


def unbound(address: str, transport: Transport) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    if transport == "udp":
        return socket.socket(family, socket.SOCK_DGRAM)
    # asyncio sets TCP_NODELAY on what is accepted only where the protocol is named.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return sock


def listen_tcp(address: str, port: int) -> socket.socket:
    sock = unbound(address, "tcp")
    sock.bind((address, port))
    sock.listen(BACKLOG)
    return sock


def bind_udp(address: str, port: int, count: int) -> list[socket.socket]:
    """Sockets that share a port, one for each process: the kernel spreads clients over them."""
    found = []
    for _ in range(count):
        sock = unbound(address, "udp")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER)
        sock.bind((address, port))
        found.append(sock)
    return found
