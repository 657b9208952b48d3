"""NOTIFY: told until heard, the newest serial alone."""

from __future__ import annotations

import asyncio
import contextlib

import dns.flags
import dns.message
import dns.opcode
import dns.tsigkeyring
import pytest

from forecourt.planes.dns import notify
from forecourt.planes.dns.notify import Notifier

from .building import APEX, ORIGIN
from .test_transfers import RING, SECRET

WITHIN = 10.0


class Secondary(asyncio.DatagramProtocol):
    def __init__(self, deaf: int = 0) -> None:
        self.deaf, self.heard = deaf, asyncio.Queue[dns.message.Message]()
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self.transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        message = dns.message.from_wire(data, keyring=RING)
        self.heard.put_nowait(message)
        if self.deaf:
            self.deaf -= 1
            return
        assert self.transport is not None
        reply = dns.message.make_response(message)
        self.transport.sendto(reply.to_wire(), addr)  # type: ignore[arg-type]


async def told(secondary: Secondary, times: int, *changes: int) -> list[dns.message.Message]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: secondary, local_addr=("127.0.0.1", 0)
    )
    where = transport.get_extra_info("sockname")
    notifier = Notifier((where,), {"transfer.": SECRET})
    task = asyncio.create_task(notifier.run())
    for serial in changes:
        notifier.changed(APEX, serial)
    async with asyncio.timeout(WITHIN):
        found = [await secondary.heard.get() for _ in range(times)]
    notifier.changed(APEX, changes[-1])  # nothing new
    await asyncio.sleep(0.1)
    assert secondary.heard.empty()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    transport.close()
    await asyncio.sleep(0.01)  # the transport's own last turn
    return found


def test_it_is_told_once() -> None:
    (message,) = asyncio.run(told(Secondary(), 1, 5, 6, 7))
    assert message.opcode() == dns.opcode.NOTIFY
    assert message.flags & dns.flags.AA
    assert message.had_tsig
    assert message.question[0].name == ORIGIN


def test_until_it_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "WAITS", (0.05, 0.05, 5.0))
    found = asyncio.run(told(Secondary(deaf=2), 3, 5))
    assert len({message.id for message in found}) == 1
