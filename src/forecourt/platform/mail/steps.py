"""The path of each message, step by step: what `forecourt mail trace` tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

KEPT = 30 * 86400  # seconds
LONGEST = 500  # characters
SUBMITTED, RECEIVED, STORED, READ = "submitted", "received", "stored", "read"


def note(tx: Tx, message_id: str, step: str, detail: str) -> None:
    """One more step; what has no Message-ID has no path."""
    if not message_id:
        return
    tx.run(
        "INSERT INTO mail_step (message_id, at, step, detail) VALUES (:id, :at, :step, :detail)",
        id=message_id,
        at=tx.now.timestamp(),
        step=step,
        detail=detail[:LONGEST],
    )


def path(tx: Tx, message_id: str) -> list[tuple[float, str, str]]:
    """When, what, and more about it, in order; with or without the angle brackets."""
    wanted = message_id if message_id.startswith("<") else f"<{message_id}>"
    rows = tx.all(
        "SELECT at, step, detail FROM mail_step WHERE message_id = :id ORDER BY id", id=wanted
    )
    return [(at, step, detail) for at, step, detail in rows]


def note_read(tx: Tx, content: str, how: str) -> None:
    """Somebody read a message: once is told."""
    message_id = tx.value("SELECT message_id FROM mail_content WHERE id = :id", id=content)
    if not message_id:
        return
    if not tx.one(
        "SELECT 1 FROM mail_step WHERE message_id = :id AND step = :step AND detail = :how",
        id=message_id,
        step=READ,
        how=how,
    ):
        note(tx, message_id, READ, how)


def forget(tx: Tx) -> None:
    tx.run("DELETE FROM mail_step WHERE at < :before", before=tx.now.timestamp() - KEPT)
