"""Who uses a certificate: what listens with it says so, and it cannot be deleted meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


def use(tx: Tx, user: str, certificate: str) -> None:
    """A listener (its ARN) has a certificate (its ARN)."""
    tx.run(
        'INSERT INTO certificate_use (certificate, "user") VALUES (:certificate, :user)'
        ' ON CONFLICT (certificate, "user") DO NOTHING',
        certificate=certificate,
        user=user,
    )


def release(tx: Tx, user: str, certificate: str) -> None:
    tx.run(
        'DELETE FROM certificate_use WHERE certificate = :certificate AND "user" = :user',
        certificate=certificate,
        user=user,
    )


def users(tx: Tx, certificate: str) -> list[str]:
    rows = tx.all(
        'SELECT "user" FROM certificate_use WHERE certificate = :certificate ORDER BY "user"',
        certificate=certificate,
    )
    return [user for (user,) in rows]
