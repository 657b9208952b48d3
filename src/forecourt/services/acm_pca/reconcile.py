"""Authorities' years: certificates that end, and deletions that become final."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.store.tx import Call

from .authorities import LIFE, tend

if TYPE_CHECKING:
    from forecourt.store.store import Store

__all__ = ["LIFE", "reconcile"]


async def reconcile(store: Store, arn: str) -> float | None:
    """Look at an authority; in how many seconds to look again."""
    _, _, _, region, account, _ = arn.split(":", 5)
    call = Call("acm-pca", "Reconcile", account, region)
    return await store.write_for(call, lambda tx, _: tend(tx, arn), None)
