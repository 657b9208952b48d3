"""Another mail server, as tests want it: what it says of each recipient, and what it took."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from forecourt.planes.mail.smtp import Envelope, Peer, Reply
from forecourt.planes.mail.smtp_server import Dropped, Message, Piece, Session, Settings, To


@dataclass
class Remote:
    address: str
    port: int
    says: dict[str, Reply] = field(default_factory=dict)  # by recipient; "" of any message
    messages: list[tuple[Envelope, bytes]] = field(default_factory=list)
    connections: int = 0
    greeting: bytes = b""  # instead of a session


def serve(remote: Remote, connection: socket.socket) -> None:
    session = Session(Settings("remote.test", starttls=False), Peer("peer"))
    content = b""
    with connection:
        if remote.greeting:
            connection.sendall(remote.greeting)
            return
        while True:
            while (question := session.next()) is not None:
                answer: Any = None
                match question:
                    case To(_, address, _):
                        answer = remote.says.get(address)
                    case Piece(data):
                        content += data
                    case Dropped():
                        content = b""
                    case Message(envelope, last):
                        answer = remote.says.get("", Reply(250, "Taken", "2.0.0"))
                        if answer.positive:
                            remote.messages.append((envelope, content + last))
                        content = b""
                session.answer(answer)
            connection.sendall(session.outgoing())
            if session.closed or not (data := connection.recv(65536)):
                return
            session.receive(data)


@contextmanager
def remote(address: str) -> Iterator[Remote]:
    """A server at an address and a free port."""
    listening = socket.create_server((address, 0))
    found = Remote(address, listening.getsockname()[1])
    running: list[threading.Thread] = []
    connections: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            found.connections += 1
            connections.append(connection)
            thread = threading.Thread(target=quietly, args=(found, connection), daemon=True)
            running.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield found
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join(5)
        for connection in connections:
            with suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_RDWR)
        for each in running:
            each.join(10)


def quietly(found: Remote, connection: socket.socket) -> None:
    try:
        serve(found, connection)
    except OSError:
        return
