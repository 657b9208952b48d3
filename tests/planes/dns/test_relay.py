"""Foreign names asked of a name server: handed on for our own, refused to others."""

from __future__ import annotations

import asyncio
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
from forecourt.planes.dns.streams import Connections, Stream, StreamRelay
from tests.harness import tcp_frame

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


async def over_tcp(allowed: bool, *names: str, answers: bool = True) -> list[Any]:
    """What a name server says to some queries on one connection, in the order of the queries."""

    async def resolve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        if answers:
            reply = dns.message.make_response(dns.message.from_wire(data))
            rrset = dns.rrset.from_text(reply.question[0].name, 60, "IN", "A", "192.0.2.99")
            reply.answer.append(rrset)
            writer.write(tcp_frame(reply.to_wire()))
        writer.close()

    resolver_ = await asyncio.start_server(resolve, "127.0.0.1", 0)
    relay = StreamRelay(resolver_.sockets[0].getsockname(), lambda _: allowed)
    connections, loop = Connections(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Stream(responder(), connections, relay=relay), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    asked = [dns.message.make_query(each, "A") for each in names]
    writer.write(b"".join(tcp_frame(each.to_wire()) for each in asked))
    found = {}
    for _ in asked:
        length = int.from_bytes(await reader.readexactly(2), "big")
        reply = read(await reader.readexactly(length))
        found[reply.id] = reply
    writer.close()
    server.close()
    resolver_.close()
    return [found[each.id] for each in asked]


def test_over_a_connection() -> None:
    own, foreign = asyncio.run(over_tcp(True, "www.example.", "www.elsewhere."))
    assert own.flags & dns.flags.AA
    assert foreign.answer[0][0].address == "192.0.2.99"
    assert not foreign.flags & dns.flags.AA


@pytest.mark.parametrize(("allowed", "answers"), [(False, True), (True, False)])
def test_over_a_connection_refused(allowed: bool, answers: bool) -> None:
    (foreign,) = asyncio.run(over_tcp(allowed, "www.elsewhere.", answers=answers))
    assert foreign.rcode() == dns.rcode.REFUSED
