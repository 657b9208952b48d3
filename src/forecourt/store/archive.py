"""Backups: the rows, blobs and secrets of an instance in one file, the same for every database.

A gzipped tar: `manifest.json`, each table as a sequence of CBOR arrays, and the files that are no rows.
Rows are read on one snapshot, so a backup is of one moment, however long it takes.  It holds the master
key: whoever has a backup has the instance.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import cbor2

from forecourt.store.opening import HEAD, KNOWN
from forecourt.store.secrets import MASTER_KEY

if TYPE_CHECKING:
    from sqlalchemy import Table

    from forecourt.store.tx import Tx

FORMAT = 1
FILES = ("master.key", "admin.token", "tls/root.pem", "tls/root.key.sealed")
BLOBS = "blobs"
# What speaks of processes that ran, or of followers' progress, is not carried over.
LEFT = frozenset(("feed", "follower", "reached"))
SPOOL = 16 * 1024 * 1024
AT_ONCE = 2000  # rows written at once


# What the readers of each layer say of bytes that are not theirs.
BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError, LookupError, TypeError, ValueError)


class BadArchive(Exception):
    """A file that is no backup, or not one this version can read."""


def write(tx: Tx, tables: Sequence[Table], data: Path, version: str, file: IO[bytes]) -> int:
    """Write a backup of what a transaction sees; the number of rows."""
    count = 0
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as tar:
        columns = {t.name: [c.name for c in t.columns] for t in tables if t.name not in LEFT}
        manifest = {
            "format": FORMAT,
            "forecourt": version,
            "schema": HEAD,
            "made": time.time(),
            "tables": columns,
        }
        add(tar, "manifest.json", io.BytesIO(json.dumps(manifest).encode()))
        for table, names in columns.items():
            with tempfile.SpooledTemporaryFile(max_size=SPOOL) as rows:
                for row in tx.stream(f"SELECT {', '.join(names)} FROM {table}"):
                    rows.write(cbor2.dumps(list(row)))
                    count += 1
                rows.seek(0)
                add(tar, f"tables/{table}", rows)
        for name in FILES:
            if (data / name).exists():
                add(tar, f"files/{name}", io.BytesIO((data / name).read_bytes()))
        # Blobs are on disk before the rows that name them, and taken away after.
        for path in sorted((data / BLOBS).rglob("*")):
            if path.is_file() and path.suffix != ".part":
                with path.open("rb") as blob:
                    add(tar, f"files/{path.relative_to(data)}", blob)
    return count


def add(tar: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.mtime = 0o600, int(time.time())
    entry.size = content.seek(0, os.SEEK_END)
    content.seek(0)
    tar.addfile(entry, content)


def read_manifest(file: IO[bytes]) -> Mapping[str, Any]:
    """What a backup says of itself.  BadArchive."""
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r:gz") as tar:
            found: dict[str, Any] = json.loads(content(tar, "manifest.json").read())
        if not isinstance(found, dict):
            raise TypeError("its manifest is no object")
    except BROKEN as error:
        raise BadArchive(f"it is no backup of Forecourt: {error}") from None
    if found.get("format") != FORMAT or found.get("schema") not in KNOWN:
        raise BadArchive("it was made by a newer Forecourt; restore it with that version")
    return found


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """What a broken backup makes the readers say, as BadArchive."""
    try:
        yield
    except zlib.error as error:
        raise BadArchive(f"it is damaged: {error}") from None
    except (
        tarfile.TarError,
        gzip.BadGzipFile,
        cbor2.CBORDecodeError,
        EOFError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise BadArchive(f"it is damaged or cut short: {error}") from None


def verify(file: IO[bytes], tables: Sequence[Table]) -> None:
    """Read a backup to its end, so that one that is broken is refused before anything is written."""
    columns = read_manifest(file)["tables"]
    known = {table.name: {column.name for column in table.columns} for table in tables}
    file.seek(0)
    with reading(), gzip.GzipFile(fileobj=file) as whole:
        while whole.read(1 << 20):
            pass  # its checksum is at the end
    file.seek(0)
    with reading(), tarfile.open(fileobj=file, mode="r:gz") as tar:
        names = set()
        for entry in tar:
            names.add(entry.name)
            kind, _, name = entry.name.partition("/")
            if kind == "files" and ".." in name.split("/"):
                raise BadArchive(f"{entry.name} would be written outside the data directory")
            source = content(tar, entry.name)
            if kind == "tables":
                if name not in known or not set(columns[name]) <= known[name]:
                    raise BadArchive(f"it has columns of {name} that are not known")
                if any(len(row) != len(columns[name]) for row in items(source)):
                    raise BadArchive(f"it has rows of {name} that do not fit")
            while source.read(1 << 20):
                pass
    if f"files/{MASTER_KEY}" not in names:
        raise BadArchive(f"it has no {MASTER_KEY}")


def restore_files(file: IO[bytes], data: Path) -> None:
    """Put the files of a backup into a data directory that has none of them."""
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:gz") as tar:
        for entry in tar:
            if not entry.name.startswith("files/") or not entry.isfile():
                continue
            path = (data / entry.name.removeprefix("files/")).resolve()
            if not path.is_relative_to(data.resolve()):
                raise BadArchive(f"{entry.name} would be written outside the data directory")
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            source = tar.extractfile(entry)
            assert source is not None
            opener = lambda p, flags: os.open(p, flags, 0o600)
            with open(path, "wb", opener=opener) as target:
                while piece := source.read(1 << 20):
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())


def restore_rows(tx: Tx, file: IO[bytes], tables: Sequence[Table]) -> int:
    """Put the rows of a backup into empty tables; how many there were."""
    count = 0
    manifest = read_manifest(file)
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:gz") as tar:
        members = {entry.name: entry for entry in tar}
        for table in tables:
            tx.run(f"DELETE FROM {table.name}") if table.name == "counter" else None
            if (entry := members.get(f"tables/{table.name}")) is None:
                continue
            names = manifest["tables"][table.name]
            sql = (
                f"INSERT INTO {table.name} ({', '.join(names)})"
                f" VALUES ({', '.join(f':{name}' for name in names)})"
            )
            source = tar.extractfile(entry)
            assert source is not None
            flags = [i for i, n in enumerate(names) if is_boolean(table, n)]
            for rows in chunks(source, names, flags):
                tx.many(sql, rows)
                count += len(rows)
    settle(tx, tables)
    return count


def settle(tx: Tx, tables: Sequence[Table]) -> None:
    """What a new beginning asks for: nobody holds work, every change is as old as time."""
    tx.run("UPDATE work SET owner = NULL, leased_until = NULL")
    tx.run("UPDATE route53_change SET seq = 0")
    # The feed begins anew, by the numbers of the database it is in now.
    tx.run("UPDATE counter SET value = 0 WHERE name = 'trimmed'")
    for table in tables:
        if table.name not in LEFT:
            tx.number_on(table.name, [c.name for c in table.columns if c.autoincrement is True])


def chunks(
    source: IO[bytes], names: Sequence[str], flags: Sequence[int]
) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for row in items(source):
        for at in flags:
            row[at] = bool(row[at])  # SQLite has numbers for them
        rows.append(dict(zip(names, row, strict=True)))
        if len(rows) == AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows


def items(source: IO[bytes]) -> Iterable[list[Any]]:
    decoder = cbor2.CBORDecoder(source)
    while True:
        try:
            yield decoder.decode()
        except cbor2.CBORDecodeEOF:
            return


def is_boolean(table: Table, name: str) -> bool:
    return str(table.columns[name].type) == "BOOLEAN"


def content(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found
