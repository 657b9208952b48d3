"""Child processes of our own roles, as workers: spawned, awaited, ended.

worker = Worker("dns-0", partial(run_role, Role("dns", 0, config_text), sockets))
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import TaskStatus

from forecourt.processes.channel import Channel
from forecourt.processes.privileges import User

log = logging.getLogger(__name__)

READY_WITHIN = 30.0  # seconds
GRACE = 10.0  # seconds between SIGTERM and SIGKILL

Handed = tuple[dict[str, Any], socket.socket]  # what a socket is for, and the socket


class RoleFailed(Exception):
    """A role ended, or never got ready; the text says how."""


@dataclass(slots=True)
class Role:
    """One process of a role, and the sockets it is to serve."""

    name: str
    index: int
    config: str
    user: User | None = None  # whom it runs as, where not as ourselves
    sockets: list[Handed] = field(default_factory=list)
    on_end: Callable[[int], None] | None = None  # told the number of each process that ended
    channel: Channel | None = None  # while it runs

    @property
    def label(self) -> str:
        return f"{self.name}-{self.index}"

    def hand(self, purpose: dict[str, Any], sock: socket.socket) -> None:
        """Give it one more socket, now and whenever it is started again."""
        self.sockets.append((purpose, sock))
        if self.channel is not None:
            with contextlib.suppress(OSError):  # it is just ending; it gets all when it is back
                self.channel.send({"socket": purpose}, sock)


async def run_role(role: Role, *, task_status: TaskStatus[None]) -> None:
    """Run a role's process until it ends or we are cancelled."""
    channel, theirs = Channel.pair()
    process = subprocess.Popen(
        [sys.executable, "-m", "forecourt.roles", role.name, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is the supervisor's to handle
        **as_user(role.user),
    )
    theirs.close()
    try:
        start = {"config": role.config, "index": role.index, "sockets": len(role.sockets)}
        channel.send(start)
        for purpose, sock in role.sockets:
            channel.send({"socket": purpose}, sock)
        role.channel = channel
        await wait_ready(channel, role, process)
        task_status.started()
        await ended(process)
        raise RoleFailed(f"{role.label} ended with {how(process.returncode)}")
    finally:
        role.channel = None
        with anyio.CancelScope(shield=True):
            await end(process, role.label)
        if role.on_end is not None:
            role.on_end(process.pid)
        channel.close()


def as_user(user: User | None) -> dict[str, Any]:
    """How subprocess starts a process as another user, without our groups."""
    if user is None:
        return {}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}


async def wait_ready(channel: Channel, role: Role, process: subprocess.Popen[bytes]) -> None:
    with anyio.move_on_after(READY_WITHIN):
        await anyio.wait_readable(channel.fileno())
        try:
            message = channel.receive()
        except OSError:
            message = None
        if message is None:
            await ended(process)
            raise RoleFailed(f"{role.label} ended with {how(process.returncode)} while starting")
        if "failed" in message[0]:
            raise RoleFailed(f"{role.label}: {message[0]['failed']}")
        return
    raise RoleFailed(f"{role.label} did not get ready within {READY_WITHIN:.0f} s")


async def ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process by its descriptor: no polling, no confusion of reused numbers."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        while process.poll() is None:
            await anyio.sleep(0.05)
        return
    try:
        await anyio.wait_readable(descriptor)
    finally:
        os.close(descriptor)
    process.wait()


async def end(process: subprocess.Popen[bytes], label: str) -> None:
    """SIGTERM, a grace period, SIGKILL."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    with anyio.move_on_after(GRACE):
        await ended(process)
        return
    log.warning("%s did not end within %d s and is killed", label, GRACE)
    process.kill()
    await ended(process)


def how(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit status {code}"
