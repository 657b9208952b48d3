"""Roles as child processes: handed their sockets, awaited, ended, and their failures told."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import anyio
import pytest

from forecourt.config import Config
from forecourt.platform.identity import accounts
from forecourt.processes import children
from forecourt.processes.channel import Channel
from forecourt.processes.children import Role, RoleFailed, end, ended, how, run_role
from forecourt.processes.workers import reason
from forecourt.store.opening import open_store
from forecourt.store.secrets import read_master_key

pytestmark = pytest.mark.anyio
WITHIN = 20.0  # seconds


@pytest.fixture
def text(tmp_path: Path) -> str:
    """The configuration of a data directory that is ready for a control role."""
    (tmp_path / "run").mkdir()
    store = open_store(tmp_path, "sqlite", read_master_key(tmp_path))
    store.write_now(accounts.create_account, accounts.FIRST, "root")
    store.close()
    return Config(tmp_path).dump()


def children_of_ours() -> set[int]:
    path = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return {int(pid) for pid in path.read_text().split()}


@contextlib.asynccontextmanager
async def started(role: Role) -> AsyncIterator[int]:
    """A role that runs; its process id."""
    before = children_of_ours()
    with anyio.fail_after(WITHIN):
        async with anyio.create_task_group() as group:
            await group.start(partial(run_role, role))
            (pid,) = children_of_ours() - before
            yield pid
            group.cancel_scope.cancel()


async def test_a_role_runs_until_it_is_cancelled(text: str) -> None:
    role = Role("control", 0, text)
    async with started(role) as pid:
        assert role.channel is not None
        os.kill(pid, 0)
    assert role.channel is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_role_that_is_killed_is_told(text: str) -> None:
    role = Role("control", 3, text)
    with pytest.raises(ExceptionGroup) as caught:
        async with started(role) as pid:
            os.kill(pid, signal.SIGKILL)
            await anyio.sleep_forever()
    assert reason(caught.value) == "control-3 ended with SIGKILL"
    assert role.channel is None


async def test_a_role_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    role = Role("control", 0, Config(tmp_path).dump())
    with pytest.raises(ExceptionGroup) as caught:
        async with started(role):
            pass
    assert reason(caught.value).startswith(f"control-0: {tmp_path / 'store.db'} cannot be opened")
    assert not [each for each in caught.value.exceptions if not isinstance(each, RoleFailed)]


async def test_a_role_that_is_none_says_so(text: str) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        async with started(Role("nonsense", 0, text)):
            pass
    assert reason(caught.value).startswith("nonsense-0: No module named")


async def test_a_role_that_is_silent_is_ended(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "READY_WITHIN", 0.01)
    before = children_of_ours()
    with pytest.raises(ExceptionGroup) as caught:
        async with started(Role("control", 0, text)):
            pass
    assert reason(caught.value) == "control-0 did not get ready within 0 s"
    assert children_of_ours() == before


@contextlib.contextmanager
def child(program: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python program that has said that it runs."""
    with subprocess.Popen(
        [sys.executable, "-c", program + "\nprint(flush=True)\ntime.sleep(60)"],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


async def test_ending_is_polite_first() -> None:
    with child("import time") as process, anyio.fail_after(WITHIN):
        await end(process, "x")
        assert process.returncode == -signal.SIGTERM
        await end(process, "x")  # again is nothing


async def test_and_firm_then(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(children, "GRACE", 0.1)
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    with child(stubborn) as process, anyio.fail_after(WITHIN):
        await end(process, "dns-0")
        assert process.returncode == -signal.SIGKILL
    assert "dns-0 did not end" in caplog.text


async def test_waiting_does_not_hold_others_up() -> None:
    with child("import time") as process, anyio.fail_after(WITHIN):
        async with anyio.create_task_group() as group:
            group.start_soon(ended, process)
            await anyio.sleep(0.01)
            assert process.returncode is None
            process.kill()
        assert process.returncode == -signal.SIGKILL


def test_sockets_are_handed_now_and_to_be_kept() -> None:
    ours, theirs = Channel.pair()
    other = Channel(theirs)
    running, stopped = Role("dns", 0, "{}", channel=ours), Role("dns", 1, "{}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for role in (running, stopped):
            role.hand({"server_set": 2}, sock)
        assert running.sockets == stopped.sockets == [({"server_set": 2}, sock)]
        received = other.receive()
        assert received is not None
        assert received[0] == {"socket": {"server_set": 2}}
        assert received[1] is not None
        received[1].close()
        other.close()
        running.hand({"server_set": 3}, sock)  # it is just gone: no error
        assert len(running.sockets) == 2
    ours.close()


@pytest.mark.parametrize(
    ("code", "text"),
    [(0, "exit status 0"), (3, "exit status 3"), (-9, "SIGKILL"), (-15, "SIGTERM")],
)
def test_how(code: int, text: str) -> None:
    assert how(code) == text
