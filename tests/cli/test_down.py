"""forecourt down: stops, waits, and leaves nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from .conftest import forecourt, processes_of


@pytest.mark.parametrize("as_json", [True, False])
def test_up_and_down(tmp_path: Path, as_json: bool) -> None:
    data = tmp_path / "data"
    where = ("--bind", "127.61.0.2", "--network", "127.61.64.0/20", "--roles", "control")
    started = forecourt("up", "--detach", "--json", "--data", str(data), *where)
    assert started.returncode == 0, started.stderr
    pid = json.loads(started.stdout)["pid"]
    assert pid in processes_of(data)
    stopped = forecourt("down", "--data", str(data), *(["--json"] if as_json else []))
    assert stopped.returncode == 0, stopped.stderr
    assert (json.loads(stopped.stdout) == {"stopped": True}) if as_json else stopped.stdout
    assert not Path(f"/proc/{pid}").exists() or is_zombie(pid)
    assert not processes_of(data)
    assert forecourt("status", "--data", str(data)).returncode == 3
    again = forecourt("down", "--data", str(data))
    assert again.returncode == 3
    assert again.stderr.count("\n") == 1


def is_zombie(pid: int) -> bool:
    """Whether a process has ended and only its parent, not ours, has not looked yet."""
    words = ["ps", "-o", "stat=", "-p", str(pid)]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return not said or said.startswith("Z")
