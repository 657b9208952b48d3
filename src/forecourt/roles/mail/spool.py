"""A message that comes in pieces: small in memory, larger in a file of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

IN_MEMORY = 1024 * 1024  # bytes


class Spool:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None

    def add(self, piece: bytes) -> None:
        """OSError where there is no room."""
        if self._file is None:
            self._file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(self._folder))  # noqa: SIM115
        self._file.write(piece)

    def whole(self, last: bytes) -> bytes:
        """All pieces and what follows them; the next message begins anew.  OSError."""
        if self._file is None:
            return last
        self._file.seek(0)
        found = self._file.read() + last
        self.drop()
        return found

    def drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
