"""Engines are started, found again, and end."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path

import anyio
import pytest

from forecourt.planes.cache import runner
from forecourt.planes.cache.runner import Local

SLEEP = ("/bin/sleep", ["1000"])


def test_one_that_runs_is_found_by_who_comes_later(tmp_path: Path) -> None:
    first = Local(tmp_path / "engines", die_with_us=True).start("a", *SLEEP, {"conf": "secret"})
    folder = tmp_path / "engines" / "a"
    assert stat.S_IMODE((folder / "conf").stat().st_mode) == 0o600
    later = Local(tmp_path / "engines")
    found = later.adopt("a")
    assert found is not None and found.pid == first.pid and later.names() == ["a"]
    anyio.run(first.kill)
    anyio.run(found.ended)
    assert later.adopt("a") is None
    later.remove("a")
    assert later.names() == [] and later.adopt("a") is None


def test_a_number_that_another_has_now_is_not_taken_for_it(tmp_path: Path) -> None:
    local = Local(tmp_path)
    process = local.start("a", *SLEEP, {})
    path = tmp_path / "a" / "process.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said | {"pid": os.getpid()}))
    found = local.adopt("a")
    assert found is not None and found.pid == process.pid != os.getpid()
    anyio.run(process.kill)
    path.write_text(json.dumps(said | {"pid": os.getpid()}))
    assert local.adopt("a") is None


def test_one_that_was_not_written_down_is_found_where_it_runs(tmp_path: Path) -> None:
    local = Local(tmp_path)
    process = local.start("a", *SLEEP, {})
    (tmp_path / "a" / "process.json").unlink()
    found = Local(tmp_path).adopt("a")
    assert found is not None and found.pid == process.pid
    assert local.adopt("b") is None
    anyio.run(found.kill)


def test_stopping_gives_time_and_then_none(tmp_path: Path) -> None:
    stubborn = Local(tmp_path).start(
        "a", "/bin/sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"], {}
    )

    async def story() -> None:
        with anyio.fail_after(10):
            while "ready" not in (tmp_path / "a" / "engine.log").read_text():
                await anyio.sleep(0.01)
            await stubborn.stop(grace=0.1)
        assert not runner.exists(stubborn.pid)

    anyio.run(story)


def test_what_one_does_is_known(tmp_path: Path) -> None:
    process = Local(tmp_path).start("a", "/bin/sh", ["-c", "while :; do :; done"], {})

    async def until(doing: str) -> None:
        with anyio.fail_after(10):
            while process.doing() != doing:
                await anyio.sleep(0.01)

    anyio.run(until, "R")
    os.kill(process.pid, signal.SIGSTOP)
    anyio.run(until, "T")
    anyio.run(process.kill)


def test_what_cannot_start_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        Local(tmp_path).start("a", str(tmp_path / "none"), [], {})
