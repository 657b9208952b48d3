"""Files of secrets: whole or not there, and their owner's alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from forecourt.store import secrets


def test_kept_once(tmp_path: Path) -> None:
    path = tmp_path / "token"
    assert secrets.keep(path, b"first") == b"first"
    assert secrets.keep(path, b"second") == b"first"
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["token"]


def test_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b"old")
    path.chmod(0o644)
    secrets.overwrite(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("broken", ["fsync", "rename"])
def test_a_crash_halfway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    path = tmp_path / "token"

    def crash(*_: Any) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patched:
        patched.setattr(os, broken, crash)
        with pytest.raises(OSError, match="no space"):
            secrets.keep(path, b"first")
    assert not path.exists()
    assert secrets.keep(path, b"second") == b"second"
    assert path.read_bytes() == b"second"


def test_synced_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    path = tmp_path / "token"
    secrets.keep(path, b"x")
    expected = [("fsync", path.with_suffix(".part")), ("rename", path), ("fsync", tmp_path)]
    assert done == expected


def test_the_master_key(tmp_path: Path) -> None:
    key = secrets.read_master_key(tmp_path)
    assert len(key) == 32
    assert secrets.read_master_key(tmp_path) == key
    other = tmp_path / "other"
    other.mkdir()
    assert secrets.read_master_key(other) != key
