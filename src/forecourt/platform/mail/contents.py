"""Contents of messages: small ones in rows, so that one commit makes many durable; large ones as blobs.

A blob is on disk before the row that names it; one whose row never came, or went, is taken away by a
work item.  On PostgreSQL all are rows, which every node reads.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from forecourt.planes.mail import mime

if TYPE_CHECKING:
    from forecourt.store.blobs import Blobs
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

IN_ROWS = 64 * 1024  # bytes; larger contents are blobs
FOLDER = "blobs/mail"  # in the data directory
WORK = "mail-blob"  # blobs to look at: is there a content that needs them?
UNCLAIMED = 3600.0  # seconds after which a blob that no row names is nobody's
LONGEST_TEXT = 2000  # characters of a field that are kept to be searched


@dataclass(frozen=True, slots=True)
class Content:
    """A content that is to be stored: its bytes, or the blob that has them, and what is shown of it."""

    id: str
    size: int
    data: bytes | None
    envelope: bytes
    structure: bytes
    message_id: str
    sent: int
    sender: str
    recipients: str
    copied: str
    blind: str
    subject: str


INSERT = (
    "INSERT INTO mail_content (id, size, data, envelope, structure, message_id, sent, sender,"
    " recipients, copied, blind, subject) VALUES (:id, :size, :data, :envelope, :structure,"
    " :message_id, :sent, :sender, :recipients, :copied, :blind, :subject)"
)
DAY = 86400
MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")


def prepare(data: bytes, blobs: Blobs | None) -> Content:
    """Read what is shown of a content, and put a large one on disk.  OSError where that fails.

    `blobs` is none where rows take everything.
    """
    tree = mime.scan(data)
    in_row = blobs is None or len(data) <= IN_ROWS
    date = mime.date(mime.first(tree.fields, "date"))
    shown = (
        searchable(mime.first(tree.fields, name)) for name in ("from", "to", "cc", "bcc", "subject")
    )
    envelope, structure = mime.envelope(tree.fields), mime.structure(data, tree)
    # What can fail comes before the blob.
    day = int(date.replace(tzinfo=UTC).timestamp() // DAY) if date is not None else -1
    blob = secrets.token_hex(16) if in_row else put(blobs, data)
    return Content(
        blob,
        len(data),
        data if in_row else None,
        envelope,
        structure,
        message_id(mime.text(mime.first(tree.fields, "message-id"))),
        day,
        *shown,
    )


def put(blobs: Blobs | None, data: bytes) -> str:
    assert blobs is not None
    return blobs.put([data])


def message_id(text: str) -> str:
    found = MESSAGE_ID.search(text)
    return found[0] if found else ""


def searchable(value: bytes) -> str:
    readable = mime.decoded(mime.text(value)) if value else ""
    return readable[:LONGEST_TEXT].replace("\0", "").lower()


def insert(tx: Tx, content: Content) -> None:
    tx.run(
        INSERT,
        id=content.id,
        size=content.size,
        data=content.data,
        envelope=content.envelope,
        structure=content.structure,
        message_id=content.message_id,
        sent=content.sent,
        sender=content.sender,
        recipients=content.recipients,
        copied=content.copied,
        blind=content.blind,
        subject=content.subject,
    )


def release(tx: Tx, ids: Iterable[str]) -> None:
    """Let contents go that nothing shows or sends any more."""
    for each in ids:
        if tx.one("SELECT 1 FROM mail_message WHERE content = :id LIMIT 1", id=each):
            continue
        if tx.one("SELECT 1 FROM mail_queued WHERE content = :id LIMIT 1", id=each):
            continue
        in_row = tx.value("SELECT data IS NOT NULL FROM mail_content WHERE id = :id", id=each)
        tx.run("DELETE FROM mail_content WHERE id = :id", id=each)
        if not in_row:
            tx.enqueue(WORK, each)


async def clean(store: Store, blobs: Blobs, blob: str) -> None:
    """Reconciler: take a blob away that no content needs."""
    if await store.read(size_of, blob) is None:
        blobs.delete(blob)


async def sweep(store: Store, blobs: Blobs) -> None:
    """Take away blobs whose rows never came: a process was killed between the two."""
    for blob in blobs.older(UNCLAIMED):
        if await store.read(size_of, blob) is None:
            blobs.delete(blob)


def size_of(tx: Tx, id: str) -> int | None:
    found: int | None = tx.value("SELECT size FROM mail_content WHERE id = :id", id=id)
    return found


def start_of(tx: Tx, id: str, size: int | None) -> bytes | None:
    """The first bytes of a content that is in a row, or all; None where it is a blob."""
    if size is None:
        found: Any = tx.value("SELECT data FROM mail_content WHERE id = :id", id=id)
    else:
        found = tx.value(
            "SELECT substr(data, 1, :size) FROM mail_content WHERE id = :id", id=id, size=size
        )
    return None if found is None else bytes(found)


def read(blobs: Blobs, blob: str, size: int | None = None) -> bytes:
    """The first bytes of a blob, or all.  KeyError where it is gone."""
    return b"".join(pieces(blobs, blob, size))


def pieces(blobs: Blobs, blob: str, size: int | None = None) -> Iterator[bytes]:
    left = size
    for piece in blobs.get(blob):
        if left is None:
            yield piece
            continue
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return
