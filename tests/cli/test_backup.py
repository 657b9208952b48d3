"""forecourt backup: while the instance runs; whole, or not there."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from forecourt.store import archive

from .conftest import Running


def test_of_an_instance_that_runs(up: Running, tmp_path: Path) -> None:
    file = tmp_path / "monday.fcb"
    said = up.json("backup", str(file))
    assert said == {"file": str(file), "rows": said["rows"], "bytes": file.stat().st_size}
    assert said["rows"] > 3
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["monday.fcb"]
    with file.open("rb") as content:
        assert archive.read_manifest(content)["format"] == archive.FORMAT


def test_what_it_says(up: Running, tmp_path: Path) -> None:
    result = up.run("backup", str(tmp_path / "b"))
    size = (tmp_path / "b").stat().st_size
    assert result.exit_code == 0
    assert result.stdout.endswith(f" rows, {size} bytes in {tmp_path / 'b'}\n")


def test_an_older_one_is_replaced_whole(up: Running, tmp_path: Path) -> None:
    (file := tmp_path / "b").write_text("old")
    assert up.run("backup", str(file)).exit_code == 0
    assert file.read_bytes()[:2] == b"\x1f\x8b"


def test_where_nothing_can_be_written(up: Running, tmp_path: Path) -> None:
    result = up.run("backup", str(tmp_path / "none/b"))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"forecourt: {tmp_path / 'none/b'} cannot be written: ")
    assert result.stderr.count("\n") == 1


def test_a_directory_in_the_way_leaves_no_part(up: Running, tmp_path: Path) -> None:
    result = up.run("backup", str(tmp_path))
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_of_no_instance(alone: Running, tmp_path: Path) -> None:
    result = alone.run("backup", str(tmp_path / "b"))
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        f"forecourt: {alone.data} holds no instance; start one with `forecourt up`\n"
    )
    assert not (tmp_path / "b").exists()


def test_it_holds_what_makes_it_whole(up: Running, tmp_path: Path) -> None:
    """The key that opens the secrets, and the certificates that clients trust."""
    up.run("backup", str(tmp_path / "b"))
    with tarfile.open(tmp_path / "b") as tar:
        names = tar.getnames()
        about = json.load(archive.content(tar, "manifest.json"))
    assert {"files/master.key", "files/admin.token", "files/tls/root.pem"} <= set(names)
    assert set(about["tables"]) == {
        name.removeprefix("tables/") for name in names if name.startswith("tables/")
    }
