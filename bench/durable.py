"""A handler for aiosmtpd that answers 250 once a message is on disk, as a mail server has to.

    PYTHONPATH=. aiosmtpd -n -l 127.63.0.97:2525 -c bench.durable.Durable FOLDER

The message is a file, written and synced, and so is the folder that names it.  Threads wait for the
disk: connections do not wait for each other.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Self


class Durable:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    @classmethod
    def from_cli(cls, parser: ArgumentParser, *args: str) -> Self:
        return cls(Path(args[0]))

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.to_thread(self._keep, next(self._numbers), envelope.content)
        return "250 2.0.0 Ok"

    def _keep(self, number: int, content: bytes) -> None:
        with open(self._folder / str(number), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
