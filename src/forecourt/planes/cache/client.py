"""Asking one engine, as the service's own user.

async with Link("127.53.32.4", 6379, secret) as link:
    await link.ask("PING")
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self

import anyio
from valkey.asyncio import Connection, Valkey
from valkey.exceptions import (
    AuthenticationError,
    ConnectionError,
    ResponseError,
    TimeoutError,
    ValkeyError,
)

from .configuration import SERVICE_USER

PATIENCE = 2.0  # seconds for an answer
LONGEST = 1 << 16  # bytes of what Memcached tells
EACH = 0.01  # seconds between looks at what is waited for


class Silent(OSError):
    """A node that does not answer."""


class Refused(Exception):
    """A node that answered with an error; the text is the engine's."""


class From(Connection):
    """A connection out of an address of our own."""

    def __init__(self, source: str, **options: Any) -> None:
        super().__init__(**options)
        self._source = source

    def _connection_arguments(self) -> dict[str, Any]:
        return {**super()._connection_arguments(), "local_addr": (self._source, 0)}


class Link:
    """One connection to a node."""

    def __init__(
        self,
        address: str,
        port: int,
        secret: str,
        patience: float = PATIENCE,
        source: str = "",
    ) -> None:
        self.address, self.port = address, port
        self._client = Valkey(
            host=address,
            port=port,
            username=SERVICE_USER if secret else None,
            password=secret or None,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            single_connection_client=False,
            max_connections=1,
            decode_responses=True,
        )
        if source:
            self._client.connection_pool.connection_class = partial(From, source)  # type: ignore[assignment]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._client.aclose()

    async def ask(self, *words: str | int) -> Any:
        """What a node answers to a command, as the engine said it.  Silent, Refused."""
        pool = self._client.connection_pool
        try:
            connection = await pool.get_connection("_")  # type: ignore[no-untyped-call]
            try:
                await connection.send_command(*words)
                return await connection.read_response()
            except ResponseError:
                raise
            except BaseException:  # also when given up: what comes would be the next one's answer
                with anyio.CancelScope(shield=True):
                    await connection.disconnect(nowait=True)
                raise
            finally:
                with anyio.CancelScope(shield=True):
                    await pool.release(connection)
        except AuthenticationError as error:
            raise Refused(str(error)) from None
        except (ConnectionError, TimeoutError, OSError) as error:
            raise Silent(f"{self.address}:{self.port} does not answer: {error}") from None
        except ValkeyError as error:
            raise Refused(str(error)) from None

    async def info(self, section: str) -> dict[str, str]:
        """A section of INFO, as text."""
        said = await self.ask("INFO", section)
        pairs = (line.partition(":") for line in said.splitlines() if ":" in line)
        return {name: value for name, _, value in pairs}

    async def until_ready(self, seconds: float) -> None:
        """Wait until it has loaded its data and answers.  Silent."""
        error: Exception | None = None
        with anyio.move_on_after(seconds):
            while True:
                try:
                    await self.ask("PING")
                    return
                except (Silent, Refused) as problem:  # LOADING is refused
                    error = problem
                await anyio.sleep(EACH)
        raise Silent(str(error or f"{self.address}:{self.port} does not answer"))


def lag_of(info: Mapping[str, str]) -> int:
    """How far a replica got, in bytes of its primary's stream, out of INFO replication."""
    return int(info.get("slave_repl_offset") or info.get("master_repl_offset") or 0)


async def memcached_stats(address: str, port: int) -> dict[str, str]:
    """What a node of Memcached tells of itself (protocol.txt, "stats").  Silent."""
    said: dict[str, str] = {}
    try:
        with anyio.fail_after(PATIENCE):
            async with await anyio.connect_tcp(address, port) as stream:
                await stream.send(b"stats\r\n")
                text = b""
                while not text.endswith(b"END\r\n") and len(text) < LONGEST:
                    text += await stream.receive()
    except (OSError, anyio.EndOfStream, anyio.BrokenResourceError) as error:
        raise Silent(f"{address}:{port} does not answer: {error}") from None
    for line in text.decode("latin-1").splitlines():
        if line.startswith("STAT ") and line.count(" ") >= 2:
            _, name, value = line.split(" ", 2)
            said[name] = value
    return said
