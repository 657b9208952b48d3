"""Processes measured from outside: their CPU time, their memory, the cores they may use.

The servers get one core and the load another (`SERVER_CORE`, `LOAD_CORE`), so that neither counts as
the other's.  CPU time is the kernel's own count in nanoseconds, user and system together.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
STOPS_WITHIN = 15.0  # seconds between SIGTERM and SIGKILL
READY_WITHIN = 60.0
TRIES = 20


def end_cleanly() -> None:
    """Let SIGTERM end us as Ctrl-C does: what was started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class NotReady(Exception):
    """What was started does not serve; the text says what it said."""


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time of processes with all their threads, up to now."""
    # The clock of another process, as clock_getcpuclockid(3) makes it: ~pid << 3 | CPUCLOCK_SCHED.
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)


def family_seconds(pid: int) -> float:
    """CPU time of a process and all below it, those that ended meanwhile included."""
    for _ in range(TRIES):
        with contextlib.suppress(OSError):  # one ended under our eyes: its parent has its time now
            pids = tree(pid)
            return cpu_seconds(pids) + sum(ended_seconds(each) for each in pids)
    raise NotReady(f"process {pid} does not run any more")


def ended_seconds(pid: int) -> float:
    """CPU time of the children a process had and waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += tree(int(child))
    return found


def command_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]


def memory(pids: Iterable[int]) -> float:
    """Megabytes, with what is shared counted in parts (PSS)."""
    pattern = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
    total = 0
    for pid in pids:
        found = pattern.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
        total += int(found[1]) if found else 0
    return total / 1024


def pin(pids: Iterable[int], core: int) -> None:
    """Let processes, with all their threads, run on one core only."""
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(task.name), {core})


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """Let what is started meanwhile run on one core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def running(
    command: Sequence[str],
    log: Path,
    ready: Callable[[], bool],
    environment: dict[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server, from when it is ready; its output goes to a file.  NotReady."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=os.environ | (environment or {}),
        )
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(errors="replace").strip().splitlines()[-3:]
                raise NotReady(f"{command[0]} is not ready: {' / '.join(said)}")
            time.sleep(0.1)
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process we started, and what it started if it does not see to that."""
    if process.poll() is not None:
        return
    family = tree(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def accepts(address: str, port: int) -> bool:
    """Whether somebody listens on a TCP port."""
    with contextlib.closing(socket.socket()) as sock:
        return sock.connect_ex((address, port)) == 0


def free_port(address: str) -> int:
    """A port nobody has now."""
    with contextlib.closing(socket.socket()) as sock:
        sock.bind((address, 0))
        port: int = sock.getsockname()[1]
        return port
