"""What keys do by the calendar: they are deleted when their window is over, and rotate when it is time.

One look at a key by its ARN, however late; what is due then is done.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from forecourt.platform.keys import grants, stored
from forecourt.platform.keys.stored import ALIASES, ENABLED, KEYS, Key
from forecourt.store import resources
from forecourt.store.resources import COLUMNS, Resource

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx


async def reconcile(store: Store, arn: str) -> float | None:
    """Do what is due; in how many seconds to look again."""
    return await store.write(tend, arn)


def tend(tx: Tx, arn: str) -> float | None:
    found = resources.at(tx, arn)
    if found is None:
        return None
    key = Key(found)
    if key.deletion is not None:
        left = (key.deletion - tx.now).total_seconds()
        if left > 0:
            return left
        delete(tx, key)
        return None
    return rotated(tx, key)


def delete(tx: Tx, key: Key) -> None:
    """A key with its material, its aliases and its grants."""
    for each in (*aliases_of(tx, key), *grants.of_key(tx, key.arn)):
        ALIASES.remove(tx, each)
    KEYS.remove(tx, key.resource)


def aliases_of(tx: Tx, key: Key) -> list[Resource]:
    rows = tx.all(
        f"SELECT {COLUMNS} FROM resource WHERE service = 'kms' AND kind = 'alias'"
        " AND account = :account AND region = :region",
        account=key.account,
        region=key.region,
    )
    found = [Resource.of(row) for row in rows]
    return [alias for alias in found if alias.spec["TargetKeyArn"] == key.arn]


def rotated(tx: Tx, key: Key) -> float | None:
    """A key that is disabled waits; enabling it has it looked at again."""
    rotation = key.resource.status.get("Rotation")
    if rotation is None or key.state != ENABLED:
        return None
    if rotation["Next"] <= tx.now.timestamp():
        due = tx.now + timedelta(days=rotation["PeriodInDays"])
        rotation = {**rotation, "Next": due.timestamp()}
        stored.change(tx, stored.rotate(tx, key, "AUTOMATIC"), status={"Rotation": rotation})
    return float(rotation["Next"]) - tx.now.timestamp()
