"""The store on PostgreSQL: any number of nodes on one database.

Transactions are SERIALIZABLE; one that conflicts runs its handler again, which is safe because a
handler touches nothing else.  They run on a few threads with a connection each.  Sequence numbers of
the feed are transaction ids: not in the order of commits, so the feed is read only below the oldest
transaction that still runs.  A commit notifies every node; on each, one listener rings the bells.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import pg8000.exceptions
import pg8000.native

from forecourt.store.bell import Bells
from forecourt.store.clock import Calendar
from forecourt.store.feed import ALIVE, LEASE, REPORT
from forecourt.store.seal import Seal
from forecourt.store.store import Unavailable
from forecourt.store.tx import SYSTEM, Call, Row, Tx

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 8  # and connections, of a process
TRIES = 20  # of a transaction that conflicts
FETCHED = 5000  # rows of a stream at a time
CONNECT_WITHIN = 5.0  # seconds
ANSWER_WITHIN = 30.0  # seconds
CHANNEL = "forecourt"
REPORTS_LOCK = 0x464F5245  # an advisory lock: reports come one after another
MIGRATION_LOCK = 0x464F5246
CONFLICTS = frozenset(("40001", "40P01"))  # serialization_failure, deadlock_detected
# What says that the server, and not the statement, is at fault.
OUTAGES = ("08", "53", "57P", "58", "XX", "25006")

NOW = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"  # one clock for all nodes
BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN_WRITE = "BEGIN ISOLATION LEVEL SERIALIZABLE"
LOST = (OSError, pg8000.exceptions.InterfaceError)


@dataclass(frozen=True, slots=True)
class Address:
    """A database, as a URL names it: postgresql://user:password@host:port/database."""

    user: str
    password: str | None
    host: str
    port: int
    database: str
    tls: bool

    @classmethod
    def parse(cls, url: str) -> Address:
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        host = options.get("host", [parts.hostname or "localhost"])[0]
        return cls(
            unquote(parts.username or "postgres"),
            unquote(parts.password) if parts.password else None,
            host,
            parts.port or int(options.get("port", ["5432"])[0]),
            parts.path.lstrip("/") or "postgres",
            options.get("sslmode", ["prefer"])[0] in ("require", "verify-ca", "verify-full"),
        )

    def socket(self) -> socket.socket:
        """A connected socket; a host that starts with a slash is a directory of Unix sockets."""
        if self.host.startswith("/"):
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(CONNECT_WITHIN)
            try:
                sock.connect(f"{self.host}/.s.PGSQL.{self.port}")
            except OSError:
                sock.close()
                raise
        else:
            sock = socket.create_connection((self.host, self.port), CONNECT_WITHIN)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(ANSWER_WITHIN)
        return sock

    def url(self) -> Any:
        """The same for SQLAlchemy, which runs the migrations."""
        from sqlalchemy import URL

        query = {"unix_sock": f"{self.host}/.s.PGSQL.{self.port}"}
        unix = self.host.startswith("/")
        return URL.create(
            "postgresql+pg8000",
            self.user,
            self.password,
            None if unix else self.host,
            None if unix else self.port,
            self.database,
            query if unix else {},
        )


