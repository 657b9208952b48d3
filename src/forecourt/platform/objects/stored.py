"""The rows of buckets, objects and uploads; blobs that no row needs any more are let go.

What is overwritten or deleted stays on disk for a while: somebody may be reading it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from forecourt.store.blobs import Blobs

from .bodies import Stretch

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Row, Tx

WORK = "object blob"
READ_WITHIN = timedelta(minutes=10)  # what may take to read an object that was replaced
UPLOADS_AT_ONCE = 1000
UNCLAIMED = 3600.0  # seconds after which a blob without a row is nobody's
BUCKET = "name, account, region, created, tags, settings"
OBJECT = "bucket, key, size, etag, modified, headers, tags"
UPLOAD = "id, bucket, key, initiated, initiator, headers, tags"
PART = "number, blob, size, etag, modified, sums"


@dataclass(frozen=True, slots=True)
class Bucket:
    name: str
    account: str
    region: str
    created: datetime
    tags: Mapping[str, str]
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, row: Row) -> Bucket:
        name, account, region, created, tags, settings = row
        return cls(
            name, account, region, moment(created), json.loads(tags), json.loads(settings)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an upload."""

    number: int
    blob: str
    size: int
    etag: str
    modified: datetime
    sums: Mapping[str, str]

    @classmethod
    def of(cls, row: Row) -> Part:
        number, blob, size, etag, modified, sums = row
        return cls(number, blob, size, etag, moment(modified), json.loads(sums))


