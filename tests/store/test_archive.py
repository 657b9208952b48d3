"""Backups: of one moment, from and to each database; whole or refused."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cbor2
import pytest

from forecourt.platform import audit
from forecourt.platform.identity import accounts
from forecourt.platform.names.following import Follower
from forecourt.services.route53 import changes
from forecourt.store import archive, feed
from forecourt.store.archive import LEFT, BadArchive
from forecourt.store.blobs import Blobs
from forecourt.store.opening import HEAD, open_store
from forecourt.store.store import Store
from forecourt.store.tx import Call, Tx
from forecourt.tables import metadata
from tests.harness import FIRST_KEY, World
from tests.store.databases import CHOSEN, WHY_NOT, Server

TABLES = metadata.sorted_tables
KEY = bytes(32)
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.skipif(not CHOSEN, reason=WHY_NOT))


@pytest.fixture(scope="module")
def server() -> Iterator[Server | None]:
    if not CHOSEN:
        yield None
        return
    with Server() as server:
        yield server


def url_of(kind: str, server: Server | None) -> str:
    return server.database() if kind == "postgresql" and server is not None else "sqlite"


def rows(tx: Tx) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that a backup is to carry, in a form both databases share."""
    found = {}
    for table in TABLES:
        if table.name not in LEFT:
            names = [column.name for column in table.columns]
            found[table.name] = sorted(
                (
                    tuple(map(plain, row))
                    for row in tx.all(f"SELECT {','.join(names)} FROM {table}")
                ),
                key=repr,
            )
    return found


def plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def packed(store: Store, data: Path) -> io.BytesIO:
    file = io.BytesIO()
    store.read_now(archive.write, TABLES, data, "1.0", file)
    return file


