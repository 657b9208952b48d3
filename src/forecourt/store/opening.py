"""Open the store that a URL names, bringing its schema up to date first.

store = open_store(data, url="sqlite", master_key=key)
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any

from forecourt.store.seal import Seal
from forecourt.store.sqlite import SqliteStore
from forecourt.store.store import Store, Unavailable

HEAD = "0008"  # the revision this version of the program reads and writes
KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")


class CannotOpen(Exception):
    """The store is not usable; the text says why and what to do."""


def open_store(data: Path, url: str, master_key: bytes) -> Store:
    """The store of an instance.  CannotOpen says in one sentence what is in the way."""
    if url == "sqlite":
        return open_sqlite(data / "store.db", Seal(master_key))
    if url.startswith(("postgresql://", "postgres://")):
        return open_postgresql(url, data, Seal(master_key))
    raise CannotOpen(f"--store {url} is not known; use sqlite or postgresql://...")


def open_sqlite(path: Path, seal: Seal) -> Store:
    try:
        if not path.exists():
            create(path)
        if (found := revision(path)) != HEAD:
            check_known(found, str(path))
            migrate_sqlite(path)
    except (sqlite3.Error, OSError) as error:
        raise CannotOpen(f"{path} cannot be opened: {error}") from error
    return SqliteStore(path, seal)


def open_postgresql(url: str, data: Path, seal: Seal) -> Store:
    try:
        from forecourt.store import postgresql
    except ImportError:
        raise CannotOpen(
            "--store postgresql://... needs the driver: pip install 'forecourt[postgresql]'"
        ) from None
    address = postgresql.Address.parse(url)
    try:
        found = postgresql.revision(address)
        if found != HEAD:
            check_known(found, address.database)
            postgresql.migrate(address, upgrade)
    except (OSError, Unavailable) as error:
        where = f"{address.host}:{address.port}/{address.database}"
        raise CannotOpen(f"the database {where} cannot be opened: {error}") from error
    return postgresql.PostgresStore(address, data, seal)


def check_known(found: str | None, where: str) -> None:
    if found not in (None, *KNOWN):
        raise CannotOpen(
            f"{where} was written by a newer Forecourt (schema {found}, this one knows {HEAD});"
            " start that version"
        )


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


def migrate_sqlite(path: Path) -> None:
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import DBAPIError

    # The driver's own transactions leave CREATE TABLE outside: we begin ourselves.
    engine = create_engine(f"sqlite:///{path}", connect_args={"isolation_level": None})
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            upgrade(connection)
    except DBAPIError as error:
        raise sqlite3.OperationalError(str(error.orig)) from error
    finally:
        engine.dispose()


def upgrade(connection: Any) -> None:
    """Bring the schema up to date over an SQLAlchemy connection, in its transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