class PostgresConnection:
    """One session; statements are prepared once."""

    def __init__(self, address: Address) -> None:
        self.socket = address.socket()
        context = ssl.create_default_context() if address.tls else None
        try:
            self._native = pg8000.native.Connection(
                address.user,
                host=address.host,
                database=address.database,
                port=address.port,
                password=address.password,
                ssl_context=context,
                application_name="forecourt",
                sock=self.socket,
            )
        except BaseException:
            self.socket.close()
            raise
        self._prepared: dict[str, Any] = {}

    def all(self, sql: str, params: Mapping[str, Any]) -> list[Row]:
        return [tuple(row) for row in self._run(sql, params) or ()]

    def stream(self, sql: str) -> Iterator[Row]:
        self._native.run(f"DECLARE streamed NO SCROLL CURSOR FOR {sql}")
        try:
            while rows := self._native.run(f"FETCH {FETCHED} FROM streamed"):
                yield from (tuple(row) for row in rows)
        finally:
            self._native.run("CLOSE streamed")

    def one(self, sql: str, params: Mapping[str, Any]) -> Row | None:
        rows = self._run(sql, params)
        return tuple(rows[0]) if rows else None

    def run(self, sql: str, params: Mapping[str, Any]) -> int:
        self._run(sql, params)
        return int(self._native.row_count or 0)

    def many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> None:
        for params in rows:
            self._run(sql, params)

    def number_on(self, table: str, column: str) -> None:
        self.one(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"
            f" coalesce(max({column}), 0) + 1, false) FROM {table}",
            {},
        )

    def position(self) -> int:
        found = self.one("SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)", {})
        assert found is not None
        return int(found[0])

    def settled(self) -> int:
        found = self.one(
            "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) - 1", {}
        )
        assert found is not None
        return int(found[0])

    @contextlib.contextmanager
    def transaction(self, begin: str) -> Iterator[None]:
        self._native.run(begin)
        try:
            yield
        except BaseException:
            with contextlib.suppress(*LOST, pg8000.exceptions.DatabaseError):
                self._native.run("ROLLBACK")
            raise
        self._native.run("COMMIT")

    def simple(self, sql: str) -> None:
        self._native.run(sql)

    def heard(self) -> set[str]:
        """The topics of the notifications that have come."""
        self._native.run("")
        found: set[str] = set()
        while self._native.notifications:
            _, _, topics = self._native.notifications.popleft()
            found.update(topics.split(","))
        return found

    def close(self) -> None:
        with contextlib.suppress(*LOST):
            self._native.close()
        self.socket.close()

    def _run(self, sql: str, params: Mapping[str, Any]) -> Any:
        statement = self._prepared.get(sql)
        if statement is None:
            statement = self._prepared[sql] = self._native.prepare(sql)
        rows = statement.run(**{name: storable(value) for name, value in params.items()})
        self._native._context = statement._context
        return rows


def storable(value: Any) -> Any:
    """A value as PostgreSQL can hold it: its text has no NUL."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value


class PostgresStore:
    """See tx.py for what a transaction can do, store.py for what a store is."""

    def __init__(self, address: Address, data: Path, seal: Seal) -> None:
        self._address, self.seal = address, seal
        self.bells = Bells(data / "run" / "bells")
        self.followers = PostgresReports(self)
        self._calendar = Calendar()
        self._local = threading.local()
        self._connections: list[PostgresConnection] = []
        self._threads = ThreadPoolExecutor(THREADS, "store")

    async def read(
        self, query: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `query(tx, ...)` on a snapshot."""
        return await self._elsewhere(self._read, query, SYSTEM, args, kwargs)

    async def read_for(self, call: Call, query: Callable[[Tx, Any], R], req: Any) -> R:
        return await self._elsewhere(self._read, query, call, (req,), {})

    async def write(
        self, change: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `change(tx, ...)`; when this returns, it is committed."""
        return await self._elsewhere(self._write, change, SYSTEM, args, kwargs)

    async def write_for(self, call: Call, change: Callable[[Tx, Any], R], req: Any) -> R:
        return await self._elsewhere(self._write, change, call, (req,), {})

    def read_now(
        self, query: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        return self._read(query, SYSTEM, args, kwargs)

    def write_now(
        self, change: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        return self._write(change, SYSTEM, args, kwargs)

    def close(self) -> None:
        self._threads.shutdown()
        for connection in self._connections:
            connection.close()
        self.bells.close()

    def listen(self, stop: threading.Event) -> None:
        """Ring this node's bells for every commit anywhere, until told to stop."""
        while not stop.is_set():
            try:
                connection = PostgresConnection(self._address)
            except (*LOST, pg8000.exceptions.DatabaseError) as error:
                log.warning("the database cannot be listened to: %s", error)
                stop.wait(1.0)
                continue
            try:
                connection.simple(f"LISTEN {CHANNEL}")
                self.bells.ring()  # for what was committed before
                while not stop.is_set():
                    if select.select([connection.socket], [], [], 0.5)[0]:
                        self.bells.ring(connection.heard())
            except (*LOST, pg8000.exceptions.DatabaseError) as error:
                log.warning("the database went away: %s", error)
                stop.wait(0.2)
            finally:
                connection.close()

    def transact(
        self, begin: str, work: Callable[[PostgresConnection], R], tries: int = TRIES
    ) -> R:
        """Run `work` in a transaction on this thread's connection, again when it conflicts."""
        for attempt in range(tries):
            began = False
            try:
                connection = self._connection()
                with connection.transaction(begin):
                    began = True
                    return work(connection)
            except LOST as error:
                fresh = self._drop()
                # Only a connection that was idle when the server left: a COMMIT may have counted.
                if began or fresh or attempt:
                    raise Unavailable(str(error)) from error
            except pg8000.exceptions.DatabaseError as error:
                code = error.args[0].get("C", "") if error.args else ""
                if code in CONFLICTS:
                    time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 6)))
                    continue
                if code.startswith(OUTAGES):
                    self._drop()
                    raise Unavailable(str(error.args[0].get("M", error))) from error
                raise
        raise Unavailable("the transaction met too many conflicts")

    def _read(self, query: Callable[..., R], call: Call, args: Any, kwargs: Any) -> R:
        return self.transact(
            BEGIN_READ, lambda connection: query(self._tx(connection, call), *args, **kwargs)
        )

    def _write(self, change: Callable[..., R], call: Call, args: Any, kwargs: Any) -> R:
        rang: set[str] = set()

        def work(connection: PostgresConnection) -> R:
            nonlocal rang
            tx = self._tx(connection, call)
            result = change(tx, *args, **kwargs)
            if rang := tx.rang:
                topics = ",".join(sorted(rang))
                sql = "SELECT pg_notify(:channel, :topics)"
                connection.run(sql, {"channel": CHANNEL, "topics": topics})
            return result

        result = self.transact(BEGIN_WRITE, work)
        if rang:
            self.bells.ring(rang)
        return result

    def _tx(self, connection: PostgresConnection, call: Call) -> Tx:
        now = self._calendar.now(connection)
        return Tx(connection, call, now, self.seal, reached_in(connection))

    async def _elsewhere(self, function: Callable[..., R], *args: Any) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    def _connection(self) -> PostgresConnection:
        found: PostgresConnection | None = getattr(self._local, "connection", None)
        if found is None:
            try:
                found = PostgresConnection(self._address)
            except pg8000.exceptions.DatabaseError as error:
                text = error.args[0].get("M", "") if error.args else str(error)
                raise Unavailable(str(text)) from error
            self._local.connection, self._local.used = found, False
            self._connections.append(found)
        else:
            self._local.used = True
        return found

    def _drop(self) -> bool:
        """Give up this thread's connection; whether it had never been used."""
        found = getattr(self._local, "connection", None)
        if found is None:
            return True
        self._local.connection = None
        self._connections.remove(found)
        found.close()
        return not self._local.used


