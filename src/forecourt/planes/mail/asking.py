"""What mail asks of DNS, through whoever resolves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class TryLater(Exception):
    """DNS has no answer now."""


@dataclass(frozen=True, slots=True)
class Found:
    records: tuple[Any, ...] = ()  # dnspython's rdata
    exists: bool = True  # whether there is such a name
    secure: bool = False  # validated by DNSSEC, also that there is nothing
    held: bool = True  # whether the local internet has the name's domain


class Lookup(Protocol):
    async def __call__(self, name: str, type: str) -> Found:
        """The records of a name, CNAMEs followed.  TryLater."""


async def texts(lookup: Lookup, name: str) -> list[str]:
    """The TXT records of a name, each as one string.  TryLater."""
    found = await lookup(name, "TXT")
    return [b"".join(record.strings).decode("utf-8", "replace") for record in found.records]
