"""RDB files: taken of a node, checked before anybody loads them, put where a node will."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import anyio
import anyio.to_thread
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .client import Link, Refused
from .cluster import Stuck

NAME = "dump.rdb"
CHECKER = "valkey-check-rdb"  # what the server is when it is called so
PIECE = 1 << 20
MORE, LAST = b"\0", b"\1"  # whether another piece follows


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


def bring(pieces_: Iterable[bytes], path: Path) -> None:
    """Write a file that only we read."""
    path.parent.mkdir(exist_ok=True, mode=0o700)
    with open(path, "wb", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
        file.writelines(pieces_)


def sealed(pieces_: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """A file's pieces, each encrypted (AES-256-GCM) at its place; a key is for one file alone."""
    cipher = AESGCM(key)
    place, piece = 0, b""
    for following in pieces_:
        if place or piece:
            yield record(cipher, place, piece, MORE)
            place += 1
        piece = following
    yield record(cipher, place, piece, LAST)


def record(cipher: AESGCM, place: int, piece: bytes, kind: bytes) -> bytes:
    data = cipher.encrypt(place.to_bytes(12, "big"), piece, kind)
    return len(data).to_bytes(4, "big") + kind + data


def unsealed(chunks: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """What was sealed.  Unsound where it was not with this key, or not all of it is there."""
    cipher, buffer, place, kind = AESGCM(key), b"", 0, MORE
    for chunk in chunks:
        buffer += chunk
        while len(buffer) >= 5 and len(buffer) >= 5 + (size := int.from_bytes(buffer[:4], "big")):
            kind, data, buffer = buffer[4:5], buffer[5 : 5 + size], buffer[5 + size :]
            try:
                yield cipher.decrypt(place.to_bytes(12, "big"), data, kind)
            except InvalidTag:
                raise Unsound("the snapshot was encrypted with another key") from None
            place += 1
        if len(buffer) > 2 * PIECE:
            raise Unsound("the snapshot is torn")
    if kind != LAST or buffer:
        raise Unsound("the snapshot is torn")
