"""Files of secrets in the data directory: readable by their owner alone, written once."""

from __future__ import annotations

import os
from pathlib import Path

from forecourt.store.blobs import sync

MASTER_KEY = "master.key"


def keep(path: Path, secret: bytes) -> bytes:
    """The secret in a file; written first if there is none.  It is whole on disk or not there."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        overwrite(path, secret)
        return secret


def overwrite(path: Path, secret: bytes) -> None:
    """Put a secret in a file, in place of what was there."""
    temporary = path.with_suffix(".part")
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync(path.parent)


def read_master_key(data: Path) -> bytes:
    return keep(data / MASTER_KEY, os.urandom(32))
