"""Large bytes: messages, objects, snapshots.  A blob is on disk before the row that names it.

Files in the data directory, spread over 256 folders by the first byte of their id; written to a
temporary name, synced, renamed, and their folder synced.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

PIECE = 256 * 1024


class Blobs:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, pieces: Iterable[bytes]) -> str:
        """Keep some bytes; returns their id when they are on disk."""
        blob = secrets.token_hex(16)
        path = self._path(blob)
        made = not path.parent.exists()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_suffix(".part")
        with open(temporary, "xb", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
            try:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                temporary.unlink()
                raise
        temporary.rename(path)
        sync(path.parent)
        if made:
            sync(path.parent.parent)
        return blob

    def get(self, blob: str) -> Iterator[bytes]:
        """The bytes, in pieces; KeyError if there are none of that id."""
        try:
            file = self._path(blob).open("rb")
        except FileNotFoundError:
            raise KeyError(blob) from None
        with file:
            while piece := file.read(PIECE):
                yield piece

    def size(self, blob: str) -> int:
        try:
            return self._path(blob).stat().st_size
        except FileNotFoundError:
            raise KeyError(blob) from None

    def path(self, blob: str) -> Path:
        """Where a blob is, for what reads files by their names."""
        return self._path(blob)

    def delete(self, blob: str) -> None:
        self._path(blob).unlink(missing_ok=True)

    def older(self, seconds: float) -> Iterator[str]:
        """The blobs that were put so long ago, or earlier."""
        before = time.time() - seconds
        for path in self._directory.glob("[0-9a-f][0-9a-f]/*"):
            with contextlib.suppress(FileNotFoundError):
                if path.suffix != ".part" and path.stat().st_mtime <= before:
                    yield path.name

    def _path(self, blob: str) -> Path:
        if len(blob) != 32 or not set(blob) <= set("0123456789abcdef"):
            raise KeyError(blob)
        return self._directory / blob[:2] / blob


def sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
