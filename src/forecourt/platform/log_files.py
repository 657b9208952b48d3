"""Logs that AWS would deliver to CloudWatch Logs, as files below <data>/logs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

LARGEST = 64 * 1024 * 1024  # bytes of a file before a new one is begun; one old one is kept


def append(path: Path, lines: Iterable[str]) -> None:
    """Add whole lines to a file that only we read.  OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.stat().st_size > LARGEST:
        path.replace(path.with_suffix(".old"))
    with open(path, "a") as file:
        file.writelines(lines)
