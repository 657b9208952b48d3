"""Ports: the one asked for, else the next free; sockets that share one."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from forecourt.processes.sockets import (
    TRIES,
    CannotBind,
    Transport,
    bind_udp,
    choose_port,
    is_free,
    listen_tcp,
)

ADDRESS = "127.61.250.1"


@contextlib.contextmanager
def taken(port: int, kind: Transport, address: str = ADDRESS) -> Iterator[int]:
    type_ = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, type_) as sock:
        sock.bind((address, port))
        if kind == "tcp":
            sock.listen()
        yield sock.getsockname()[1]


def test_the_port_asked_for() -> None:
    assert choose_port(ADDRESS, 14566, ("tcp",)) == 14566


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_the_next_one_free_for_all_transports(kind: Transport) -> None:
    with taken(14566, kind):
        assert choose_port(ADDRESS, 14566, ("udp", "tcp")) == 14567
        assert not is_free(ADDRESS, 14566, kind)
    assert is_free(ADDRESS, 14566, kind)


def test_a_standard_port_in_use_gives_that_plus_8000() -> None:
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(PermissionError):  # then nobody may bind it
            stack.enter_context(taken(53, "udp"))
        assert choose_port(ADDRESS, 53, ("udp", "tcp")) == 8053
        stack.enter_context(taken(8053, "tcp"))
        assert choose_port(ADDRESS, 53, ("udp", "tcp")) == 8054


def test_udp_in_use_shared_is_in_use() -> None:
    (sock,) = bind_udp(ADDRESS, 14570, 1)
    with sock:
        assert not is_free(ADDRESS, 14570, "udp")


def test_no_port_left() -> None:
    with contextlib.ExitStack() as stack:
        for port in range(14600, 14600 + TRIES):
            stack.enter_context(taken(port, "tcp"))
        with pytest.raises(CannotBind, match=rf"{ADDRESS}:14600 is free, nor any up to 14663"):
            choose_port(ADDRESS, 14600, ("tcp",))


def test_an_address_of_another_machine() -> None:
    with pytest.raises(CannotBind, match="192.0.2.1 is not an address of this machine"):
        choose_port("192.0.2.1", 14566, ("tcp",))


def test_sockets_that_share_a_port_share_the_clients() -> None:
    socks = bind_udp(ADDRESS, 14580, 2)
    with socks[0], socks[1], contextlib.ExitStack() as stack:
        for sock in socks:
            sock.setblocking(False)
        got = [0, 0]
        for _ in range(64):
            client = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            client.sendto(b"x", (ADDRESS, 14580))
        for at, sock in enumerate(socks):
            with contextlib.suppress(BlockingIOError):
                while sock.recv(16):
                    got[at] += 1
        assert sum(got) == 64
        assert all(got)


def test_a_listener_takes_connections_and_may_come_back_at_once() -> None:
    for _ in range(2):
        with (
            listen_tcp(ADDRESS, 14590) as sock,
            socket.create_connection((ADDRESS, 14590), 5) as client,
        ):
            accepted, _ = sock.accept()
            with accepted:
                accepted.sendall(b"hello")  # closed first by us: TIME_WAIT is here
            assert client.recv(5) == b"hello"


def test_ipv6() -> None:
    try:
        port = choose_port("::1", 14566, ("udp", "tcp"))
    except CannotBind:
        pytest.skip("no IPv6 here")
    with listen_tcp("::1", port) as sock:
        assert sock.family is socket.AF_INET6
