"""How services hand zones to the name servers: rows and feed entries, one owner name each.

A change of one record publishes one name, whatever the size of its zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from forecourt.planes.dns.snapshot import RRset, pack

from .server_sets import TOPIC

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


def publish_zone(tx: Tx, zone: str, origin: bytes, sort_key: str, server_set: int) -> None:
    """Make a zone known; its names follow."""
    tx.run(
        "INSERT INTO published_zone (id, origin, sort_key, server_set)"
        " VALUES (:id, :origin, :key, :set)",
        id=zone,
        origin=origin,
        key=sort_key,
        set=server_set,
    )
    tx.publish(TOPIC, [f"zone:{zone}"])


def publish_names(tx: Tx, zone: str, names: Mapping[bytes, Iterable[RRset]]) -> int:
    """Set the record sets of some names, none to take a name away.

    Returns the feed's sequence number; when every name server has reached it, the world has them.
    """
    gone = [{"zone": zone, "owner": owner} for owner, rrsets in names.items() if not rrsets]
    there = [
        {"zone": zone, "owner": owner, "node": pack(rrsets)}
        for owner, rrsets in names.items()
        if rrsets
    ]
    if gone:
        tx.many("DELETE FROM published_name WHERE zone = :zone AND owner = :owner", gone)
    if there:
        tx.many(
            "INSERT INTO published_name (zone, owner, node) VALUES (:zone, :owner, :node)"
            " ON CONFLICT (zone, owner) DO UPDATE SET node = excluded.node",
            there,
        )
    return tx.publish(TOPIC, [f"name:{zone}:{owner.hex()}" for owner in names])


def withdraw_zone(tx: Tx, zone: str) -> int:
    """Take a zone off the name servers."""
    tx.run("DELETE FROM published_name WHERE zone = :zone", zone=zone)
    tx.run("DELETE FROM published_zone WHERE id = :zone", zone=zone)
    return tx.publish(TOPIC, [f"zone:{zone}"])
