"""One real instance for all tests of the command line; nothing of it is left at the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from forecourt.cli import cli

WITHIN = 30.0  # seconds


def forecourt(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program, as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "forecourt.cli", *words],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        env=os.environ | environment,
        check=False,
    )


def processes_of(data: Path) -> set[int]:
    """The processes that name a data directory on their command line, and their descendants."""
    parents, found = dict[int, int](), set[int]()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if stat[0] == "Z":
            continue
        parents[int(entry.name)] = int(stat[1])
        if str(data).encode() in words:
            found.add(int(entry.name))
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


@dataclass
class Running:
    data: Path
    status: dict[str, Any]

    def run(self, *words: str, **options: Any) -> Result:
        """A verb on this instance, in this process."""
        return CliRunner().invoke(cli, [*words, "--data", str(self.data)], **options)

    def json(self, *words: str, **options: Any) -> Any:
        result = self.run(*words, "--json", **options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`forecourt up --detach`, and `down` at the end."""
    data = tmp_path_factory.mktemp("cli") / "data"
    said = forecourt(
        *("up", "--detach", "--testing", "--json", "--data", str(data)),
        *("--bind", "127.61.0.1", "--network", "127.61.0.0/16"),
    )
    assert said.returncode == 0, said.stderr
    pids = processes_of(data)
    assert len(pids) > 5
    yield Running(data, json.loads(said.stdout))
    stopped = forecourt("down", "--data", str(data))
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n"), stopped.stderr
    deadline = time.monotonic() + 5
    while left := {pid for pid in pids if Path(f"/proc/{pid}").exists()}:
        assert time.monotonic() < deadline, f"processes {left} are left"
        time.sleep(0.02)


@pytest.fixture
def alone(tmp_path: Path) -> Running:
    """A directory on which nothing runs."""
    return Running(tmp_path, {})
