"""A connection to an SQLite file, as transactions use it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from forecourt.store.tx import Row

STATEMENTS = 512  # prepared, for each connection


class SqliteConnection:
    def __init__(self, path: Path, *, read_only: bool = False, synchronous: str = "FULL") -> None:
        self._raw = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
        )
        self._raw.execute("PRAGMA busy_timeout = 10000")
        self._raw.execute("PRAGMA foreign_keys = ON")
        self._raw.execute("PRAGMA mmap_size = 268435456")
        self._raw.execute(f"PRAGMA synchronous = {synchronous}")

    def all(self, sql: str, params: Mapping[str, Any]) -> list[Row]:
        return self._raw.execute(sql, params).fetchall()

    def stream(self, sql: str) -> Iterator[Row]:
        yield from self._raw.execute(sql)

    def one(self, sql: str, params: Mapping[str, Any]) -> Row | None:
        cursor = self._raw.execute(sql, params)
        row: Row | None = cursor.fetchone()
        cursor.close()
        return row

    def run(self, sql: str, params: Mapping[str, Any]) -> int:
        return self._raw.execute(sql, params).rowcount

    def many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self._raw.executemany(sql, rows)

    def number_on(self, table: str, column: str) -> None:
        """SQLite sees to it by itself."""

    def position(self) -> int:
        row = self.one(
            "UPDATE counter SET value = value + 1 WHERE name = 'feed' RETURNING value", {}
        )
        assert row is not None
        return int(row[0])

    def settled(self) -> int:
        # There is one writer at a time, so what is numbered below is committed.
        row = self.one("SELECT value FROM counter WHERE name = 'feed'", {})
        return int(row[0]) if row else 0

    def close(self) -> None:
        self._raw.close()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        self._raw.execute("BEGIN")
        try:
            yield
        finally:
            self._raw.execute("ROLLBACK")
