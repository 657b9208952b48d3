"""What exactly one worker must do: leased, retried with backoff, never lost.

An item is done only if nothing enqueued its key again meanwhile: the generation is the one that was
leased.  Generations are never reused, so a worker whose lease ran out cannot finish newer work.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

LEASE = 6.0  # seconds; a worker that lives renews at a third of it
LONGEST_WAIT = 300.0  # seconds between attempts
# A lease that ends later than any given now was given before the clock was set back.
FREE = f"(leased_until IS NULL OR leased_until < :real OR leased_until > :real + {2 * LEASE})"


@dataclass(frozen=True, slots=True)
class Item:
    kind: str
    key: str
    generation: int
    failures: int


def lease(tx: Tx, kind: str, owner: str, most: int) -> list[Item]:
    """Take up to `most` items that are due and nobody else holds."""
    rows = tx.all(
        "SELECT kind, key, generation, failures FROM work WHERE kind = :kind AND due <= :now"
        f" AND {FREE} ORDER BY due LIMIT :most",
        kind=kind,
        now=tx.now.timestamp(),
        real=time.time(),
        most=most,
    )
    items = [Item(*row) for row in rows]
    for item in items:
        tx.run(
            "UPDATE work SET owner = :owner, leased_until = :until"
            " WHERE kind = :kind AND key = :key",
            owner=owner,
            until=time.time() + LEASE,
            kind=kind,
            key=item.key,
        )
    return items


def any_due(tx: Tx, kind: str) -> bool:
    return bool(
        tx.one(
            f"SELECT 1 FROM work WHERE kind = :kind AND due <= :now AND {FREE} LIMIT 1",
            kind=kind,
            now=tx.now.timestamp(),
            real=time.time(),
        )
    )


def renew(tx: Tx, item: Item, owner: str) -> bool:
    """Hold an item for longer; False if it is no longer held."""
    return bool(
        tx.run(
            "UPDATE work SET leased_until = :until"
            " WHERE kind = :kind AND key = :key AND owner = :owner",
            until=time.time() + LEASE,
            kind=item.kind,
            key=item.key,
            owner=owner,
        )
    )


def finish(tx: Tx, item: Item, owner: str) -> None:
    """Done, unless the key was enqueued again meanwhile: then it is free to be taken again."""
    deleted = tx.run(
        "DELETE FROM work WHERE kind = :kind AND key = :key AND generation = :generation"
        " AND owner = :owner",
        kind=item.kind,
        key=item.key,
        generation=item.generation,
        owner=owner,
    )
    if not deleted:
        release(tx, item, owner)


def release(tx: Tx, item: Item, owner: str) -> None:
    tx.run(
        "UPDATE work SET owner = NULL, leased_until = NULL"
        " WHERE kind = :kind AND key = :key AND owner = :owner",
        kind=item.kind,
        key=item.key,
        owner=owner,
    )


def postpone(tx: Tx, item: Item, owner: str, wait: float | None = None) -> None:
    """Try again later: after `wait` seconds, or twice as long as the last time."""
    seconds = wait if wait is not None else min(2.0 ** min(item.failures, 16), LONGEST_WAIT)
    tx.run(
        "UPDATE work SET owner = NULL, leased_until = NULL, failures = :failures, due = :due"
        " WHERE kind = :kind AND key = :key AND generation = :generation AND owner = :owner",
        due=(tx.now + timedelta(seconds=seconds)).timestamp(),
        failures=item.failures + 1 if wait is None else 0,
        kind=item.kind,
        key=item.key,
        generation=item.generation,
        owner=owner,
    )
    release(tx, item, owner)
