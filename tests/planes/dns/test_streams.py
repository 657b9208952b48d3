"""DNS over TCP: pipelining, frames in pieces, limits, clients that are slow or gone."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planes.dns import streams
from forecourt.planes.dns.names import Ready
from forecourt.planes.dns.protocol import STREAM, Names, Responder, Settings
from forecourt.planes.dns.routing import NOWHERE, Client
from forecourt.planes.dns.streams import Connections, Stream
from tests.harness import tcp_frame

from .building import START, query, read, responder

WITHIN = 5.0  # seconds
BIG = START + "\n".join(f'big TXT "{n:03}{"x" * 247}"' for n in range(240))  # 60 kB
Body = Callable[["Served"], Awaitable[None]]


class Served:
    def __init__(self, port: int, connections: Connections) -> None:
        self.port, self.connections = port, connections
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        return reader, writer

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        await until(lambda: not self.connections.open)


@contextlib.asynccontextmanager
async def served(respond: Responder) -> AsyncIterator[Served]:
    loop, connections = asyncio.get_running_loop(), Connections()
    server = await loop.create_server(lambda: Stream(respond, connections), "127.0.0.1", 0)
    found = Served(server.sockets[0].getsockname()[1], connections)
    try:
        yield found
    finally:
        server.close()
        await found.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not condition():
            await asyncio.sleep(0.002)


def run(body: Body, respond: Responder | None = None) -> None:
    async def main() -> None:
        async with served(respond or responder()) as server, asyncio.timeout(2 * WITHIN):
            await body(server)

    asyncio.run(main())


async def frame(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(WITHIN):
        (length,) = struct.unpack(">H", await reader.readexactly(2))
        return await reader.readexactly(length)


async def is_closed(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(WITHIN):
        try:
            return await reader.read(1) == b""
        except ConnectionError:
            return True


def test_an_answer() -> None:
    async def body(server: Served) -> None:
        reader, writer = await server.connect()
        writer.write(tcp_frame(query("www")))
        assert len(read(await frame(reader)).answer[0]) == 2

    run(body)


def test_many_on_one_connection() -> None:
    async def body(server: Served) -> None:
        reader, writer = await server.connect()
        writer.write(b"".join(tcp_frame(query("www", id=n)) for n in range(300)))
        assert [read(await frame(reader)).id for _ in range(300)] == list(range(300))
        assert server.connections.take_count() == 300
        assert server.connections.take_count() == 0

    run(body)


class Transport(asyncio.Transport):
    """Keeps what is written; takes any amount at once."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.aborted = bytearray(), False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.1", 5353)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        return

    def write(self, data: Any) -> None:
        self.written += data

    def abort(self) -> None:
        self.aborted = True


@settings(max_examples=50)
@given(st.lists(st.integers(1, 40), max_size=20))
def test_pieces_of_any_size(sizes: list[int]) -> None:
    asked = b"".join(tcp_frame(query(name, id=n)) for n, name in enumerate(("www", "c2", "x", "@")))

    async def feed(pieces: list[int]) -> bytes:
        transport, stream = Transport(), Stream(responder(), Connections())
        stream.connection_made(transport)
        rest = asked
        for size in pieces:
            stream.data_received(rest[:size])
            rest = rest[size:]
        stream.data_received(rest)
        stream.connection_lost(None)
        return bytes(transport.written)

    whole = asyncio.run(feed([]))
    assert len(whole) > 100
    assert asyncio.run(feed(sizes)) == whole


def test_the_longest_frame() -> None:
    async def body(server: Served) -> None:
        reader, writer = await server.connect()
        data = bytearray(query("www", use_edns=True))
        data[-2:] = struct.pack(">H", STREAM - len(data))
        data += struct.pack(">HH", 65001, STREAM - len(data) - 4)
        data += bytes(STREAM - len(data))
        assert len(data) == STREAM
        writer.write(tcp_frame(bytes(data)) + tcp_frame(query("www", id=2)))
        assert len(read(await frame(reader)).answer[0]) == 2
        assert read(await frame(reader)).id == 2

    run(body)


def test_answers_are_whole() -> None:
    async def body(server: Served) -> None:
        reader, writer = await server.connect()
        writer.write(tcp_frame(query("big", "TXT")))
        reply = await frame(reader)
        assert len(reply) > 60_000
        assert len(read(reply).answer[0]) == 240

    run(body, responder(BIG))


@pytest.mark.parametrize("junk", [b"", b"x", b"\0" * 11, b"\0\0\x80" + bytes(20)])
def test_what_is_no_query_ends_the_connection(junk: bytes) -> None:
    async def body(server: Served) -> None:
        reader, writer = await server.connect()
        writer.write(tcp_frame(junk))
        assert await is_closed(reader)
        other, more = await server.connect()
        more.write(tcp_frame(query("www")))
        assert await frame(other)

    run(body)


