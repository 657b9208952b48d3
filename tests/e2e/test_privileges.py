"""Started by root, the roles really run as an ordinary user, and that costs nothing."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from forecourt.processes.privileges import User, unreachable
from tests.e2e.test_instance import Instance, forecourt, lives, wait_until

NOBODY = pwd.getpwnam("nobody")
WHERE = ("--bind", "127.75.0.1", "--network", "127.75.0.0/16")


def in_the_way() -> str:
    """Why roles cannot run as nobody here; empty where they can."""
    if os.geteuid() != 0:
        return "only root can start roles as nobody"
    user = User("nobody", NOBODY.pw_uid, NOBODY.pw_gid)
    if folder := unreachable(user, Path(tempfile.gettempdir()) / "data"):
        return f"nobody cannot reach the interpreter: {folder} is closed to others"
    return ""


pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(in_the_way()), reason=in_the_way() or "none"),
]


@pytest.fixture
def instance() -> Iterator[Instance]:
    """Where others may go, as /var/lib is; pytest's own folders are closed to them."""
    with tempfile.TemporaryDirectory(prefix="forecourt-nobody-") as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "data").mkdir(mode=0o700)
        (Path(folder) / "data/forecourt.toml").write_text('user = "nobody"\n')
        found = Instance(Path(folder) / "data", WHERE)
        try:
            found.up()
            yield found
        finally:
            if found.status and lives(found.pid):
                found.processes()
            found.kill()


def ids(pid: int, key: str) -> set[int]:
    text = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in text.splitlines() if line.startswith(f"{key}:"))
    return set(map(int, line.split()[1:]))


def test_the_roles_are_nobodys(instance: Instance) -> None:
    roles = [
        pid for name in ("gateway", "dns", "streams", "control") for pid in instance.role(name)
    ]
    assert len(roles) == 5
    for pid in roles:
        assert ids(pid, "Uid") == {NOBODY.pw_uid}
        assert ids(pid, "Gid") == {NOBODY.pw_gid}
        assert ids(pid, "Groups") == set()
        text = Path(f"/proc/{pid}/status").read_text()
        assert "CapEff:\t0000000000000000" in text
    assert ids(instance.pid, "Uid") == {0}
    instance.zone("nobody.test", "www A 192.0.2.1\n")
    for server in ("ns1", "ns4"):
        assert instance.dig("www.nobody.test", "+notcp", server=server) == ["192.0.2.1"]
        assert instance.dig("www.nobody.test", "+tcp", server=server) == ["192.0.2.1"]
    instance.down()


def test_a_role_that_is_killed_and_an_instance_that_is_started_again(instance: Instance) -> None:
    instance.zone("nobody.test", "www A 192.0.2.1\n")
    (gateway,) = instance.role("gateway")
    os.kill(gateway, 9)
    wait_until(lambda: instance.role("gateway") not in ([], [gateway]))
    wait_until(lambda: answers(instance))
    instance.zone("nobody.test", "two A 192.0.2.2\n")
    instance.down()
    instance.up()
    assert instance.dig("two.nobody.test") == ["192.0.2.2"]
    instance.down()


def answers(instance: Instance) -> bool:
    return forecourt("zone", "export", "nobody.test", "--data", str(instance.data)).returncode == 0


def test_what_is_secret_is_nobodys_alone(instance: Instance) -> None:
    for path in (instance.data, instance.data / "master.key", instance.data / "admin.token"):
        assert path.stat().st_uid == NOBODY.pw_uid
        assert path.stat().st_mode & 0o077 == 0
    instance.down()


def test_a_data_directory_nobody_may_enter_leaves_the_roles_with_root(tmp_path: Path) -> None:
    """pytest's folders are root's alone: it runs, and says so."""
    found = Instance(tmp_path / "data", WHERE)
    try:
        found.up()
        assert ids(found.role("gateway")[0], "Uid") == {0}
        lines = (found.data / "log/forecourt.log").read_text().splitlines()
        said = [json.loads(line)["message"] for line in lines if line.startswith('{"')]
        assert any(line.startswith("the roles run as root: user ") for line in said)
        found.down()
    finally:
        found.kill()


def test_a_user_who_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "forecourt.toml").write_text('user = "no-such-user"\n')
    said = subprocess.run(
        [sys.executable, "-m", "forecourt.cli", "up", "--data", str(tmp_path), *WHERE],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert said.returncode == 1
    assert said.stderr.splitlines()[-1] == "forecourt: user no-such-user does not exist"
