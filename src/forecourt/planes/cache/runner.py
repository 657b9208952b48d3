"""Running engines: started, adopted, watched and stopped, on this machine.

    running = runner.start("a1b2-0001", program, arguments, {"valkey.conf": text})
    await running.ended()

What runs is known by its number, when it was started, and its program: a number that was given to
somebody else is never taken for it.  Engines outlive whoever started them, except in tests.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import anyio

PR_SET_PDEATHSIG = 1
GRACE = 30.0  # seconds that an engine gets to save and end
LOG = 16 * 1024**2  # bytes of an engine's log, after which it begins anew


class Running(Protocol):
    """One engine that runs."""

    async def ended(self) -> None: ...

    async def stop(self, grace: float = GRACE) -> None: ...

    async def kill(self) -> None: ...

    def doing(self) -> str: ...

    def close(self) -> None: ...


class Runner(Protocol):
    """Where engines run: here; another placement is another of these."""

    def start(
        self,
        name: str,
        program: str,
        arguments: Sequence[str],
        files: Mapping[str, str],
        stdin: int = subprocess.DEVNULL,
    ) -> Running: ...

    def adopt(self, name: str) -> Running | None: ...

    def folder(self, name: str) -> Path: ...

    def remove(self, name: str) -> None: ...

    def names(self) -> list[str]: ...


@dataclass(slots=True)
class Process:
    pid: int
    descriptor: int  # a pidfd; -1 where there are none

    async def ended(self) -> None:
        if self.descriptor >= 0:
            mine = os.dup(self.descriptor)  # each waiter has its own
            try:
                await anyio.wait_readable(mine)
            finally:
                os.close(mine)
        else:
            while exists(self.pid):
                await anyio.sleep(0.05)
        reap(self.pid)

    async def stop(self, grace: float = GRACE) -> None:
        """SIGTERM, so that it saves; SIGKILL where that takes too long."""
        self.send(signal.SIGTERM)
        with anyio.move_on_after(grace):
            await self.ended()
            return
        await self.kill()

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        await self.ended()

    def doing(self) -> str:
        """What it does (proc(5)): R computes, T is stopped, S waits."""
        return state(self.pid)

    def send(self, number: signal.Signals) -> None:
        try:
            if self.descriptor >= 0:
                signal.pidfd_send_signal(self.descriptor, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class Local:
    """Subprocesses of this machine, each with a folder of its own."""

    def __init__(self, folder: Path, *, die_with_us: bool = False) -> None:
        self._folder, self._die_with_us = folder, die_with_us
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def folder(self, name: str) -> Path:
        return self._folder / name

    def names(self) -> list[str]:
        return sorted(each.name for each in self._folder.iterdir() if each.is_dir())

    def start(
        self,
        name: str,
        program: str,
        arguments: Sequence[str],
        files: Mapping[str, str],
        stdin: int = subprocess.DEVNULL,
    ) -> Process:
        """Start an engine in its folder.  OSError."""
        folder = self.folder(name)
        folder.mkdir(exist_ok=True, mode=0o700)
        for file, text in files.items():
            write(folder / file, text)
        log = folder / "engine.log"
        mode = "wb" if log.exists() and log.stat().st_size > LOG else "ab"
        with open(log, mode) as output:
            process = subprocess.Popen(
                [program, *arguments],
                cwd=folder,
                stdin=stdin,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=dying_with(os.getpid()) if self._die_with_us else None,  # noqa: PLW1509
            )
        process.returncode = 0  # it is waited for by its number, also by who adopts it
        found = Process(process.pid, descriptor_of(process.pid))
        said = {"pid": process.pid, "started": started(process.pid), "program": program}
        write(folder / "process.json", json.dumps(said))
        return found

    def adopt(self, name: str) -> Process | None:
        """An engine that was started before, if it still runs."""
        try:
            said = json.loads((self.folder(name) / "process.json").read_text())
        except (OSError, ValueError):
            said = {"pid": 0, "started": 0}
        pid = int(said["pid"])
        if pid and exists(pid):
            found = Process(pid, descriptor_of(pid))
            if started(pid) == said["started"]:  # asked after the descriptor is held
                return found
            found.close()
        return self._stray(name)

    def _stray(self, name: str) -> Process | None:
        """One that runs in the folder and was not written down: who started it was killed just then."""
        pid = living_in(self.folder(name).resolve())
        if pid is None:
            return None
        said = {"pid": pid, "started": started(pid), "program": ""}
        write(self.folder(name) / "process.json", json.dumps(said))
        return Process(pid, descriptor_of(pid))

    def remove(self, name: str) -> None:
        shutil.rmtree(self.folder(name), ignore_errors=True)


def write(path: Path, text: str) -> None:
    """A file that only we read, whole or not at all."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as file:
        file.write(text)
    part.rename(path)


def dying_with(parent: int) -> Callable[[], None]:
    """What a child does first, so that it ends with its parent (Linux)."""
    library = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        if hasattr(library, "prctl"):
            library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    return ask


def descriptor_of(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1


def exists(pid: int) -> bool:
    reap(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return state(pid) != "Z"


def reap(pid: int) -> None:
    """Let a child of ours that ended go; others are init's."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def state(pid: int) -> str:
    """What a process does: R runs, S sleeps, T is stopped, Z ended; empty where nobody can tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def living_in(folder: Path) -> int | None:
    """The process whose working directory a folder is (proc(5))."""
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdecimal() and int(name) != os.getpid():
            with contextlib.suppress(OSError):
                here = os.readlink(f"/proc/{name}/cwd") == str(folder)
                if here and state(int(name)) not in ("", "Z"):
                    return int(name)
    return None


def started(pid: int) -> int:
    """When a process began, in ticks since the machine did (proc(5)); 0 where nobody can tell."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(said.rpartition(")")[2].split()[19])