def test_errors_are_answered_and_the_connection_stays() -> None:
    async def body(server: Served) -> None:
        reader, writer = await server.connect()
        writer.write(tcp_frame(b"\0\1\x28" + bytes(9)) + tcp_frame(query("www", id=3)))
        assert (await frame(reader))[3] == 4  # NOTIMP
        assert read(await frame(reader)).id == 3

    run(body)


def test_a_client_that_has_said_all_gets_its_answers() -> None:
    async def body(server: Served) -> None:
        reader, writer = await server.connect()
        writer.write(b"".join(tcp_frame(query("big", "TXT", id=n)) for n in range(20)))
        writer.write_eof()
        assert [read(await frame(reader)).id for _ in range(20)] == list(range(20))
        assert await is_closed(reader)

    run(body, responder(BIG))


class Broken(Names):
    def answer_node(self, asked: bytes, client: Client = NOWHERE) -> tuple[Ready, bool]:
        raise RuntimeError("boom")


def test_an_error_ends_one_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def body(server: Served) -> None:
        for _ in range(2):
            reader, writer = await server.connect()
            writer.write(tcp_frame(query("www")))
            assert await is_closed(reader)

    run(body, Responder(Broken(), Settings()))
    assert len([record for record in caplog.records if record.exc_info]) == 2


def test_a_connection_that_rests_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "IDLE", 0.2)

    async def body(server: Served) -> None:
        reader, _ = await server.connect()
        assert await is_closed(reader)

    run(body)


def test_one_byte_now_and_then_does_not_hold_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "IDLE", 0.3)

    async def body(server: Served) -> None:
        reader, writer = await server.connect()
        started = asyncio.get_running_loop().time()
        with contextlib.suppress(ConnectionError):
            for byte in tcp_frame(query("www"))[:-1]:
                writer.write(bytes((byte,)))
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        if await reader.read(1) == b"":
                            break
        assert asyncio.get_running_loop().time() - started < 1.0

    run(body)


def test_messages_keep_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "IDLE", 0.3)

    async def body(server: Served) -> None:
        reader, writer = await server.connect()
        started = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - started < 0.6:
            writer.write(tcp_frame(query("www")))
            assert await frame(reader)
            await asyncio.sleep(0.02)

    run(body)


def test_one_client_may_have_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_OF_ONE_CLIENT", 3)

    async def body(server: Served) -> None:
        kept = [await server.connect() for _ in range(3)]
        await until(lambda: len(server.connections.open) == 3)
        reader, _ = await server.connect()
        assert await is_closed(reader)
        for _, writer in kept:
            writer.close()
        await until(lambda: not server.connections.open)
        reader, writer = await server.connect()
        writer.write(tcp_frame(query("www")))
        assert await frame(reader)

    run(body)


def test_all_clients_together_may_have_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_CONNECTIONS", 2)

    async def body(server: Served) -> None:
        for _ in range(2):
            reader, writer = await server.connect()
            writer.write(tcp_frame(query("www")))
            assert await frame(reader)
        reader, _ = await server.connect()
        assert await is_closed(reader)

    run(body)


def test_a_client_that_does_not_read_is_not_answered_for_ever() -> None:
    async def body(server: Served) -> None:
        unread, writer = await server.connect()
        writer.write(b"".join(tcp_frame(query("big", "TXT")) for _ in range(2000)))  # 120 MB
        await until(lambda: server.connections.queries > 0)
        reader, other = await server.connect()
        other.write(tcp_frame(query("www")))
        assert await frame(reader)
        assert server.connections.queries < 1000
        assert not unread.at_eof()

    run(body, responder(BIG))


def test_a_client_that_reads_late_gets_all() -> None:
    async def body(server: Served) -> None:
        reader, writer = await server.connect()
        asked = b"".join(tcp_frame(query("big", "TXT", id=n)) for n in range(300))  # 18 MB
        sending = asyncio.create_task(send(writer, asked))
        await until(lambda: server.connections.queries > 0)
        assert [read_id(await frame(reader)) for _ in range(300)] == list(range(300))
        await sending

    run(body, responder(BIG))


async def send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


def read_id(reply: bytes) -> int:
    return int.from_bytes(reply[:2], "big")


def test_at_the_end_only_what_is_under_way_stays() -> None:
    async def body(server: Served) -> None:
        idle, _ = await server.connect()
        busy, writer = await server.connect()
        data = tcp_frame(query("www"))
        writer.write(tcp_frame(query("@", id=1)) + data[:7])
        assert await frame(busy)
        await until(lambda: len(server.connections.open) == 2)
        server.connections.close_idle()
        assert await is_closed(idle)
        writer.write(data[7:])
        assert await frame(busy)

    run(body)
