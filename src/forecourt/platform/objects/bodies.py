"""Bodies that are blobs: those that came, and those that are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes in blobs, to be answered: from `start` on, `length` of them."""

    parts: tuple[tuple[str, int], ...]  # blobs and their sizes
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Received:
    """A body that was written to a blob while it came: its size, and its sums in base64."""

    blob: str
    size: int
    md5: str  # in hex
    sums: Mapping[str, str]

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return True
