"""Which accounts were given their default VPCs: once, so that one that was deleted stays away.

EC2 makes the VPCs (services/ec2/defaults.py); whoever makes accounts asks here who lacks them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from forecourt.platform.identity.accounts import list_accounts

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

SETTING = "default VPCs"


def lacking(tx: Tx) -> list[str]:
    """The accounts that were not given theirs."""
    given = set(noted(tx))
    return [account.id for account in list_accounts(tx) if account.id not in given]


def note(tx: Tx, account: str) -> None:
    """Remember that an account was given its VPCs."""
    tx.run(
        "INSERT INTO setting (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=SETTING,
        value=json.dumps(sorted({*noted(tx), account})),
    )


def forget(tx: Tx) -> None:
    """Let all be given theirs again: for resets, which delete everything."""
    tx.run("DELETE FROM setting WHERE name = :name", name=SETTING)


def noted(tx: Tx) -> list[str]:
    found: list[str] = json.loads(
        tx.value("SELECT value FROM setting WHERE name = :name", name=SETTING) or "[]"
    )
    return found
