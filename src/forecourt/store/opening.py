"""Open the store that a URL names, bringing its schema up to date first.

store = open_store(data, url="sqlite", master_key=key)
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from forecourt.store.seal import Seal
from forecourt.store.sqlite import SqliteStore

HEAD = "0001"  # the revision this version of the program reads and writes
KNOWN = ("0001",)


class CannotOpen(Exception):
    """The store is not usable; the text says why and what to do."""


def open_store(data: Path, url: str, master_key: bytes) -> SqliteStore:
    """The store of a data directory.  CannotOpen says in one sentence what is in the way."""
    if url != "sqlite":
        raise CannotOpen(f"--store {url} is not supported by this version; use sqlite")
    path = data / "store.db"
    try:
        if not path.exists():
            create(path)
        if (found := revision(path)) != HEAD:
            if found not in (None, *KNOWN):
                raise CannotOpen(
                    f"{path} was written by a newer Forecourt (schema {found}, this one knows"
                    f" {HEAD}); start that version"
                )
            migrate(path)
    except (sqlite3.Error, OSError) as error:
        raise CannotOpen(f"{path} cannot be opened: {error}") from error
    return SqliteStore(path, Seal(master_key))


def create(path: Path) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    os.close(descriptor)
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")


def revision(path: Path) -> str | None:
    """The schema's revision, read without the migration tool, which takes a while to import."""
    with contextlib.closing(sqlite3.connect(path)) as raw:
        try:
            row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
    return str(row[0]) if row else None


def migrate(path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
