"""Names that somebody waits for: when one of our zones is changed there, work is due at once.

wait_for(tx, "_0a1b.example.com.", "acm", certificate)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from forecourt.planes.dns import wire

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

Outside = Callable[[str, str], Awaitable[list[str]]]  # what anybody is told of a name's type
SOONEST, LATEST = 0.2, 60.0  # seconds between looks at a name's record
UNDERSCORE = ord("_")  # begins every name that is waited for (RFC 8552)


def wait_for(tx: Tx, name: str, kind: str, key: str) -> None:
    """Have work of a kind done when a name changes."""
    tx.run(
        "INSERT INTO awaited_name (owner, kind, key, changed) VALUES (:owner, :kind, :key, 0)"
        " ON CONFLICT DO NOTHING",
        owner=wire.from_text(name.lower()),
        kind=kind,
        key=key,
    )


def wait_no_more(tx: Tx, kind: str, key: str) -> None:
    tx.run("DELETE FROM awaited_name WHERE kind = :kind AND key = :key", kind=kind, key=key)


def changed(tx: Tx, owners: Iterable[bytes]) -> None:
    """Names (in wire form) were published anew."""
    for owner in owners:
        if len(owner) < 2 or owner[1] != UNDERSCORE:
            continue
        sql = "UPDATE awaited_name SET changed = :now WHERE owner = :owner"
        if tx.run(sql, now=tx.now.timestamp(), owner=owner):
            sql = "SELECT kind, key FROM awaited_name WHERE owner = :owner"
            for kind, key in tx.all(sql, owner=owner):
                tx.enqueue(kind, key)


def last_change(tx: Tx, kind: str, key: str) -> float:
    """When one of the names that are waited for last changed; 0 if none did."""
    sql = "SELECT max(changed) FROM awaited_name WHERE kind = :kind AND key = :key"
    return float(tx.value(sql, kind=kind, key=key) or 0.0)


def delay(waited: float) -> float:
    """The longer a name has been waited for since it changed, the longer until the next look: what was
    published is not yet answered by every name server.
    """
    return min(LATEST, max(SOONEST, waited / 4))
