"""forecourt restore: an instance like the one that was, or one sentence and nothing."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from forecourt.store import archive
from forecourt.store.opening import HEAD

from .conftest import Running, forecourt


@pytest.fixture(scope="session")
def backup(up: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "b"
    assert up.run("backup", str(file)).exit_code == 0
    return file


@pytest.fixture
def there(tmp_path: Path) -> Running:
    """Where something is to be restored: not there yet."""
    return Running(tmp_path / "restored", {})


def refused(there: Running, file: Path, *words: str) -> str:
    """What it says; it says it in one line, and leaves nothing."""
    result = there.run("restore", str(file), *words)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.stdout == ""
    assert result.stderr.startswith("forecourt: ")
    assert result.stderr.count("\n") == 1
    left = [path for path in there.data.rglob("*") if not path.is_dir()]
    assert left == []
    return result.stderr.removeprefix("forecourt: ")


def test_it_is_the_same_again(up: Running, there: Running, backup: Path) -> None:
    said = there.json("restore", str(backup))
    assert (said["data"], said["rows"] > 3) == (str(there.data), True)
    for name in ("master.key", "admin.token", "tls/root.pem"):
        assert (there.data / name).read_bytes() == (up.data / name).read_bytes()
        assert (there.data / name).stat().st_mode & 0o777 == 0o600
    assert there.json("account", "list") == up.json("account", "list")
    assert there.data.stat().st_mode & 0o777 == 0o700


def test_what_it_says(there: Running, backup: Path) -> None:
    result = there.run("restore", str(backup))
    assert result.stdout.endswith(
        f" rows restored; start it with `forecourt up --data {there.data}`\n"
    )


def test_a_backup_of_a_restored_one_is_the_same(
    up: Running, there: Running, backup: Path, tmp_path: Path
) -> None:
    rows = there.json("restore", str(backup))["rows"]
    assert there.json("backup", str(tmp_path / "again"))["rows"] == rows


def test_over_one_that_runs(up: Running, backup: Path) -> None:
    result = up.run("restore", str(backup))
    assert result.exit_code == 1
    assert result.stderr == (
        f"forecourt: an instance runs on {up.data}; stop it first, or name another --data\n"
    )


def test_over_another(there: Running, backup: Path) -> None:
    there.data.mkdir()
    (there.data / "master.key").write_text("another")
    result = there.run("restore", str(backup))
    assert (result.exit_code, result.stderr) == (
        1,
        f"forecourt: {there.data} is not empty; name another --data\n",
    )
    assert [path.name for path in there.data.iterdir()] == ["master.key"]


def test_of_no_file(there: Running, tmp_path: Path) -> None:
    result = there.run("restore", str(tmp_path / "none"))
    assert (result.exit_code, there.data.exists()) == (2, False)


def test_to_a_store_that_is_not_known(there: Running, backup: Path) -> None:
    assert "--store mysql://x is not known" in refused(there, backup, "--store", "mysql://x")


def without(name: str) -> Callable[[bytes], bytes]:
    """The same backup, but for one member."""

    def change(content: bytes) -> bytes:
        return repacked(content, lambda at, data: None if at == name else data)

    return change


def repacked(content: bytes, edit: Callable[[str, bytes], bytes | None]) -> bytes:
    file = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(content)) as old,
        tarfile.open(fileobj=file, mode="w:gz") as new,
    ):
        for entry in old:
            data = edit(entry.name, archive.content(old, entry.name).read())
            if data is not None:
                archive.add(new, entry.name, io.BytesIO(data))
    return file.getvalue()


def newer(content: bytes) -> bytes:
    def edit(name: str, data: bytes) -> bytes:
        return data.replace(HEAD.encode(), b"9999") if name == "manifest.json" else data

    return repacked(content, edit)


def escaping(content: bytes) -> bytes:
    """All there is, and at its end a file that would lie elsewhere."""
    file = io.BytesIO(gzip.decompress(content))
    with tarfile.open(fileobj=file, mode="a") as tar:
        archive.add(tar, "files/../../outside", io.BytesIO(b"x"))
    return gzip.compress(file.getvalue())


def garbled(content: bytes) -> bytes:
    """Rows that are no rows."""
    return repacked(content, lambda name, data: b"\xff\x00" if name == "tables/account" else data)


def other_columns(content: bytes) -> bytes:
    def edit(name: str, data: bytes) -> bytes:
        if name != "manifest.json":
            return data
        about = json.loads(data)
        about["tables"]["account"][0] = "no_such_column"
        return json.dumps(about).encode()

    return repacked(content, edit)


def damaged(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(64) + content[middle + 64 :]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"",
        lambda content: b"no backup at all",
        lambda content: content[:100],
        lambda content: content[: len(content) // 2],
        lambda content: content[:-20],
        damaged,
        newer,
        escaping,
        garbled,
        other_columns,
        without("files/master.key"),
        without("manifest.json"),
    ],
    ids=[
        "empty", "foreign", "torn-first", "torn-middle", "torn-last", "damaged", "newer",
        "escaping", "garbled", "columns", "no-key", "no-manifest",
    ],
)  # fmt: skip
def test_what_is_refused(
    there: Running, backup: Path, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    """And the right one can be restored there afterwards."""
    (file := tmp_path / "broken").write_bytes(change(backup.read_bytes()))
    assert refused(there, file).startswith(f"{file}: ")
    assert not (tmp_path / "outside").exists()
    assert there.run("restore", str(backup)).exit_code == 0


def test_it_starts(there: Running, backup: Path) -> None:
    """With the keys of before."""
    there.json("restore", str(backup))
    where = ("--bind", "127.73.0.1", "--network", "127.73.0.0/16", "--data", str(there.data))
    said = forecourt("up", "--detach", "--json", *where)
    try:
        assert said.returncode == 0, said.stderr
        assert forecourt("tour", "--data", str(there.data)).returncode == 0
    finally:
        forecourt("down", "--data", str(there.data))
        shutil.rmtree(there.data / "run", ignore_errors=True)
