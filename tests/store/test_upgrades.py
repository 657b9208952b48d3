"""Stores and backups of earlier schemas: brought to the newest with everything in them.

schemas/ holds a backup of each schema that was released, made by the program of its time: two
accounts, their keys, zones and record sets.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner
from sqlalchemy import create_engine, event, text

from forecourt.cli.restore import command as restore
from forecourt.platform.identity import accounts
from forecourt.store import archive, opening
from forecourt.store.opening import HEAD, KNOWN, open_store
from forecourt.store.tx import Tx
from forecourt.tables import metadata
from tests.harness import FIRST_KEY, SECOND, SECOND_KEY
from tests.store.databases import CHOSEN, WHY_NOT, Server

KEY = bytes(32)
OLD = [each for each in KNOWN if each != HEAD]
BACKUPS = Path(__file__).with_name("schemas")
MIGRATIONS = Path(opening.__file__).with_name("migrations")
DATABASES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.skipif(not CHOSEN, reason=WHY_NOT)),
]
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server | None]:
    if not CHOSEN:
        yield None
        return
    with Server() as server:
        yield server


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, server: Server | None) -> str:
    if request.param == "postgresql":
        assert server is not None
        return server.database()
    return "sqlite"


def backup(schema: str) -> io.BytesIO:
    return io.BytesIO((BACKUPS / f"{schema}.tar.gz").read_bytes())


def rows_in(schema: str) -> Rows:
    """The rows of a backup, by table."""
    manifest = archive.read_manifest(backup(schema))
    assert manifest["schema"] == schema
    with tarfile.open(fileobj=backup(schema)) as tar:
        return {
            table: [
                dict(zip(names, row, strict=True))
                for row in archive.items(archive.content(tar, f"tables/{table}"))
            ]
            for table, names in manifest["tables"].items()
        }


def rows_of(tx: Tx, like: Rows) -> Rows:
    """The same tables and columns of a store."""
    found: Rows = {}
    for table, rows in like.items():
        names = list(rows[0]) if rows else ["*"]
        answer = tx.all(f"SELECT {', '.join(names)} FROM {table}")
        found[table] = [dict(zip(names, row, strict=bool(rows))) for row in answer]
    return found


def same(rows: Rows) -> dict[str, list[str]]:
    """In any order, and as both databases have it: SQLite's booleans are numbers."""
    return {
        table: sorted(
            repr(sorted((n, int(v) if isinstance(v, bool) else v) for n, v in row.items()))
            for row in given
        )
        for table, given in rows.items()
    }


def migrate(connection: Any, schema: str) -> None:
    """Bring a database to an old schema."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, schema)


def make(data: Path, url: str, schema: str, rows: Rows) -> None:
    """A store as the program of an old schema left it."""
    if url == "sqlite":
        opening.create(data / "store.db")
        engine = create_engine(
            f"sqlite:///{data / 'store.db'}", connect_args={"isolation_level": None}
        )
        event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    else:
        from forecourt.store.postgresql import Address

        engine = create_engine(Address.parse(url).url())
    try:
        with engine.begin() as connection:
            migrate(connection, schema)
            there = {table.name: table for table in metadata.sorted_tables}
            for name in (each for each in there if each in rows):
                connection.execute(text(f"DELETE FROM {name}"))
                flags = {c for c in rows[name][0] if archive.is_boolean(there[name], c)} if (
                    rows[name]
                ) else set()  # fmt: skip
                for row in rows[name]:
                    values = {n: bool(v) if n in flags else v for n, v in row.items()}
                    places = ", ".join(f":{column}" for column in row)
                    sql = f"INSERT INTO {name} ({', '.join(row)}) VALUES ({places})"
                    connection.execute(text(sql), values)
    finally:
        engine.dispose()


def revision(data: Path, url: str) -> str | None:
    if url == "sqlite":
        return opening.revision(data / "store.db")
    from forecourt.store import postgresql

    return postgresql.revision(postgresql.Address.parse(url))


def tables(tx: Tx) -> dict[str, list[str]]:
    """The columns that each table has."""
    found = {}
    for table in metadata.sorted_tables:
        names = [column.name for column in table.columns]
        tx.all(f"SELECT {', '.join(names)} FROM {table} LIMIT 1")
        found[table.name] = names
    return found


def in_use(tx: Tx) -> None:
    """What is new is there to be written."""
    tx.run(
        "INSERT INTO iam_user (id, account, name, folded, path, created, tags)"
        " VALUES ('AIDA', :account, 'Ann', 'ann', '/', 0, '{}')",
        account=SECOND,
    )
    accounts.note_used(tx, {FIRST_KEY[0]: (5.0, "sts", "us-east-1")})


@pytest.mark.parametrize("schema", OLD)
def test_there_is_something_of_everything(schema: str) -> None:
    rows = rows_in(schema)
    for table in ("account", "access_key", "route53_zone", "route53_record_set", "audit_event"):
        assert len(rows[table]) >= 2


@pytest.mark.parametrize("schema", OLD)
def test_an_old_store_is_brought_up_to_date(tmp_path: Path, url: str, schema: str) -> None:
    rows = rows_in(schema)
    make(tmp_path, url, schema, rows)
    assert revision(tmp_path, url) == schema
    for _ in range(3):  # it is done once
        store = open_store(tmp_path, url, KEY)
        try:
            assert same(store.read_now(rows_of, rows)) == same(rows)
            assert set(store.read_now(tables)) == set(metadata.tables)
            for key_id, secret in (FIRST_KEY, SECOND_KEY):
                found = store.read_now(accounts.find_key, key_id)
                assert found is not None
                assert found.secret == secret
        finally:
            store.close()
        assert revision(tmp_path, url) == HEAD
    store = open_store(tmp_path, url, KEY)
    try:
        store.write_now(in_use)
        assert store.read_now(lambda tx: tx.value("SELECT name FROM iam_user")) == "Ann"
    finally:
        store.close()


@pytest.mark.parametrize("schema", OLD)
def test_an_old_backup_is_restored(tmp_path: Path, url: str, schema: str) -> None:
    """By the command, as an operator does it."""
    data = tmp_path / "data"
    data.mkdir()
    arguments = [str(BACKUPS / f"{schema}.tar.gz"), "--data", str(data), "--store", url]
    done = CliRunner().invoke(restore, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    rows = rows_in(schema)
    assert done.output.startswith(f"{sum(map(len, rows.values()))} rows restored")
    assert (data / "admin.token").read_text() == "token"
    store = open_store(data, url, (data / "master.key").read_bytes())
    try:
        assert same(settled(store.read_now(rows_of, rows))) == same(settled(rows))
        found = store.read_now(accounts.find_key, SECOND_KEY[0])
        assert found is not None
        assert found.secret == SECOND_KEY[1]
        store.write_now(in_use)
        again = io.BytesIO()
        store.read_now(archive.write, metadata.sorted_tables, data, "2.0", again)
    finally:
        store.close()
    assert archive.read_manifest(again)["schema"] == HEAD


def settled(rows: Rows) -> Rows:
    """But for where the feed stands, which begins anew."""
    changes = [{**row, "seq": 0} for row in rows["route53_change"]]
    counters = [row for row in rows["counter"] if row["name"] not in ("feed", "trimmed")]
    return {**rows, "route53_change": changes, "counter": counters}


def test_backups_and_migrations_go_together() -> None:
    """Whoever adds a migration keeps a backup of the schema before it."""
    versions = {path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}
    assert versions == set(KNOWN)
    assert {path.name for path in BACKUPS.iterdir()} == {f"{each}.tar.gz" for each in OLD}
