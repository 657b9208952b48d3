"""forecourt down: stops, waits, and leaves nothing."""

from __future__ import annotations

import json
from pathlib import Path

from forecourt.app import wait_until

from .conftest import forecourt, processes_of


def test_up_and_down(tmp_path: Path) -> None:
    data = tmp_path / "data"
    where = ("--bind", "127.61.0.2", "--network", "127.61.64.0/20", "--roles", "control")
    started = forecourt("up", "--detach", "--json", "--data", str(data), *where)
    assert started.returncode == 0, started.stderr
    pid = json.loads(started.stdout)["pid"]
    assert pid in processes_of(data)
    stopped = forecourt("down", "--data", str(data), "--json")
    assert stopped.returncode == 0, stopped.stderr
    assert json.loads(stopped.stdout) == {"stopped": True}  # text: conftest.py
    assert wait_until(lambda: not processes_of(data), 2.0)
    assert forecourt("status", "--data", str(data)).returncode == 3
    again = forecourt("down", "--data", str(data))
    assert again.returncode == 3
    assert again.stderr.count("\n") == 1