def settled(found: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """But for what a new beginning changes: where the feed stands, and who holds work."""
    columns = [column.name for column in metadata.tables["route53_change"].columns]
    at = columns.index("seq")
    changed = [(*row[:at], 0, *row[at + 1 :]) for row in found["route53_change"]]
    counters = [row for row in found["counter"] if row[0] not in ("feed", "trimmed")]
    return {**found, "route53_change": sorted(changed, key=repr), "counter": counters}


def fill(world: World) -> str:
    """Something of everything; the change's id."""
    route53 = world.client("route53")
    zone = route53.create_hosted_zone(Name="a.example", CallerReference="1")["HostedZone"]["Id"]
    route53.create_reusable_delegation_set(CallerReference="2")
    route53.change_tags_for_resource(
        ResourceType="hostedzone",
        ResourceId=zone.removeprefix("/hostedzone/"),
        AddTags=[{"Key": "k", "Value": "v"}],
    )
    rrset = {
        "Name": "www.a.example",
        "Type": "A",
        "TTL": 5,
        "ResourceRecords": [{"Value": "10.0.0.1"}],
    }
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": rrset}]}
    made = route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    return str(made["ChangeInfo"]["Id"]).removeprefix("/change/")


@pytest.mark.parametrize("target", ["sqlite", POSTGRESQL])
@pytest.mark.parametrize("source", ["sqlite", POSTGRESQL])
def test_there_and_back(tmp_path: Path, server: Server | None, source: str, target: str) -> None:
    """All rows and files; and what was made of them is an instance that goes on."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    (old / "admin.token").write_text("token")
    blob = Blobs(old / "blobs").put([b"large"])
    world = World(old, url_of(source, server))
    try:
        change = fill(world)
        world.store.write_now(feed.trim, 0)
        before = world.store.read_now(rows)
        file = packed(world.store, old)
    finally:
        world.close()
    assert all(before[name] for name in ("route53_record_set", "audit_event", "published_name"))
    archive.restore_files(file, new)
    assert (new / "admin.token").read_text() == "token"
    assert b"".join(Blobs(new / "blobs").get(blob)) == b"large"
    store = open_store(new, url_of(target, server), KEY)
    try:
        count = store.write_now(archive.restore_rows, file, TABLES)
        after = store.read_now(rows)
        assert count == sum(map(len, before.values()))
        assert settled(after) == settled(before)
        assert store.read_now(accounts.find_key, FIRST_KEY[0]).secret == FIRST_KEY[1]  # type: ignore[union-attr]
        goes_on(store, change)
    finally:
        store.close()


def goes_on(store: Store, change: str) -> None:
    """New events follow the old ones, servers follow the feed, old changes are done."""
    call = Call("route53", "Test", accounts.FIRST)

    async def ask() -> Any:
        await store.write_for(call, lambda tx, _: audit.record(tx, "new", "", "", {}), None)
        return await store.read_for(call, changes.get_change, {"Id": change})

    assert asyncio.run(ask())["ChangeInfo"]["Status"] == "INSYNC"
    follower = Follower(store)
    follower.load()
    seq = store.write_now(lambda tx: tx.publish("names", ["all"]))
    follower.advance()
    assert follower.cursor >= seq
    assert store.read_now(feed.trimmed) <= store.read_now(feed.head)  # else it is loaded for ever


class Interrupting(io.BytesIO):
    """A file during whose writing others write to the database."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store, self._others, self.count = store, ThreadPoolExecutor(1), 0

    def write(self, data: Any) -> int:
        self.count += 1
        self._others.submit(self._store.write_now, pair, f"during-{self.count}").result(20)
        return super().write(data)

    def end(self) -> None:
        self._others.shutdown()


def pair(tx: Tx, name: str) -> None:
    """In one commit, a row in the first and one in the last of two tables."""
    tx.run("INSERT INTO setting (name, value) VALUES (:name, :value)", name=name, value="")
    tx.run("INSERT INTO quota (account, name, value) VALUES ('1', :name, 1)", name=name)


@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_one_moment_while_writes_go_on(tmp_path: Path, server: Server | None, kind: str) -> None:
    store = open_store(tmp_path, url_of(kind, server), KEY)

    def noise(tx: Tx) -> None:
        for number in range(100):  # what gzip cannot make small, for it to write in between
            tx.run(
                "INSERT INTO setting (name, value) VALUES (:name, :value)",
                name=f"noise-{number}",
                value=os.urandom(4096).hex(),
            )

    try:
        store.write_now(noise)
        store.write_now(pair, "before")
        file = Interrupting(store)
        store.read_now(archive.write, TABLES, tmp_path, "1.0", file)
        file.end()
    finally:
        store.close()
    (new := tmp_path / "new").mkdir()
    restored = open_store(new, "sqlite", KEY)
    try:
        restored.write_now(archive.restore_rows, file, TABLES)
        found = restored.read_now(pairs)
    finally:
        restored.close()
    assert file.count > 10
    assert found[0] == found[1] >= {"before"}
    assert len(found[0]) < file.count


def pairs(tx: Tx) -> tuple[set[str], set[str]]:
    settings = tx.all("SELECT name FROM setting WHERE name NOT LIKE 'noise-%'")
    return {name for (name,) in settings}, {name for (name,) in tx.all("SELECT name FROM quota")}


def made(contents: dict[str, bytes] | None = None, **manifest: Any) -> io.BytesIO:
    """An archive as somebody else might have made it."""
    about = {"format": 1, "schema": HEAD, "tables": {}, **manifest}
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        archive.add(tar, "manifest.json", io.BytesIO(json.dumps(about).encode()))
        for name, content in (contents or {}).items():
            archive.add(tar, name, io.BytesIO(content))
    return file


def refused(file: io.BytesIO) -> str:
    with pytest.raises(BadArchive) as raised:
        archive.read_manifest(file)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def listed() -> io.BytesIO:
    """A manifest that is a list."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        archive.add(tar, "manifest.json", io.BytesIO(b"[]"))
    return file


def flipped() -> io.BytesIO:
    """A damaged byte in what gzip made."""
    content = bytearray(made().getvalue())
    content[12] ^= 0xFF
    return io.BytesIO(content)


@pytest.mark.parametrize(
    "file",
    [
        io.BytesIO(),
        io.BytesIO(b"PK\3\4 another format"),
        io.BytesIO(made().getvalue()[:40]),
        flipped(),
        listed(),
    ],
    ids=["empty", "foreign", "torn", "damaged", "list"],
)
def test_what_is_no_backup(file: io.BytesIO) -> None:
    assert refused(file).startswith("it is no backup of Forecourt")


@pytest.mark.parametrize("about", [{"format": 2}, {"schema": "9999"}])
def test_a_newer_backup(about: dict[str, Any]) -> None:
    assert (
        refused(made(**about)) == "it was made by a newer Forecourt; restore it with that version"
    )


@pytest.mark.parametrize(
    "name", ["files/../outside", "files//etc/forecourt-outside", "files/a/../../x"]
)
def test_a_path_that_escapes(tmp_path: Path, name: str) -> None:
    (data := tmp_path / "data").mkdir()
    with pytest.raises(BadArchive, match="outside the data directory"):
        archive.restore_files(made({name: b"x"}), data)
    assert [path.name for path in tmp_path.rglob("*")] == ["data"]


def test_links_are_not_made(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        entry = tarfile.TarInfo("files/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(entry)
    archive.restore_files(file, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_was_left_out_is_not_carried(store: Store, tmp_path: Path) -> None:
    store.write_now(lambda tx: tx.publish("names", ["all"]))
    with tarfile.open(fileobj=io.BytesIO(packed(store, tmp_path).getvalue())) as tar:
        names = set(tar.getnames())
    assert {f"tables/{name}" for name in metadata.tables if name not in LEFT} <= names
    assert not names & {f"tables/{name}" for name in LEFT}


def test_rows_that_do_not_fit_leave_nothing(store: Store) -> None:
    """Rows are put in as one transaction."""
    first, second = metadata.tables["setting"], metadata.tables["quota"]
    columns = {"setting": ["name", "value"], "quota": ["account", "name", "value"]}
    contents = {
        "tables/setting": cbor2.dumps(["a", "b"]),
        "tables/quota": cbor2.dumps(["1", "a", 1]) + cbor2.dumps(["1", "b", None]),
    }
    with pytest.raises(sqlite3.IntegrityError):
        store.write_now(archive.restore_rows, made(contents, tables=columns), [first, second])
    assert store.read_now(pairs) == (set(), set())
