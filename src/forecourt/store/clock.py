"""The calendar: what time it is for validity, expiry, retention and what the API shows.

It is the real clock plus an offset that tests may move forwards (`/_forecourt/clock`, only with
--testing).  Signatures, time-outs and leases go by the real clock.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Connection, Tx

AGAIN = 0.05  # seconds for which an offset that was read is believed


class Calendar:
    def __init__(self) -> None:
        self._offset, self._read_at = 0.0, float("-inf")

    def now(self, connection: Connection) -> datetime:
        """UTC, in whole milliseconds."""
        if (moment := time.monotonic()) - self._read_at > AGAIN:
            row = connection.one("SELECT value FROM setting WHERE name = 'clock'", {})
            self._offset, self._read_at = float(row[0]) if row else 0.0, moment
        milliseconds = int((time.time() + self._offset) * 1000)
        return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(
            milliseconds=milliseconds % 1000
        )


def move_forwards(tx: Tx, seconds: float) -> None:
    """Move the calendar on, never back."""
    tx.run(
        "INSERT INTO setting (name, value) VALUES ('clock', :seconds)"
        " ON CONFLICT (name) DO UPDATE SET"
        " value = CAST(CAST(setting.value AS DOUBLE PRECISION)"
        " + CAST(:seconds AS DOUBLE PRECISION) AS TEXT)",
        seconds=str(max(0.0, seconds)),
    )
