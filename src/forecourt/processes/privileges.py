"""Started as root, the roles run as an ordinary user: the supervisor binds, and nobody else needs to.

The user is the one configured, else `forecourt`, else `nobody`; it gets the data directory.  Where it
could not reach the program or the data (a home of root's), the roles stay root, and that is said.
"""

from __future__ import annotations

import os
import pwd
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

USUAL = ("forecourt", "nobody")


class NoUser(Exception):
    """The user named in the configuration does not exist."""


@dataclass(frozen=True, slots=True)
class User:
    name: str
    uid: int
    gid: int


def ordinary_user(named: str) -> User | None:
    """Whom the roles are to run as; None where we are not root, or were told to stay it."""
    if os.geteuid() != 0 or named == "root":
        return None
    for name in (named,) if named else USUAL:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(name, found.pw_uid, found.pw_gid)
    if named:
        raise NoUser(f"user {named} does not exist")
    return None


def unreachable(user: User, data: Path) -> Path | None:
    """The first folder on the way to the program or the data that a user may not enter."""
    program = (Path(sys.executable), Path(os.__file__), Path(__file__))
    for path in (*program, data):
        for folder in reversed(path.resolve().parents):
            if not may_enter(user, folder):
                return folder
    return None


def may_enter(user: User, folder: Path) -> bool:
    about = folder.stat()
    if about.st_uid == user.uid:
        return bool(about.st_mode & stat.S_IXUSR)
    if about.st_gid == user.gid:
        return bool(about.st_mode & stat.S_IXGRP)
    return bool(about.st_mode & stat.S_IXOTH)


def give(user: User, paths: Iterable[Path]) -> None:
    """Make a user the owner of files and folders."""
    for path in paths:
        about = path.lstat()
        if (about.st_uid, about.st_gid) != (user.uid, user.gid):
            os.chown(path, user.uid, user.gid, follow_symlinks=False)