def reached_in(connection: PostgresConnection) -> Callable[[str], int]:
    def reached(topic: str) -> int:
        row = connection.one("SELECT seq FROM reached WHERE topic = :topic", {"topic": topic})
        return int(row[0]) if row else 0

    return reached


class PostgresReports:
    """The followers' reports (feed.py), in the database all nodes share."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    def report(self, topic: str, follower: str, seq: int, *, joining: bool = False) -> bool:
        given = {"topic": topic, "id": follower, "seq": seq}

        def work(connection: PostgresConnection) -> bool:
            connection.run(f"SELECT pg_advisory_xact_lock({REPORTS_LOCK})", {})
            connection.simple("SET LOCAL synchronous_commit = off")
            if joining and seq < reached_in(connection)(topic):
                return False
            for sql in REPORT:
                connection.run(sql.format(now=NOW), given)
            connection.run(f"DELETE FROM follower WHERE until < {NOW} - {60 * LEASE}", {})
            return True

        return self._store.transact("BEGIN", work)

    def leave(self, topic: str, follower: str) -> None:
        sql = "DELETE FROM follower WHERE topic = :topic AND id = :id"
        params = {"topic": topic, "id": follower}
        self._store.transact("BEGIN", lambda connection: connection.run(sql, params))

    def reached(self, topic: str) -> int:
        return self._store.transact(BEGIN_READ, lambda c: reached_in(c)(topic))

    def alive(self, topic: str) -> dict[str, int]:
        sql = ALIVE.format(now=NOW)
        params = {"topic": topic}
        rows = self._store.transact(BEGIN_READ, lambda connection: connection.all(sql, params))
        return {str(follower): int(seq) for follower, seq in rows}


def revision(address: Address) -> str | None:
    """The schema's revision; None where there is none.  OSError, Unavailable."""
    try:
        connection = PostgresConnection(address)
    except pg8000.exceptions.DatabaseError as error:
        raise Unavailable(str(error.args[0].get("M", error))) from error
    except pg8000.exceptions.InterfaceError as error:
        raise Unavailable(str(error)) from error
    try:
        there = connection.one("SELECT to_regclass('alembic_version') IS NOT NULL", {})
        if not (there and there[0]):
            return None
        row = connection.one("SELECT version_num FROM alembic_version", {})
        return str(row[0]) if row else None
    finally:
        connection.close()


def migrate(address: Address, upgrade: Callable[[Any], None]) -> None:
    """Bring the schema up to date; of several nodes that start, one does and the others wait."""
    from sqlalchemy import create_engine, text

    engine = create_engine(address.url())
    try:
        with engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            upgrade(connection)
    finally:
        engine.dispose()
