"""How a commit wakes those who wait for one, on one machine: a datagram to each of them.

Each waiting process binds a Unix datagram socket in one directory, named after the topic it waits
for; a committer sends a byte to those whose topic it wrote to.  A bell that is lost costs time, not
truth: everybody looks again by itself.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Collection
from pathlib import Path

log = logging.getLogger(__name__)

EVERYTHING = "all"
LINUX = os.path.isdir("/proc/self/fd")


class Bells:
    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = os.open(directory, os.O_RDONLY)
        # Socket addresses hold 108 bytes; through the directory's descriptor any path is short.
        self._prefix = f"/proc/self/fd/{self._directory}" if LINUX else str(directory)
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)

    def listen(self, name: str, topic: str = EVERYTHING) -> socket.socket:
        """A socket that becomes readable when somebody rings for a topic; non-blocking."""
        name = f"{topic}.{name}"
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        bell.setblocking(False)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._directory)
        bell.bind(f"{self._prefix}/{name}")
        # Only those who may enter the folder reach it, whichever user they are.
        os.chmod(name, 0o666, dir_fd=self._directory)
        return bell

    def ring(self, topics: Collection[str] | None = None) -> None:
        """Wake those who wait for one of the topics; without topics, everybody."""
        try:
            names = os.listdir(self._directory)
        except OSError as error:  # out of descriptors: it is committed, and they look by themselves
            log.warning("nobody was woken: %s", error)
            return
        for name in names:
            topic = name.partition(".")[0]
            if topics is not None and topic not in topics and topic != EVERYTHING:
                continue
            try:
                self._sender.sendto(b"!", f"{self._prefix}/{name}")
            except BlockingIOError:
                pass  # it has bells waiting already
            except (ConnectionRefusedError, FileNotFoundError):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=self._directory)
            except OSError as error:
                log.warning("%s was not woken: %s", name, error)

    def close(self) -> None:
        self._sender.close()
        os.close(self._directory)


def hush(bell: socket.socket) -> None:
    """Take all waiting bells."""
    with contextlib.suppress(BlockingIOError):
        while bell.recv(16):
            pass
