"""How services hand zones to the name servers: rows and feed entries, one owner name each.

A change of one record publishes one name, whatever the size of its zone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from forecourt.planes.dns.snapshot import RRset, pack

from . import awaited
from .server_sets import BINDING, TOPIC

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
    awaited.changed(tx, names)
    seq = tx.publish(TOPIC, [f"name:{zone}:{owner.hex()}" for owner in names])
    tx.run("UPDATE published_zone SET serial = :seq WHERE id = :zone", seq=seq, zone=zone)
    return seq


def withdraw_zone(tx: Tx, zone: str) -> int:
    """Take a zone off the name servers."""
    for table in ("name", "view", "log", "signing"):
        tx.run(f"DELETE FROM published_{table} WHERE zone = :zone", zone=zone)
    tx.run("DELETE FROM published_zone WHERE id = :zone", zone=zone)
    return tx.publish(TOPIC, [f"zone:{zone}"])


def show_in(tx: Tx, zone: str, vpc: str) -> int:
    """Let a VPC's resolver answer from a private zone."""
    tx.run(
        "INSERT INTO published_view (zone, vpc) VALUES (:zone, :vpc) ON CONFLICT DO NOTHING",
        zone=zone,
        vpc=vpc,
    )
    tx.publish(BINDING, [vpc])
    return tx.publish(TOPIC, [f"view:{zone}"])


def hide_from(tx: Tx, zone: str, vpc: str) -> int:
    tx.run("DELETE FROM published_view WHERE zone = :zone AND vpc = :vpc", zone=zone, vpc=vpc)
    return tx.publish(TOPIC, [f"view:{zone}"])


def vpcs(tx: Tx) -> list[str]:
    """The VPCs that some private zone is shown in."""
    return [vpc for (vpc,) in tx.all("SELECT DISTINCT vpc FROM published_view ORDER BY vpc")]


def vpcs_of(tx: Tx, zone: str) -> list[str]:
    rows = tx.all("SELECT vpc FROM published_view WHERE zone = :zone ORDER BY vpc", zone=zone)
    return [vpc for (vpc,) in rows]


def publish_health(tx: Tx, check: str, healthy: bool | None) -> int:
    """What a health check says; None where it is gone."""
    if healthy is None:
        tx.run("DELETE FROM published_health WHERE id = :id", id=check)
    else:
        tx.run(
            "INSERT INTO published_health (id, healthy) VALUES (:id, :healthy)"
            " ON CONFLICT (id) DO UPDATE SET healthy = excluded.healthy",
            id=check,
            healthy=healthy,
        )
    return tx.publish(TOPIC, [f"health:{check}"])


def health(tx: Tx, check: str) -> bool | None:
    """What was last published of a health check."""
    found = tx.value("SELECT healthy FROM published_health WHERE id = :id", id=check)
    return None if found is None else bool(found)


def publish_location(tx: Tx, location: str, blocks: Iterable[str]) -> int:
    """The networks of a CIDR location; none where it is gone."""
    if found := list(blocks):
        tx.run(
            "INSERT INTO published_location (id, blocks) VALUES (:id, :blocks)"
            " ON CONFLICT (id) DO UPDATE SET blocks = excluded.blocks",
            id=location,
            blocks=json.dumps(found),
        )
    else:
        tx.run("DELETE FROM published_location WHERE id = :id", id=location)
    return tx.publish(TOPIC, [f"location:{location}"])


def publish_signing(tx: Tx, zone: str, keys: str | None) -> int:
    """What a zone is signed with (signing.py); None: no more."""
    tx.run("DELETE FROM published_signing WHERE zone = :zone", zone=zone)
    if keys is not None:
        sql = "INSERT INTO published_signing (zone, keys) VALUES (:zone, :keys)"
        tx.run(sql, zone=zone, keys=keys)
    return tx.publish(TOPIC, [f"zone:{zone}"])


def publish_log(tx: Tx, zone: str, log_group: str | None) -> int:
    """Where a zone's queries are told of; None: nowhere."""
    tx.run("DELETE FROM published_log WHERE zone = :zone", zone=zone)
    if log_group is not None:
        sql = "INSERT INTO published_log (zone, log_group) VALUES (:zone, :log_group)"
        tx.run(sql, zone=zone, log_group=log_group)
    return tx.publish(TOPIC, [f"zone:{zone}"])
