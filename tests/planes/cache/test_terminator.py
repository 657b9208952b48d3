"""TLS before a server that has none."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from forecourt.planes.cache.terminator import Door, Terminator

HOST = "node.example"


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's and a client's."""
    folder = tmp_path_factory.mktemp("tls")
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


Story = Callable[[Terminator, Door], Awaitable[None]]


def play(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], story: Story, required: bool = True
) -> None:
    async def main() -> None:
        behind = await asyncio.start_server(echo, "127.0.0.1", 0)
        inner = behind.sockets[0].getsockname()[1]

        def exchange(user: str, token: str) -> str | None:
            return token.upper()

        terminator = Terminator(lambda door: contexts[0], lambda door: exchange, lambda door: None)
        with_port = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = with_port.sockets[0].getsockname()[1]
        with_port.close()
        door = Door("n", "127.0.0.1", port, inner, required, (HOST,))
        terminator.open(door)
        async with asyncio.timeout(20):
            await story(terminator, door)
            terminator.shut("n")
            behind.close()
            while terminator.connections:
                await asyncio.sleep(0.01)
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0.005)

    asyncio.run(main())


def test_what_comes_over_tls_goes_on_and_back(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async def story(terminator: Terminator, door: Door) -> None:
        reader, writer = await asyncio.open_connection(
            door.address, door.port, ssl=contexts[1], server_hostname=HOST
        )
        writer.write(b"*3\r\n$4\r\nAUTH\r\n$1\r\na\r\n$1\r\nb\r\n")
        assert await reader.readexactly(28) == b"*3\r\n$4\r\nAUTH\r\n$1\r\na\r\n$1\r\nB\r\n"
        large = b"*1\r\n$3000000\r\n" + b"x" * 3_000_000 + b"\r\n"
        writer.write(large)
        assert await reader.readexactly(len(large)) == large
        writer.close()
        await writer.wait_closed()

    play(contexts, story)


def test_others_are_let_in_where_that_is_wanted(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async def plain(terminator: Terminator, door: Door) -> None:
        reader, writer = await asyncio.open_connection(door.address, door.port)
        writer.write(b"PING\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read(100) == (b"" if door.required else b"PING\r\n")
        writer.close()

    play(contexts, plain, required=True)
    play(contexts, plain, required=False)


def test_a_door_that_is_taken_says_so(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def story(terminator: Terminator, door: Door) -> None:
        with pytest.raises(OSError):
            terminator.open(door)

    play(contexts, story)
