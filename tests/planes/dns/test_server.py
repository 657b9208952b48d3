"""UDP: a server in a thread, asked over real sockets."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from forecourt.planes.dns.names import Ready
from forecourt.planes.dns.protocol import Names, Responder, Settings
from forecourt.planes.dns.routing import NOWHERE, Client
from forecourt.planes.dns.server import AT_ONCE, Server

from .building import WHOLE, names_of, query, read, responder, shown

WITHIN = 5.0  # seconds


class Running:
    """A server in a thread of its own."""

    def __init__(self, *responders: Responder) -> None:
        self.server, self.addresses = Server(), list[tuple[str, int]]()
        self.ticks, self.lates = threading.Event(), list[float]()
        for each in responders:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(("127.0.0.1", 0))
            self.addresses.append(sock.getsockname())
            self.server.serve(sock, each)
        self.thread = threading.Thread(
            target=self.server.run, args=(self.ticks.set, self.lates.append), daemon=True
        )

    def exchange(self, data: bytes, at: int = 0) -> bytes:
        with client() as sock:
            sock.sendto(data, self.addresses[at])
            return sock.recv(4096)


@contextlib.contextmanager
def running(*responders: Responder) -> Iterator[Running]:
    found = Running(*responders)
    found.thread.start()
    try:
        yield found
    finally:
        found.server.stopping = True
        found.thread.join(WITHIN)
        found.server.close()
        assert not found.thread.is_alive()


@contextlib.contextmanager
def client() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(WITHIN)
        yield sock


def test_an_answer() -> None:
    respond = responder()
    with running(respond) as server:
        data = query("www")
        assert server.exchange(data) == respond.message(data, "127.0.0.1")


def test_each_socket_answers_for_its_own_names() -> None:
    with running(responder(), responder("@ A 192.0.2.99")) as server:
        assert len(shown(read(server.exchange(query("www"), 0)).answer)) == 2
        said = read(server.exchange(query("@"), 1))
        assert shown(said.answer) == {"example. A 192.0.2.99"}


def test_many_clients_at_once() -> None:
    with running(responder()) as server, ThreadPoolExecutor(8) as pool:
        asked = [query("www" if n % 2 else f"n{n}.wild", id=n) for n in range(200)]
        for n, reply in enumerate(pool.map(server.exchange, asked)):
            said = read(reply)
            assert said.id == n
            assert len(said.answer[0]) == (2 if n % 2 else 1)
        assert server.server.counts() == (200, 0)


def test_more_than_are_taken_at_once_are_all_answered() -> None:
    with running(responder()) as server, client() as sock:
        for n in range(3 * AT_ONCE):
            sock.sendto(query("www", id=n), server.addresses[0])
        assert {read(sock.recv(4096)).id for _ in range(3 * AT_ONCE)} == set(range(3 * AT_ONCE))


def test_what_is_no_query_gets_no_answer_and_harms_nobody() -> None:
    with running(responder()) as server, client() as sock:
        for junk in (
            b"",
            b"x",
            b"\0" * 11,
            b"\xff" * 4096,
            query("www")[:2] + b"\x80" * 20,
        ):
            sock.sendto(junk, server.addresses[0])
        sock.sendto(query("www", id=77), server.addresses[0])
        assert read(sock.recv(4096)).id == 77


def test_a_client_that_is_gone_does_not_stop_the_others() -> None:
    with running(responder()) as server:
        with client() as gone:
            for _ in range(20):
                gone.sendto(query("www"), server.addresses[0])
        assert read(server.exchange(query("www"))).answer


class Broken(Names):
    def answer_node(self, asked: bytes, client: Client = NOWHERE) -> tuple[Ready, bool]:
        if b"boom" in asked:
            raise RuntimeError("boom")
        return super().answer_node(asked, client)


def test_an_error_is_logged_and_outlived(caplog: pytest.LogCaptureFixture) -> None:
    names = Broken()
    names.zones |= names_of(WHOLE).zones
    with running(Responder(names, Settings())) as server, client() as sock:
        sock.sendto(query("boom"), server.addresses[0])
        sock.sendto(query("www", id=5), server.addresses[0])
        assert read(sock.recv(4096)).id == 5
    assert [r.levelno for r in caplog.records if r.exc_info] == [logging.ERROR]


def test_what_is_watched_is_called() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, running(responder()) as server:
        heard = threading.Event()

        def ready() -> None:
            ours.recv(10)
            heard.set()

        server.server.watch(ours.fileno(), ready)
        theirs.send(b"x")
        assert heard.wait(WITHIN)


def test_changes_are_seen_by_the_next_query() -> None:
    respond = responder()
    zone = next(iter(respond.names.zones.values()))
    with running(respond) as server:
        assert read(server.exchange(query("www"))).answer
        respond.names.put(zone, b"\3www\7example\0", None)
        assert not read(server.exchange(query("www"))).answer


def test_a_second_passes_and_rates_count_anew() -> None:
    respond = responder(rate=1, slip=1000, exempt=())
    with running(respond) as server:
        assert read(server.exchange(query("www"))).answer
        assert server.ticks.wait(WITHIN)
        deadline = time.monotonic() + WITHIN
        with client() as sock:
            sock.settimeout(0.1)
            while time.monotonic() < deadline:
                sock.sendto(query("www"), server.addresses[0])
                with contextlib.suppress(TimeoutError):
                    assert read(sock.recv(4096)).answer
                    break
            else:
                pytest.fail("limited for ever")
        assert server.server.counts()[0] >= 2


def test_being_late_is_told_before_the_next_answer() -> None:
    with running(responder()) as server:
        ours, theirs = socket.socketpair()
        dawdling = threading.Event()
        with ours, theirs:

            def dawdle() -> None:
                ours.recv(10)
                dawdling.set()
                deadline = time.monotonic() + 1.1
                while time.monotonic() < deadline:
                    threading.Event().wait(0.05)

            server.server.watch(ours.fileno(), dawdle)
            theirs.send(b"x")
            assert dawdling.wait(WITHIN)  # the query comes to a loop that is held up
            assert read(server.exchange(query("www"))).answer
        assert server.lates
        assert server.lates[0] > 1.0
