"""The system calls of a process while something is done, by strace: what came before what.

with trace.of(pid, file) as lines:
    ...
trace.order(lines)          the write to the WAL, its fdatasync, the answer; NotDurable if they are not
"""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

CALLS = "read,recvfrom,recvmsg,pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync"
ATTACHED_WITHIN = 10.0  # seconds
REQUEST = re.compile(r"(?:read|recvfrom|recvmsg)\(.*POST /2013-04-01/hostedzone/")
LOGGED = re.compile(r"pwrite64\(\d+<[^>]*store\.db-wal>")
SYNCED = re.compile(r"(?:fsync|fdatasync)\(\d+<[^>]*store\.db-wal>\) += 0")
ANSWERED = re.compile(r"(?:write|writev|sendto|sendmsg)\(.*HTTP/1\.1 200 OK")
UNFINISHED = re.compile(r"^(\d+) +(\S+) (\w+\(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +(\S+) <\.\.\. \w+ resumed>(.*)$")


class NotDurable(Exception):
    """The calls are not in the order they must be in, or not there; the text says which."""


@contextlib.contextmanager
def of(pid: int, file: Path) -> Iterator[list[str]]:
    """Trace a process with all its threads; the lines are there at the end.  NotDurable."""
    if shutil.which("strace") is None:
        raise NotDurable("there is no strace here: apt install strace")
    words = ("strace", "-f", "-tt", "-y", "-s", "32", "-e", f"trace={CALLS}", "-p", str(pid))
    lines: list[str] = []
    said = file.with_suffix(".said")
    with open(said, "wb") as output:
        tracer = subprocess.Popen(
            (*words, "-o", str(file)), stderr=output, stdin=subprocess.DEVNULL
        )
    try:
        deadline = time.monotonic() + ATTACHED_WITHIN
        while "attached" not in said.read_text():
            if tracer.poll() is not None or time.monotonic() > deadline:
                raise NotDurable(f"strace cannot attach: {said.read_text().strip()}")
            time.sleep(0.01)
        yield lines
    finally:
        if tracer.poll() is None:
            tracer.send_signal(signal.SIGINT)  # it lets go of what it traces
        tracer.wait(10)
    lines += whole(file.read_text(errors="replace").splitlines())


def whole(lines: Sequence[str]) -> Iterator[str]:
    """Calls in the order in which they ended, those in two pieces joined at their end."""
    begun: dict[str, str] = {}
    for line in lines:
        if found := UNFINISHED.match(line):
            begun[found[1]] = found[3]
        elif found := RESUMED.match(line):
            yield f"{found[1]} {found[2]} {begun.pop(found[1], '')}{found[3]}"
        else:
            yield line


def order(lines: Sequence[str]) -> list[str]:
    """The lines that show it: request, WAL, fdatasync, answer.  NotDurable."""
    request = first(lines, REQUEST, 0, "the request")
    answer = first(lines, ANSWERED, request, "the answer")
    logged = [at for at in range(request, len(lines)) if LOGGED.search(lines[at])]
    if not logged or logged[0] > answer:
        raise NotDurable("the answer came before anything was written to the WAL")
    before = [at for at in logged if at < answer]
    synced = first(lines, SYNCED, before[-1], "the WAL's fdatasync")
    if synced > answer:
        raise NotDurable(f"answered before it was on disk: {lines[answer]} / {lines[synced]}")
    return [lines[at] for at in (request, before[0], before[-1], synced, answer)]


def first(lines: Sequence[str], pattern: re.Pattern[str], start: int, what: str) -> int:
    for at in range(start, len(lines)):
        if pattern.search(lines[at]):
            return at
    raise NotDurable(f"{what} is not in the trace")
