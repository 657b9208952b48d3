"""Probes of real endpoints: well, ill, silent, closed, secure and garbage."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from forecourt.planes.probes import server
from forecourt.planes.probes.server import Prober, insecure_context, probe
from forecourt.planes.probes.snapshot import Check, Result, Verdict
from forecourt.platform.certificates import listeners
from forecourt.store.opening import open_store

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
WITHIN = 10.0  # seconds


class Ports:
    def __init__(self, allowed: bool = True, address: str | None = "127.0.0.1") -> None:
        self.allowed, self.address = allowed, address
        self.seen: list[tuple[str, Result, bool]] = []
        self.changed = asyncio.Event()

    async def resolve(self, host: str) -> str | None:
        return self.address

    def allows(self, address: str) -> bool:
        return self.allowed

    def probed(self, check: Check, result: Result, verdict: Verdict, changed: bool) -> None:
        self.seen.append((check.id, result, verdict.healthy))
        if changed:
            self.changed.set()


def answering(data: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        writer.close()

    return handle


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def seen(
    handler: Handler | None, tls: ssl.SSLContext | None = None, ports: Any = None, **options: Any
) -> Result:
    """What one probe of an endpoint sees."""

    conversations = set[asyncio.Task[None]]()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        conversations.add(task)
        try:
            await (handler or silent)(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    async def run() -> Result:
        endpoint = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
        port = endpoint.sockets[0].getsockname()[1]
        if handler is None:
            endpoint.close()
            await endpoint.wait_closed()
        given = {"kind": "HTTP", "address": "127.0.0.1", "host": "", **options}
        async with asyncio.timeout(WITHIN):
            result = await probe(
                Check("c", port=port, **given), ports or Ports(), insecure_context()
            )
        endpoint.close()
        if conversations:
            await asyncio.wait(conversations, timeout=WITHIN)
        await asyncio.sleep(0.01)  # the transports' own last turn
        return result

    return asyncio.run(run())


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"


def test_well_and_ill() -> None:
    assert seen(answering(OK)).status == "Success: HTTP Status Code 200, OK"
    assert (
        seen(answering(OK.replace(b"200 OK", b"500 Oh"))).status
        == "Failure: HTTP Status Code 500, Oh"
    )
    assert seen(answering(OK), search=b"well").healthy
    assert not seen(answering(OK), search=b"ill").healthy
    assert seen(answering(OK), kind="TCP").healthy


def test_nobody_there() -> None:
    result = seen(None)
    assert (result.healthy, result.status) == (False, server.REFUSED)
    assert not seen(None, kind="TCP").healthy


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", server.CLOSED), (b"\x16\x03\x01 what?\r\n\r\n", server.GARBAGE), (b"HTTP/1.1 200 OK\r\n", server.CLOSED)],
)  # fmt: skip
def test_no_answer(data: bytes, status: str) -> None:
    assert seen(answering(data)).status == status


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "STATUS", 0.1)
    assert seen(silent).status == server.NO_ANSWER


def test_a_body_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "BODY", 0.1)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n.")
        await reader.read()
        writer.close()

    assert seen(drip).healthy
    assert not seen(drip, search=b"well").healthy


def test_redirects_are_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    assert seen(answering(moved)).healthy


def test_names_and_addresses_that_are_not_allowed() -> None:
    named: dict[str, Any] = {"address": "", "host": "www.example.com"}
    assert seen(answering(OK), **named).status == (
        "Success: HTTP Status Code 200, OK. Resolved IP: 127.0.0.1"
    )
    assert not seen(answering(OK), ports=Ports(address=None), **named).healthy
    refused = seen(answering(OK), ports=Ports(allowed=False))
    assert "not allowed" in refused.status


def test_certificates_are_not_validated(tmp_path: Path) -> None:
    store = open_store(tmp_path, "sqlite", bytes(32))
    listeners.ensure(tmp_path, store, "127.0.0.1")
    store.close()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "tls" / "api.pem", tmp_path / "tls" / "api.key")
    secure: dict[str, Any] = {"kind": "HTTPS", "host": "some.other.name", "server_name": True}
    assert seen(answering(OK), context, **secure).status == "Success: HTTP Status Code 200, OK"
    assert not seen(answering(OK), None, **secure).healthy


def test_a_prober_sees_changes_and_forgets() -> None:
    async def run() -> None:
        ports = Ports()
        prober = Prober(ports, 2)
        endpoint = await asyncio.start_server(answering(OK), "127.0.0.1", 0)
        port = endpoint.sockets[0].getsockname()[1]
        check = Check("c", "HTTP", "127.0.0.1", "", port, interval=0.05, threshold=2)
        prober.put(check, Verdict())
        prober.put(Check("gone", "HTTP", "127.0.0.1", "", port, interval=0.05), Verdict())
        prober.drop("gone")
        task = asyncio.create_task(prober.run())
        async with asyncio.timeout(WITHIN):
            while len(ports.seen) < 3:
                await asyncio.sleep(0.01)
            assert all(each[0] == "c" and each[2] for each in ports.seen)
            endpoint.close()
            await ports.changed.wait()
        assert not ports.seen[-1][2]
        task.cancel()

    asyncio.run(run())
