"""One transaction, as every handler and reconciler sees it, whatever the database.

    def get_zone(tx: Tx, zone_id: str) -> Zone:
        row = tx.one("SELECT id, name FROM route53_zone WHERE id = :id", id=zone_id)

Statements are SQL text with :named parameters, written so that SQLite and PostgreSQL both take
them; drivers prepare each text once.  What is written becomes visible, together with the work and
the feed entries it calls for, when the transaction commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from forecourt.store.seal import Seal

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, for what."""

    service: str
    operation: str
    account: str
    region: str = "us-east-1"
    principal: str = ""  # an ARN
    access_key: str = ""
    caller: Any = None  # who signed: platform.identity.principals.Caller


WORK = "work"  # the topic of those who wait for work
SYSTEM = Call("forecourt", "System", "000000000000")


class Connection(Protocol):
    """What a database driver gives a transaction."""

    def all(self, sql: str, params: Mapping[str, Any]) -> list[Row]: ...
    def stream(self, sql: str) -> Iterator[Row]: ...
    def one(self, sql: str, params: Mapping[str, Any]) -> Row | None: ...
    def run(self, sql: str, params: Mapping[str, Any]) -> int: ...
    def many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> None: ...

    def number_on(self, table: str, column: str) -> None:
        """Let numbers given to new rows follow those that were put in."""

    def position(self) -> int:
        """A number for this transaction's entries in the feed: above all that are settled."""

    def settled(self) -> int:
        """Up to which number no entry can be missing any more."""


class Tx:
    """A transaction, and the call it serves."""

    __slots__ = ("_connection", "call", "now", "rang", "reached", "seal")

    def __init__(
        self,
        connection: Connection,
        call: Call,
        now: datetime,
        seal: Seal,
        reached: Callable[[str], int],
    ) -> None:
        self._connection, self.call, self.seal = connection, call, seal
        self.now = now  # by the calendar, UTC, in milliseconds
        self.reached = reached  # topic -> the sequence number every follower has carried out
        self.rang: set[str] = set()  # the topics somebody waits for that this one wrote to

    def all(self, sql: str, **params: Any) -> list[Row]:
        """All rows of a query."""
        return self._connection.all(sql, params)

    def stream(self, sql: str) -> Iterator[Row]:
        """All rows of a query, some at a time."""
        return self._connection.stream(sql)

    def one(self, sql: str, **params: Any) -> Row | None:
        """The first row of a query."""
        return self._connection.one(sql, params)

    def value(self, sql: str, **params: Any) -> Any:
        """The first column of the first row; None where there is no row."""
        row = self._connection.one(sql, params)
        return row[0] if row else None

    def run(self, sql: str, **params: Any) -> int:
        """Run a statement that changes rows; how many it changed."""
        return self._connection.run(sql, params)

    def many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a statement once for each set of parameters."""
        self._connection.many(sql, rows)

    def number_on(self, table: str, columns: Iterable[str]) -> None:
        """Let numbers given to new rows follow those that were put in."""
        for column in columns:
            self._connection.number_on(table, column)

    def settled(self) -> int:
        """Up to which sequence number the feed can be read: no entry below can still come."""
        return self._connection.settled()

    def ring(self, topic: str) -> None:
        """Wake those who wait for a topic, once this is committed."""
        self.rang.add(topic)

    def publish(self, topic: str, keys: Iterable[str]) -> int:
        """Tell every follower of a topic to look at these keys; the entries' sequence number."""
        seq = self._connection.position()
        self.many(
            "INSERT INTO feed (seq, topic, key) VALUES (:seq, :topic, :key)",
            [{"seq": seq, "topic": topic, "key": key} for key in keys],
        )
        self.rang.add(topic)
        return seq

    def enqueue(self, kind: str, key: str, due: datetime | None = None) -> None:
        """Ask that exactly one worker looks at a key, from `due` on.  Twice is the same as once."""
        self.run(
            "INSERT INTO work (kind, key, generation, due, failures)"
            " VALUES (:kind, :key, (SELECT coalesce(max(value), 0) + 1 FROM counter"
            " WHERE name = 'generation'), :due, 0)"
            " ON CONFLICT (kind, key) DO UPDATE SET generation = excluded.generation,"
            " due = excluded.due, failures = 0",
            kind=kind,
            key=key,
            due=(due or self.now).timestamp(),
        )
        self.run("UPDATE counter SET value = value + 1 WHERE name = 'generation'")
        self.rang.add(WORK)
