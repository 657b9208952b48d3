"""Mail that services would send: held, until there is a mail plane that takes it from here."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from forecourt.aws.errors import AwsError
from forecourt.store.resources import Kind, Resource

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

HELD = Kind("mail", "held", AwsError, is_global=True, is_shared=True)
MOST = 10_000  # messages; the oldest go


def hold(tx: Tx, to: str, subject: str, text: str) -> None:
    """Keep a message for somebody."""
    name = f"{time.time_ns():020d} {uuid.uuid4()}"
    HELD.create(tx, name, {"To": to, "Subject": subject, "Text": text}, {})
    if HELD.count(tx) > MOST:
        for oldest in HELD.page(tx, "", 0)[:1]:
            HELD.remove(tx, oldest)


def held(tx: Tx) -> list[Resource]:
    """What waits, the oldest first."""
    return HELD.all(tx)
