"""Whom the roles run as, and what that user may reach.  The whole of it: tests/e2e/test_privileges.py."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

import pytest

from forecourt.processes import privileges
from forecourt.processes.privileges import (
    NoUser,
    User,
    give,
    may_enter,
    ordinary_user,
    unreachable,
)

NOBODY = pwd.getpwnam("nobody")
SOMEBODY = User("somebody", 54321, 54322)
ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root gives files away")


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_an_ordinary_user_stays_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for named in ("", "root", "nobody", "no-such-user"):
        assert ordinary_user(named) is None


@pytest.mark.usefixtures("root")
def test_root_becomes_whom_was_named_or_the_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = User("nobody", NOBODY.pw_uid, NOBODY.pw_gid)
    assert ordinary_user("nobody") == nobody
    assert ordinary_user("root") is None
    monkeypatch.setattr(privileges, "USUAL", ("no-such-user", "nobody"))
    assert ordinary_user("") == nobody
    monkeypatch.setattr(privileges, "USUAL", ("no-such-user",))
    assert ordinary_user("") is None


@pytest.mark.usefixtures("root")
def test_one_who_does_not_exist() -> None:
    with pytest.raises(NoUser, match="^user no-such-user does not exist$"):
        ordinary_user("no-such-user")


@as_root
@pytest.mark.parametrize(
    ("uid", "gid", "mode", "allowed"),
    [
        (0, 0, 0o755, True), (0, 0, 0o711, True), (0, 0, 0o754, False), (0, 0, 0o700, False),
        (54321, 0, 0o700, True), (54321, 0, 0o677, False),  # the owner's bits count, no other's
        (0, 54322, 0o710, True), (0, 54322, 0o707, False), (1, 1, 0o001, True),
    ],
)  # fmt: skip
def test_who_may_enter(tmp_path: Path, uid: int, gid: int, mode: int, allowed: bool) -> None:
    (folder := tmp_path / "folder").mkdir()
    os.chown(folder, uid, gid)
    folder.chmod(mode)
    assert may_enter(SOMEBODY, folder) is allowed


@as_root
def test_the_first_folder_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the program's or the data's; links are followed."""
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        if not may_enter(SOMEBODY, folder):
            monkeypatch.setattr(
                privileges, "may_enter",
                lambda user, at: not at.is_relative_to(tmp_path) or may_enter(user, at),
            )  # fmt: skip
            tmp_path.chmod(0o755)
            break
    program, data = tmp_path / "program", tmp_path / "a/b/c"
    program.mkdir(mode=0o755)
    (program / "python").touch()
    data.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(program / "python"))
    monkeypatch.setattr(os, "__file__", str(program / "os.py"))
    monkeypatch.setattr(privileges, "__file__", str(program / "privileges.py"))
    for folder in (tmp_path / "a", tmp_path / "a/b", data):
        folder.chmod(0o755)
    assert unreachable(SOMEBODY, data / "run") is None
    data.chmod(0o700)
    assert unreachable(SOMEBODY, data / "run") == data
    (tmp_path / "a/b").chmod(0o700)
    assert unreachable(SOMEBODY, data / "run") == tmp_path / "a/b"
    (link := tmp_path / "link").symlink_to(data)
    assert unreachable(SOMEBODY, link / "run") == tmp_path / "a/b"
    program.chmod(0o700)
    assert unreachable(SOMEBODY, data / "run") == program


@as_root
def test_giving(tmp_path: Path) -> None:
    """A link is given, not what it points to; what is theirs already is left alone."""
    (outside := tmp_path / "outside").write_text("")
    (file := tmp_path / "file").write_text("")
    (link := tmp_path / "link").symlink_to(outside)
    give(SOMEBODY, [file, link])
    owners = [(path.lstat().st_uid, path.lstat().st_gid) for path in (file, link, outside)]
    assert owners == [(54321, 54322), (54321, 54322), (0, 0)]
    before = file.stat().st_ctime_ns
    give(SOMEBODY, [file])
    assert file.stat().st_ctime_ns == before