@dataclass(frozen=True, slots=True)
class Object:
    bucket: str
    key: str
    size: int
    etag: str
    modified: datetime
    headers: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, row: Row) -> Object:
        bucket, key, size, etag, modified, headers, tags = row
        return cls(
            bucket, key, size, etag, moment(modified), json.loads(headers), json.loads(tags)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Upload:
    id: str
    bucket: str
    key: str
    initiated: datetime
    initiator: str
    headers: Mapping[str, Any]
    tags: Mapping[str, str]

    @classmethod
    def of(cls, row: Row) -> Upload:
        id, bucket, key, initiated, initiator, headers, tags = row
        return cls(
            id, bucket, key, moment(initiated), initiator, json.loads(headers), json.loads(tags)
        )  # fmt: skip


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# ----- buckets


def bucket(tx: Tx, name: str) -> Bucket | None:
    row = tx.one(f"SELECT {BUCKET} FROM s3_bucket WHERE name = :name", name=name)
    return Bucket.of(row) if row else None


def owner(tx: Tx, name: str) -> str:
    """The account of a bucket; empty where there is none."""
    return str(tx.value("SELECT account FROM s3_bucket WHERE name = :name", name=name) or "")


def buckets(tx: Tx, account: str, after: str, most: int) -> list[Bucket]:
    rows = tx.all(
        f"SELECT {BUCKET} FROM s3_bucket WHERE account = :account AND name > :after"
        " ORDER BY name LIMIT :most",
        account=account,
        after=after,
        most=most,
    )
    return [Bucket.of(row) for row in rows]


def add_bucket(tx: Tx, name: str, region: str, tags: Mapping[str, str]) -> Bucket:
    tx.run(
        f"INSERT INTO s3_bucket ({BUCKET}) VALUES (:name, :account, :region, :now, :tags, '{{}}')",
        name=name,
        account=tx.call.account,
        region=region,
        now=tx.now.timestamp(),
        tags=json.dumps(tags),
    )
    found = bucket(tx, name)
    assert found is not None
    return found


def change_bucket(
    tx: Tx,
    of: Bucket,
    *,
    tags: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    tx.run(
        "UPDATE s3_bucket SET tags = :tags, settings = :settings WHERE name = :name",
        name=of.name,
        tags=json.dumps(of.tags if tags is None else tags),
        settings=json.dumps(of.settings if settings is None else settings),
    )


def remove_bucket(tx: Tx, name: str) -> None:
    for upload in uploads(tx, name):
        remove_upload(tx, upload.id, keep=())
    tx.run("DELETE FROM s3_bucket WHERE name = :name", name=name)


def is_empty(tx: Tx, name: str) -> bool:
    return tx.one("SELECT 1 FROM s3_object WHERE bucket = :name LIMIT 1", name=name) is None


# ----- objects


def find(tx: Tx, bucket: str, key: str) -> Object | None:
    row = tx.one(
        f"SELECT {OBJECT} FROM s3_object WHERE bucket = :bucket AND key = :key",
        bucket=bucket,
        key=key,
    )
    return Object.of(row) if row else None


def parts_of(tx: Tx, of: Object) -> list[tuple[str, int, str]]:
    """The blobs of an object, with their sizes and sums."""
    found = tx.value(
        "SELECT parts FROM s3_object WHERE bucket = :bucket AND key = :key",
        bucket=of.bucket,
        key=of.key,
    )
    return [(blob, size, sum) for blob, size, sum in json.loads(found)]


def stretch(tx: Tx, of: Object, start: int, length: int) -> Stretch:
    return Stretch(tuple((blob, size) for blob, size, _ in parts_of(tx, of)), start, length)


def put(tx: Tx, made: Object, parts: Iterable[tuple[str, int, str]]) -> None:
    """Let an object be what it is now; what was there before goes."""
    kept = list(parts)
    release(tx, blobs_of(tx, made.bucket, made.key), kept={blob for blob, _, _ in kept})
    tx.many(
        "INSERT INTO s3_blob (blob) VALUES (:blob) ON CONFLICT (blob) DO NOTHING",
        [{"blob": blob} for blob, _, _ in kept],
    )
    tx.run(
        f"INSERT INTO s3_object ({OBJECT}, parts) VALUES (:bucket, :key, :size, :etag, :modified,"
        " :headers, :tags, :parts) ON CONFLICT (bucket, key) DO UPDATE SET size = excluded.size,"
        " etag = excluded.etag, modified = excluded.modified, headers = excluded.headers,"
        " tags = excluded.tags, parts = excluded.parts",
        bucket=made.bucket,
        key=made.key,
        size=made.size,
        etag=made.etag,
        modified=made.modified.timestamp(),
        headers=json.dumps(made.headers),
        tags=json.dumps(made.tags),
        parts=json.dumps(kept),
    )


def tag(tx: Tx, of: Object, tags: Mapping[str, str]) -> None:
    tx.run(
        "UPDATE s3_object SET tags = :tags WHERE bucket = :bucket AND key = :key",
        bucket=of.bucket,
        key=of.key,
        tags=json.dumps(tags),
    )


def remove(tx: Tx, bucket: str, key: str) -> bool:
    """Whether it was there."""
    release(tx, blobs_of(tx, bucket, key), kept=())
    return bool(
        tx.run(
            "DELETE FROM s3_object WHERE bucket = :bucket AND key = :key", bucket=bucket, key=key
        )
    )


def blobs_of(tx: Tx, bucket: str, key: str) -> list[str]:
    found = tx.value(
        "SELECT parts FROM s3_object WHERE bucket = :bucket AND key = :key", bucket=bucket, key=key
    )
    return [each[0] for each in json.loads(found)] if found else []


def listed(tx: Tx, bucket: str, start: str, inclusive: bool, most: int) -> list[Object]:
    """Objects by their keys' bytes, from one on."""
    rows = tx.all(
        f"SELECT {OBJECT} FROM s3_object WHERE bucket = :bucket AND key"
        f" {'>=' if inclusive else '>'} :start ORDER BY key LIMIT :most",
        bucket=bucket,
        start=start,
        most=most,
    )
    return [Object.of(row) for row in rows]


# ----- uploads


def new_upload(
    tx: Tx, bucket: str, key: str, headers: Mapping[str, Any], tags: Mapping[str, str]
) -> str:
    id = secrets.token_urlsafe(48)
    tx.run(
        f"INSERT INTO s3_upload ({UPLOAD}) VALUES (:id, :bucket, :key, :now, :initiator, :headers,"
        " :tags)",
        id=id,
        bucket=bucket,
        key=key,
        now=tx.now.timestamp(),
        initiator=tx.call.principal,
        headers=json.dumps(headers),
        tags=json.dumps(tags),
    )
    return id


def upload(tx: Tx, bucket: str, key: str, id: str) -> Upload | None:
    row = tx.one(
        f"SELECT {UPLOAD} FROM s3_upload WHERE id = :id AND bucket = :bucket AND key = :key",
        id=id,
        bucket=bucket,
        key=key,
    )
    return Upload.of(row) if row else None


def uploads(tx: Tx, bucket: str, prefix: str = "", key: str = "", id: str = "") -> Iterator[Upload]:
    """Uploads of keys below a prefix, by key and id, after those."""
    while True:
        rows = tx.all(
            f"SELECT {UPLOAD} FROM s3_upload WHERE bucket = :bucket AND key >= :prefix AND"
            " (key > :key OR (key = :key AND id > :id)) ORDER BY key, id LIMIT :most",
            bucket=bucket,
            prefix=prefix,
            key=key,
            id=id,
            most=UPLOADS_AT_ONCE,
        )
        for row in rows:
            found = Upload.of(row)
            if not found.key.startswith(prefix):
                return
            yield found
            key, id = found.key, found.id
        if len(rows) < UPLOADS_AT_ONCE:
            return


def put_part(tx: Tx, upload: str, part: Part) -> None:
    old = tx.value(
        "SELECT blob FROM s3_part WHERE upload = :upload AND number = :number",
        upload=upload,
        number=part.number,
    )
    if old is not None:
        release(tx, [old], kept=())
    tx.run(
        "INSERT INTO s3_blob (blob) VALUES (:blob) ON CONFLICT (blob) DO NOTHING", blob=part.blob
    )
    tx.run(
        f"INSERT INTO s3_part (upload, {PART}) VALUES (:upload, :number, :blob, :size, :etag,"
        " :modified, :sums) ON CONFLICT (upload, number) DO UPDATE SET blob = excluded.blob,"
        " size = excluded.size, etag = excluded.etag, modified = excluded.modified,"
        " sums = excluded.sums",
        upload=upload,
        number=part.number,
        blob=part.blob,
        size=part.size,
        etag=part.etag,
        modified=part.modified.timestamp(),
        sums=json.dumps(part.sums),
    )


def parts(tx: Tx, upload: str, after: int = 0, most: int = 10_000) -> list[Part]:
    rows = tx.all(
        f"SELECT {PART} FROM s3_part WHERE upload = :upload AND number > :after"
        " ORDER BY number LIMIT :most",
        upload=upload,
        after=after,
        most=most,
    )
    return [Part.of(row) for row in rows]


def remove_upload(tx: Tx, id: str, keep: Iterable[str]) -> None:
    """An upload is over; the parts that no object is made of go."""
    release(tx, [part.blob for part in parts(tx, id)], kept=keep)
    tx.run("DELETE FROM s3_part WHERE upload = :id", id=id)
    tx.run("DELETE FROM s3_upload WHERE id = :id", id=id)


# ----- blobs


def pieces(of: Stretch, blobs: Blobs) -> Generator[bytes]:
    """The bytes of a stretch, some at a time.  KeyError."""
    skip, left = of.start, of.length
    for blob, size in of.parts:
        if skip >= size:
            skip -= size
            continue
        if left <= 0:
            return
        taken = min(size - skip, left)
        yield from blobs.part(blob, skip, taken)
        skip, left = 0, left - taken


def release(tx: Tx, blobs: Iterable[str], kept: Iterable[str]) -> None:
    """Let blobs go, by and by."""
    staying = frozenset(kept)
    for blob in blobs:
        if blob not in staying:
            tx.run("DELETE FROM s3_blob WHERE blob = :blob", blob=blob)
            tx.enqueue(WORK, blob, tx.now + READ_WITHIN)


def is_claimed(tx: Tx, blob: str) -> bool:
    return (
        tx.one("SELECT 1 FROM s3_blob WHERE blob = :blob", blob=blob) is not None
        or tx.one("SELECT 1 FROM work WHERE kind = :kind AND key = :blob", kind=WORK, blob=blob)
        is not None
    )


async def clean(store: Store, blobs: Blobs, blob: str) -> None:
    """Reconciler: take a blob away that no object needs."""
    if await store.read(is_needed, blob):
        return
    blobs.delete(blob)


def is_needed(tx: Tx, blob: str) -> bool:
    return tx.one("SELECT 1 FROM s3_blob WHERE blob = :blob", blob=blob) is not None


async def sweep(store: Store, blobs: Blobs) -> None:
    """Take away blobs whose rows never came: a process was killed between the two."""
    for blob in blobs.older(UNCLAIMED):
        if not await store.read(is_claimed, blob):
            blobs.delete(blob)
