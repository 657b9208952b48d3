"""Between the supervisor and a role: small messages, and sockets with them.

A Unix socket that keeps messages apart; when one side is gone the other reads the end.
"""

from __future__ import annotations

import json
import socket
from typing import Any

LARGEST = 65536


class Channel:
    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    @classmethod
    def pair(cls) -> tuple[Channel, socket.socket]:
        """Our end, and the socket for the other process."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return cls(ours), theirs

    def fileno(self) -> int:
        return self._socket.fileno()

    def setblocking(self, blocking: bool) -> None:
        self._socket.setblocking(blocking)

    def send(self, message: dict[str, Any], sock: socket.socket | None = None) -> None:
        data = json.dumps(message).encode()
        if sock is None:
            self._socket.send(data)
        else:
            socket.send_fds(self._socket, [data], [sock.fileno()])

    def receive(self) -> tuple[dict[str, Any], socket.socket | None] | None:
        """A message and the socket that came with it; None when the other side is gone."""
        data, descriptors, _, _ = socket.recv_fds(self._socket, LARGEST, 1)
        if not data:
            return None
        sock = socket.socket(fileno=descriptors[0]) if descriptors else None
        return json.loads(data), sock

    def close(self) -> None:
        self._socket.close()
