"""Files of logs, which begin anew when they are large."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from forecourt.platform import log_files


def test_lines_are_added_and_a_large_file_is_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "group" / "slow.log"
    log_files.append(path, ["a\n", "b\n"])
    log_files.append(path, ["c\n"])
    assert path.read_text() == "a\nb\nc\n"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    monkeypatch.setattr(log_files, "LARGEST", 5)
    log_files.append(path, ["d\n"])
    assert path.read_text() == "d\n"
    assert path.with_suffix(".old").read_text() == "a\nb\nc\n"
