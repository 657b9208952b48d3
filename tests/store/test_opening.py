"""Opening a store: made, brought up to date, or refused in one sentence."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from forecourt.store.opening import HEAD, CannotOpen, open_store
from forecourt.tables import metadata

from .writing import insert, names

KEY = bytes(32)


def tables(path: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(path)) as raw:
        rows = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name for (name,) in rows if not name.startswith("sqlite_")}


def refused(data: Path, url: str = "sqlite") -> str:
    with pytest.raises(CannotOpen) as raised:
        open_store(data, url, KEY)
    message = str(raised.value)
    assert "\n" not in message
    return message


def test_a_new_store(tmp_path: Path) -> None:
    store = open_store(tmp_path, "sqlite", KEY)
    store.write_now(insert, "a")
    store.close()
    path = tmp_path / "store.db"
    assert path.stat().st_mode & 0o777 == 0o600
    with contextlib.closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    again = open_store(tmp_path, "sqlite", KEY)
    assert again.read_now(names) == {"a"}
    again.close()


def test_the_schema_is_that_of_the_tables(data: Path) -> None:
    assert tables(data / "store.db") == {*metadata.tables, "alembic_version"}


def test_a_newer_schema(data: Path) -> None:
    with contextlib.closing(sqlite3.connect(data / "store.db", isolation_level=None)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    message = refused(data)
    assert str(data / "store.db") in message
    assert f"newer Forecourt (schema 9999, this one knows {HEAD})" in message
    with contextlib.closing(sqlite3.connect(data / "store.db")) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database at all" * 100)
    assert refused(tmp_path).startswith(f"{path} cannot be opened: ")
    assert path.read_bytes() == b"not a database at all" * 100


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be opened" in refused(tmp_path / "none")


@pytest.mark.parametrize("url", ["", "mysql://x", "SQLITE", "sqlite:///x"])
def test_stores_that_are_not_known(tmp_path: Path, url: str) -> None:
    assert refused(tmp_path, url) == f"--store {url} is not known; use sqlite or postgresql://..."


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Half a schema could never be completed: the same holds for a crash on the way."""
    with contextlib.closing(sqlite3.connect(tmp_path / "store.db")) as raw:
        raw.execute("CREATE TABLE work (in_the_way)")
    with contextlib.suppress(Exception):
        open_store(tmp_path, "sqlite", KEY).close()
    assert tables(tmp_path / "store.db") == {"work"}


def test_a_migration_that_fails_says_so(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "store.db")) as raw:
        raw.execute("CREATE TABLE work (in_the_way)")
    assert "cannot be opened" in refused(tmp_path)
