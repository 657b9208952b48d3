"""A connection to an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from forecourt.store.connection import SqliteConnection

INSERT = "INSERT INTO setting (name, value) VALUES (:name, :value)"


@pytest.fixture
def connection(data: Path) -> Iterator[SqliteConnection]:
    connection = SqliteConnection(data / "store.db")
    yield connection
    connection.close()


@pytest.fixture
def reader(data: Path) -> Iterator[SqliteConnection]:
    reader = SqliteConnection(data / "store.db", read_only=True)
    yield reader
    reader.close()


@pytest.mark.parametrize(
    ("pragma", "value"), [("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1)]
)
def test_settings(connection: SqliteConnection, pragma: str, value: object) -> None:
    assert connection.one(f"PRAGMA {pragma}", {}) == (value,)


def test_rows(connection: SqliteConnection) -> None:
    connection.many(INSERT, [{"name": name, "value": name.upper()} for name in "abc"])
    select = "SELECT name, value FROM setting WHERE name >= :start ORDER BY name"
    assert connection.all(select, {"start": "b"}) == [("b", "B"), ("c", "C")]
    assert connection.one(select, {"start": "b"}) == ("b", "B")
    assert connection.one(select, {"start": "x"}) is None
    assert connection.run("DELETE FROM setting WHERE name > :start", {"start": "a"}) == 2


def test_a_reader_does_not_write(reader: SqliteConnection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        reader.run(INSERT, {"name": "a", "value": ""})


def test_a_snapshot_stays(connection: SqliteConnection, reader: SqliteConnection) -> None:
    count = "SELECT count(*) FROM setting"
    with reader.snapshot():
        assert reader.one(count, {}) == (0,)
        connection.run(INSERT, {"name": "a", "value": ""})
        assert reader.one(count, {}) == (0,)
    assert reader.one(count, {}) == (1,)


def test_a_snapshot_ends_when_its_reader_fails(reader: SqliteConnection) -> None:
    with pytest.raises(RuntimeError), reader.snapshot():
        raise RuntimeError
    with reader.snapshot():
        assert reader.one("SELECT 1", {}) == (1,)


def test_a_path_with_special_characters(tmp_path: Path) -> None:
    path = tmp_path / "a b?c#d%20.db"
    sqlite3.connect(path).close()
    path.touch()
    connection = SqliteConnection(path)
    connection.run("CREATE TABLE x (y)", {})
    connection.close()
    assert path.stat().st_size > 0


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        SqliteConnection(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_positions_rise_and_are_settled(connection: SqliteConnection) -> None:
    first = connection.position()
    assert connection.settled() == first
    assert connection.position() > first
