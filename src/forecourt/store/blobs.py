"""Large bytes: messages, objects, snapshots.  A blob is on disk before the row that names it.

Files in the data directory, spread over 256 folders by the first byte of their id; written to a
temporary name, synced, renamed, and their folder synced.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

PIECE = 256 * 1024
ABANDONED = 24 * 3600.0  # seconds without a byte, after which nobody writes a blob any more


class Blob:
    """One that is being written: kept whole, or not at all."""

    def __init__(self, id: str, path: Path) -> None:
        self.id, self.size = id, 0
        self._path, self._temporary = path, path.with_suffix(".part")
        self._made = not path.parent.exists()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = open(  # noqa: SIM115  it stays open until it is kept or dropped
            self._temporary, "xb", opener=lambda p, flags: os.open(p, flags, 0o600)
        )

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self.size += len(piece)

    def keep(self) -> str:
        """Its id, when it is on disk."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except BaseException:
            self.drop()
            raise
        self._file.close()
        self._temporary.rename(self._path)
        sync(self._path.parent)
        if self._made:
            sync(self._path.parent.parent)
        return self.id

    def drop(self) -> None:
        """Take away what was written."""
        with contextlib.suppress(OSError):  # a full disk, once more
            self._file.close()
        self._temporary.unlink(missing_ok=True)


class Blobs:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def new(self) -> Blob:
        blob = secrets.token_hex(16)
        return Blob(blob, self._path(blob))

    def put(self, pieces: Iterable[bytes]) -> str:
        """Keep some bytes; returns their id when they are on disk."""
        blob = self.new()
        try:
            for piece in pieces:
                blob.write(piece)
        except BaseException:
            blob.drop()
            raise
        return blob.keep()

    def link(self, blob: str) -> str:
        """The same bytes under another id; KeyError if there are none of that id."""
        copy = secrets.token_hex(16)
        path = self._path(copy)
        made = not path.parent.exists()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            os.link(self._path(blob), path)
        except FileNotFoundError:
            raise KeyError(blob) from None
        except OSError as failure:
            if failure.errno != errno.EMLINK:
                raise
            return self.put(self.get(blob))  # it has as many names as the disk allows
        os.utime(path)  # what is older and has no row is swept
        sync(path.parent)
        if made:
            sync(path.parent.parent)
        return copy

    def get(self, blob: str) -> Iterator[bytes]:
        """The bytes, in pieces; KeyError if there are none of that id."""
        return self.part(blob, 0, None)

    def part(self, blob: str, start: int, length: int | None) -> Iterator[bytes]:
        """Some of the bytes, in pieces; KeyError if there are none of that id."""
        try:
            file = self._path(blob).open("rb")
        except FileNotFoundError:
            raise KeyError(blob) from None
        with file:
            file.seek(start)
            left = length
            while left is None or left > 0:
                piece = file.read(PIECE if left is None else min(PIECE, left))
                if not piece:
                    return
                if left is not None:
                    left -= len(piece)
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
        """The blobs that were put so long ago, or earlier; what was never finished goes."""
        before = time.time() - seconds
        for path in self._directory.glob("[0-9a-f][0-9a-f]/*"):
            with contextlib.suppress(FileNotFoundError):
                changed = path.stat().st_mtime
                if path.suffix != ".part" and changed <= before:
                    yield path.name
                elif path.suffix == ".part" and changed <= time.time() - ABANDONED:
                    path.unlink()

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
