"""Blobs: on disk, whole, before anybody hears their names."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forecourt.store.blobs import PIECE, Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


@pytest.mark.parametrize(
    "pieces",
    [[], [b""], [b"one", b" ", b"two"], [b"x" * PIECE], [b"x" * (PIECE + 1)], [bytes(range(256))]],
    ids=["none", "empty", "some", "a piece", "more", "bytes"],
)
def test_what_is_put_is_there(blobs: Blobs, pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    blob = blobs.put(pieces)
    assert b"".join(blobs.get(blob)) == whole
    assert blobs.size(blob) == len(whole)
    assert all(len(piece) <= PIECE for piece in blobs.get(blob))


def test_ids_are_not_reused(blobs: Blobs) -> None:
    ids = {blobs.put([b"same"]) for _ in range(20)}
    assert len(ids) == 20


def test_deleted(blobs: Blobs) -> None:
    kept, gone = blobs.put([b"kept"]), blobs.put([b"gone"])
    for _ in range(2):  # twice is the same as once
        blobs.delete(gone)
    with pytest.raises(KeyError):
        next(blobs.get(gone))
    assert b"".join(blobs.get(kept)) == b"kept"


@pytest.mark.parametrize(
    "blob",
    [
        "",
        "a",
        "../../../etc/passwd",
        "A" * 32,
        "g" * 32,
        "a" * 31,
        "a" * 33,
        "a/" * 16,
        "\u0661" * 32,
    ],
)
def test_ids_that_are_none(blobs: Blobs, blob: str) -> None:
    for call in (
        lambda: next(blobs.get(blob)),
        lambda: blobs.size(blob),
        lambda: blobs.delete(blob),
    ):
        with pytest.raises(KeyError):
            call()


def test_an_id_that_is_not_there(blobs: Blobs) -> None:
    with pytest.raises(KeyError):
        next(blobs.get("a" * 32))


def test_only_the_owner_reads_them(blobs: Blobs, tmp_path: Path) -> None:
    blob = blobs.put([b"secret"])
    path = tmp_path / "blobs" / blob[:2] / blob
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_synced_renamed_and_synced_again(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes, then the name, then the folder of the name, and the folder of that folder."""
    done: list[tuple[str, Path]] = []
    fsync, rename = os.fsync, os.rename

    def traced_fsync(descriptor: int) -> None:
        done.append(("fsync", Path(os.readlink(f"/proc/self/fd/{descriptor}"))))
        fsync(descriptor)

    def traced_rename(source: Any, target: Any) -> None:
        done.append(("rename", Path(target)))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", traced_fsync)
    monkeypatch.setattr(os, "rename", traced_rename)
    blob = blobs.put([b"x"])
    path = tmp_path / "blobs" / blob[:2] / blob
    assert done[:3] == [
        ("fsync", path.with_suffix(".part")),
        ("rename", path),
        ("fsync", path.parent),
    ]
    assert ("fsync", path.parent.parent) in done[3:]  # its folder is new


def test_a_source_that_fails_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"):
        blobs.put(pieces())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_blob_with_as_many_names_as_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = Blobs(tmp_path)
    id = blobs.put([b"data"])

    def full(*_: object) -> None:
        raise OSError(errno.EMLINK, "Too many links")

    monkeypatch.setattr(os, "link", full)
    assert b"".join(blobs.get(blobs.link(id))) == b"data"


def test_what_was_never_finished_goes(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    fresh, old = blobs.new(), blobs.new()
    os.utime(old._temporary, (0, 0))
    assert list(blobs.older(0)) == []
    assert not old._temporary.exists()
    assert fresh._temporary.exists()
    for each in (fresh, old):
        each.drop()
