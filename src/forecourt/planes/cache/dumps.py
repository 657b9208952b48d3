"""RDB files: taken of a node, checked before anybody loads them, put where a node will."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.to_thread

from .client import Link, Refused
from .cluster import Stuck

NAME = "dump.rdb"
CHECKER = "valkey-check-rdb"  # what the server is when it is called so
PIECE = 1 << 20


class Unsound(Exception):
    """A file that is no RDB file, or a torn one; the text is the checker's."""


async def take(link: Link, folder: Path, seconds: float = 3600.0) -> Path:
    """Let a node write its data to its folder; where that is.  Stuck where it could not."""
    path = folder / NAME
    try:
        before = await link.info("persistence")
        await link.ask("BGSAVE")
        with anyio.move_on_after(seconds):
            while True:
                info = await link.info("persistence")
                if info["rdb_bgsave_in_progress"] == "0" and (
                    info["rdb_last_save_time"] != before["rdb_last_save_time"]
                    or info["rdb_last_bgsave_status"] != "ok"
                    or path.exists()
                ):
                    break
                await anyio.sleep(0.02)
        if info["rdb_last_bgsave_status"] != "ok" or not path.exists():
            raise Stuck(f"{link.address} could not write its data to disk")
    except Refused as error:
        raise Stuck(f"{link.address} could not write its data: {error}") from None
    return path


def pieces(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            yield piece


async def check(program: str, path: Path) -> None:
    """Whether a file is whole, by the engine's own checker, in a process of its own.  Unsound."""

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CHECKER, str(path)],
            executable=program,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=600,
            check=False,
        )

    done = await anyio.to_thread.run_sync(run)
    if done.returncode != 0:
        raise Unsound(done.stdout.strip().rpartition("\n")[2] or "the file cannot be read")


def place(source: Path, folder: Path) -> None:
    """Put a file where the node of a folder loads it when it starts."""
    folder.mkdir(exist_ok=True, mode=0o700)
    part = folder / "seed.part"
    shutil.copyfile(source, part)
    part.chmod(0o600)
    part.rename(folder / NAME)
