"""Empty every account, for tests: what callers made goes, accounts and their keys stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

# In the order of their references: children first.
TABLES = (
    "route53_protection",
    "route53_record_set",
    "route53_change",
    "route53_caller_reference",
    "route53_zone",
    "published_name",
    "published_zone",
    "resource",
    "quota",
    "audit_event",
)


def empty(tx: Tx) -> int:
    """Delete everything and tell all followers; the feed's sequence number to wait for."""
    for table in TABLES:
        tx.run(f"DELETE FROM {table}")
    tx.run("UPDATE server_set SET reserved = :no", no=False)
    tx.run("DELETE FROM setting WHERE name = 'clock'")
    return tx.publish("names", ["all"])
