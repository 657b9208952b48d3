"""Foreign names asked of a name server: handed on for our own, refused to others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import pytest

from forecourt.planes.dns import relay as relays
from forecourt.planes.dns.relay import Relay
from forecourt.planes.dns.server import Server

from .building import query, read, responder


@contextmanager
def resolver() -> Iterator[tuple[str, int]]:
    """Answers everything with 192.0.2.99."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(0.05)
    done = threading.Event()

    def run() -> None:
        while not done.is_set():
            try:
                data, where = sock.recvfrom(4096)
            except TimeoutError:
                continue
            reply = dns.message.make_response(dns.message.from_wire(data))
            reply.answer.append(
                dns.rrset.from_text(reply.question[0].name, 60, "IN", "A", "192.0.2.99")
            )
            sock.sendto(reply.to_wire(), where)

    thread = threading.Thread(target=run)
    thread.start()
    yield sock.getsockname()
    done.set()
    thread.join()
    sock.close()


@contextmanager
def served(where: tuple[str, int], allowed: bool) -> Iterator[socket.socket]:
    """A client of a name server that hands on."""
    server, sock = Server(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    relay = Relay(where, lambda _: allowed)
    sock.bind(("127.0.0.1", 0))
    server.hand_on(relay)
    server.serve(sock, responder(rate=0))
    thread = threading.Thread(target=server.run, args=(lambda: None, lambda _: None))
    thread.start()
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(5)
    client.connect(sock.getsockname())
    yield client
    server.stopping = True
    thread.join()
    server.close()
    client.close()
    relay.socket.close()


def ask(client: socket.socket, name: str, **options: Any) -> dns.message.Message:
    data = query(name, **options)
    client.send(data)
    reply = read(client.recv(4096))
    assert reply.id == dns.message.from_wire(data).id
    return reply


def test_our_own_are_helped() -> None:
    with resolver() as where, served(where, True) as client:
        for number in range(20):
            reply = ask(client, f"n{number}.elsewhere.test.", id=number)
            assert reply.answer[0][0].to_text() == "192.0.2.99"
            assert ask(client, "www", id=number).answer[0][0].to_text() == "192.0.2.1"
        refused = ask(client, "www.elsewhere.test.", flags=0)
        assert refused.rcode() == dns.rcode.REFUSED


def test_without_a_resolver_it_is_a_refusal() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        where = nobody.getsockname()
    with served(where, True) as client:
        assert ask(client, "www.elsewhere.test.").rcode() == dns.rcode.REFUSED


def test_others_are_refused() -> None:
    with resolver() as where, served(where, False) as client:
        assert ask(client, "www.elsewhere.test.").rcode() == dns.rcode.REFUSED


def test_what_is_handed_on_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "MOST", 3)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    relay = Relay(sock.getsockname(), lambda _: True)
    data = query("x.elsewhere.test.")
    refusal = data[:3] + b"\x05" + data[4:]
    offered = [relay.offer(data, refusal, sock, ("127.0.0.1", 1)) for _ in range(5)]
    assert offered == [True, True, True, False, False]
    monkeypatch.setattr(relays, "PATIENCE", -1.0)
    relay._waiting = {n: (0.0, *rest) for n, (_, *rest) in relay._waiting.items()}
    assert relay.offer(data, refusal, sock, ("127.0.0.1", 1))
    sock.close()
    relay.socket.close()
