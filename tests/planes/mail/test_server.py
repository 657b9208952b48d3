"""Shells around sessions: limits, silence, and an end in good order.  TLS: tests/roles/mail/test_tls.py."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from forecourt.planes.mail import server
from forecourt.planes.mail.conversation import Conversation, Refused, Steps
from forecourt.planes.mail.server import Limits, Line


class Echo(Conversation):
    longest = 1 << 20

    def __init__(self) -> None:
        self.errors = 0
        super().__init__()

    def converse(self) -> Steps:
        self.say("hello")
        while True:
            line = yield from self.line()
            try:
                self.say((yield line))
            except Refused:
                self.errors += 1
                self.say("refused")


class Asked:
    """Answers after a while, and knows when it is over."""

    silence = 30.0

    def __init__(self, line: Line, client: str, tls: str) -> None:
        self.session = Echo()
        self.over = 0
        self.under_way = 0
        MADE.append(self)

    async def answer(self, question: bytes) -> bytes:
        self.under_way += 1
        assert self.under_way == 1
        await asyncio.sleep(0)
        if question == b"slow":
            GO.clear()
            await GO.wait()
        self.under_way -= 1
        if question == b"no":
            raise Refused
        if question == b"bug":
            raise RuntimeError("a bug")
        return question

    def is_start_tls(self, question: Any) -> bool:
        return False

    def secured(self, tls: str) -> None: ...

    def idle_for(self) -> float:
        return self.silence

    def busy(self) -> str:
        return "busy"

    def farewell(self) -> str:
        return "bye"

    async def closed(self) -> None:
        self.over += 1


MADE: list[Asked] = []
GO = asyncio.Event()  # what a slow answer waits for
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def with_server(limits: Limits, test: Callable[[Callable[[], Any]], Any]) -> None:
    """Run a test against a server; it is given what connects."""

    async def main() -> None:
        MADE.clear()
        loop = asyncio.get_running_loop()
        make = partial(Line, Asked, limits, None, refusals=(Refused,))
        listening = await loop.create_server(make, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        writers = []

        async def connect() -> Client:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            return reader, writer

        async with asyncio.timeout(20):
            await test(connect)
        for writer in writers:
            writer.close()
        listening.close()
        while limits.open:
            await asyncio.sleep(0.01)

    asyncio.run(main())


async def line(reader: asyncio.StreamReader) -> bytes:
    return (await reader.readline()).removesuffix(b"\r\n")


def test_lines_are_answered_one_after_the_other() -> None:
    async def test(connect: Callable[[], Any]) -> None:
        reader, writer = await connect()
        assert await line(reader) == b"hello"
        writer.write(b"".join(b"%d\r\n" % n for n in range(500)))
        assert [await line(reader) for _ in range(500)] == [b"%d" % n for n in range(500)]

    with_server(Limits(), test)


def test_a_client_that_floods_waits_for_its_answers() -> None:
    async def test(connect: Callable[[], Any]) -> None:
        reader, writer = await connect()
        writer.write((b"x" * 1000 + b"\r\n") * 5000)
        await line(reader)
        for _ in range(5000):
            assert len(await line(reader)) == 1000
        assert MADE[0].session.waiting < server.MUCH_TO_READ + (1 << 20)

    with_server(Limits(), test)


def test_one_too_many_is_told_so() -> None:
    async def test(connect: Callable[[], Any]) -> None:
        first, _ = await connect()
        assert await line(first) == b"hello"
        second, _ = await connect()
        assert await line(second) == b"busy" and await line(second) == b""

    with_server(Limits(connections=1), test)


def test_a_client_has_its_share_unless_it_is_this_machine() -> None:
    limits = Limits(per_client=2, exempt=())
    limits.clients["192.0.2.1"] = 2
    assert not limits.admits("192.0.2.1") and limits.admits("192.0.2.2")
    assert Limits(per_client=0).admits("127.0.0.1")


def test_who_says_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Asked, "silence", 0.1)

    async def test(connect: Callable[[], Any]) -> None:
        reader, _ = await connect()
        assert await line(reader) == b"hello"
        assert await line(reader) == b"bye" and await line(reader) == b""
        await asyncio.sleep(0)
        assert MADE[0].over == 1

    with_server(Limits(), test)


def test_a_bug_ends_its_connection_alone() -> None:
    async def test(connect: Callable[[], Any]) -> None:
        (first, write_first), (second, write_second) = await connect(), await connect()
        for each in (first, second):
            await line(each)
        write_first.write(b"bug\r\n")
        with pytest.raises((ConnectionResetError, AssertionError)):
            assert await line(first) != b""
        write_second.write(b"fine\r\n")
        assert await line(second) == b"fine"

    with_server(Limits(), test)


def test_errors_slow_a_client_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "TARPIT", 0.2)

    async def test(connect: Callable[[], Any]) -> None:
        reader, writer = await connect()
        await line(reader)
        loop = asyncio.get_running_loop()
        waited = []
        for _ in range(6):
            began = loop.time()
            writer.write(b"no\r\n")
            assert await line(reader) == b"refused"
            waited.append(loop.time() - began)
        assert max(waited[:3]) < 0.2 <= max(waited[3:])

    with_server(Limits(), test)


def test_who_goes_in_the_middle_is_forgotten() -> None:
    async def test(connect: Callable[[], Any]) -> None:
        reader, writer = await connect()
        await line(reader)
        raw: socket.socket = writer.get_extra_info("socket")
        writer.write(b"half a li")
        await writer.drain()
        assert raw is not None
        writer.transport.abort()
        while not MADE[0].over:
            await asyncio.sleep(0.01)
        assert MADE[0].over == 1

    with_server(Limits(), test)


def test_who_does_not_read_is_not_listened_to() -> None:
    limits = Limits()

    async def test(connect: Callable[[], Any]) -> None:
        reader, writer = await connect()
        await line(reader)
        writer.transport.pause_reading()
        sent = 0
        with pytest.raises(TimeoutError):
            for _ in range(1000):
                writer.write((b"x" * 1000 + b"\r\n") * 100)
                sent += 1
                async with asyncio.timeout(1):
                    await writer.drain()
        (held,) = limits.open
        transport = held._transport
        assert transport is not None
        assert transport.get_write_buffer_size() < server.MUCH_TO_WRITE + (2 << 20)
        writer.transport.resume_reading()
        for _ in range(100 * sent):
            assert len(await line(reader)) == 1000

    with_server(limits, test)


def test_what_is_under_way_is_answered_before_the_end() -> None:
    limits = Limits()

    async def test(connect: Callable[[], Any]) -> None:
        reader, writer = await connect()
        await line(reader)
        writer.write(b"slow\r\nmore\r\n")
        while not MADE[0].under_way:
            await asyncio.sleep(0.01)
        (held,) = limits.open
        held.end()
        GO.set()
        assert await line(reader) == b"slow"
        assert await line(reader) in (b"more", b"bye")

    with_server(limits, test)
