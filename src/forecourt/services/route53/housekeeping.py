"""What Route 53 forgets in time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

CHANGES_KEPT = timedelta(days=30)


def forget_changes(tx: Tx) -> None:
    """Old changes: long INSYNC, and asked for no more."""
    tx.run(
        "DELETE FROM route53_change WHERE submitted < :before",
        before=(tx.now - CHANGES_KEPT).timestamp(),
    )
