"""What every replica must follow: which keys changed, in the order of their commits.

A follower registers, loads everything, then tails the feed from where its load stood, and reports
how far it has come.  A sequence number is reached when every follower with a live lease is past it;
what was once reached stays so, because a follower joins (again) only at or beyond that point.

What keeps one follower from reporting (a database that is away) may keep the others, who go on
answering while their leases lapse.  So the first to report again extends the leases that lapsed since
its own last report: nothing more is reached until those followers are back, or the grace is over.

On SQLite the reports are in a database of their own which is not synced: they are about processes
that run now, and a machine that went down has none.  Leases there are by the machine's monotonic
clock, which no change of the time of day moves; a lease from before the machine was started is none.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forecourt.store.connection import SqliteConnection
from forecourt.store.store import Unavailable

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

LEASE = 3.0  # seconds a report counts for
RENEW = 1.0  # seconds after which it is renewed, changes or not
MOST = 1000  # entries read at once
HELD_UP = 1.5 * RENEW  # seconds without a report after which something kept us from it
GRACE = 2 * LEASE  # seconds that the others then have to come back

# A lease that ends later than any given now was given before the clock was set.
LIVE = f"topic = :topic AND until > {{now}} AND until <= {{now}} + {GRACE}"
ALIVE = f"SELECT id, seq FROM follower WHERE {LIVE}"
EXTEND = (
    f"UPDATE follower SET until = {{now}} + {GRACE} WHERE topic = :topic AND id <> :id"
    " AND until <= {now} AND until > (SELECT mine.until FROM follower AS mine WHERE"
    f" mine.topic = :topic AND mine.id = :id AND mine.until < {{now}} + {LEASE - HELD_UP}) - {LEASE}"
)
RENEW_MINE = (
    "INSERT INTO follower (topic, id, seq, until)"
    f" VALUES (:topic, :id, :seq, {{now}} + {LEASE}) ON CONFLICT (topic, id)"
    " DO UPDATE SET seq = excluded.seq, until = excluded.until"
)
REACH = (
    "INSERT INTO reached (topic, seq) SELECT CAST(:topic AS TEXT), min(seq) FROM follower"
    f" WHERE {LIVE} ON CONFLICT (topic) DO UPDATE SET seq ="
    " CASE WHEN excluded.seq > reached.seq THEN excluded.seq ELSE reached.seq END"
)
REPORT = (EXTEND, RENEW_MINE, REACH)


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    key: str


def head(tx: Tx) -> int:
    """Where the feed ends: the last entry below which none can still come.

    A cursor stands at entries only.  Numbers that were given to no entry are forgotten by a
    PostgreSQL that crashes, and given again to what is written after it.
    """
    sql = "SELECT max(seq) FROM feed WHERE seq <= :settled"
    return int(tx.value(sql, settled=tx.settled()) or trimmed(tx))


def trimmed(tx: Tx) -> int:
    """Up to which sequence number entries were forgotten."""
    return int(tx.value("SELECT value FROM counter WHERE name = 'trimmed'") or 0)


def after(tx: Tx, topic: str, cursor: int) -> tuple[list[Entry], int]:
    """What was published after `cursor`, and the cursor to go on from: the head, or before it."""
    rows = tx.all(
        "SELECT seq, topic, key FROM feed WHERE seq > :cursor AND seq <= :settled"
        " ORDER BY seq, id LIMIT :most",
        cursor=cursor,
        settled=tx.settled(),
        most=MOST,
    )
    if len(rows) == MOST:  # there may be more of the last transaction: take it whole, or not yet
        last = rows[-1][0]
        if rows[0][0] != last:
            rows = [row for row in rows if row[0] != last]
        else:
            rows = tx.all("SELECT seq, topic, key FROM feed WHERE seq = :seq ORDER BY id", seq=last)
    entries = [Entry(seq, key) for seq, its, key in rows if its == topic]
    return entries, rows[-1][0] if rows else cursor


def trim(tx: Tx, keep: int = 100_000) -> None:
    """Forget old entries; a follower that was away for longer loads everything again."""
    seq = tx.value(
        "SELECT max(seq) FROM feed WHERE id <= (SELECT max(id) FROM feed) - :keep", keep=keep
    )
    if seq is not None:
        tx.run("DELETE FROM feed WHERE seq <= :seq", seq=seq)
        tx.run("UPDATE counter SET value = :seq WHERE name = 'trimmed'", seq=seq)


def forget_followers(data: Path) -> None:
    """Begin without reports: those of earlier processes may be torn, or ahead of a restored store."""
    for path in (data / "run").glob("followers.db*"):
        path.unlink()


class Followers:
    """Who follows, and how far they are."""

    def __init__(self, data: Path) -> None:
        path = data / "run" / "followers.db"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        self._connection = SqliteConnection(path, synchronous="OFF")
        run = self._connection.run
        run("PRAGMA journal_mode = WAL", {})
        run(
            "CREATE TABLE IF NOT EXISTS follower"
            " (topic TEXT, id TEXT, seq INTEGER, until REAL, PRIMARY KEY (topic, id))",
            {},
        )
        run("CREATE TABLE IF NOT EXISTS reached (topic TEXT PRIMARY KEY, seq INTEGER)", {})

    def report(self, topic: str, follower: str, seq: int, *, joining: bool = False) -> bool:
        """Say that `follower` has carried out everything up to `seq`, and is alive.

        One that joins is refused (False) while it is behind what was already reached.
        """
        try:
            return self._report(topic, follower, seq, joining=joining)
        except sqlite3.DatabaseError as error:
            raise Unavailable(str(error)) from error

    def _report(self, topic: str, follower: str, seq: int, *, joining: bool) -> bool:
        connection = self._connection
        connection.run("BEGIN IMMEDIATE", {})
        try:
            if joining and seq < self.reached(topic):
                return False
            given = {"topic": topic, "id": follower, "seq": seq, "now": time.monotonic()}
            for sql in REPORT:
                connection.run(sql.format(now=":now"), given)
            return True
        finally:
            connection.run("COMMIT", {})

    def leave(self, topic: str, follower: str) -> None:
        params = {"topic": topic, "id": follower}
        self._connection.run("DELETE FROM follower WHERE topic = :topic AND id = :id", params)

    def reached(self, topic: str) -> int:
        """Up to where every follower is."""
        row = self._connection.one("SELECT seq FROM reached WHERE topic = :topic", {"topic": topic})
        return int(row[0]) if row else 0

    def alive(self, topic: str) -> dict[str, int]:
        """The followers with a live lease, and how far each is."""
        rows = self._connection.all(
            ALIVE.format(now=":now"),
            {"topic": topic, "now": time.monotonic()},
        )
        return {str(follower): int(seq) for follower, seq in rows}

    def close(self) -> None:
        try:
            self._connection.close()
        except sqlite3.Error:
            return
