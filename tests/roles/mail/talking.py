"""IMAP line by line, as a client on a socket says it."""

from __future__ import annotations

import socket
from typing import Self

from tests.roles.mail.conftest import ADDRESS, PASSWORD, Running


class Talk:
    """One connection, signed in."""

    def __init__(
        self, mail: Running, user: str = "alice@jpub.co.kr", *, sign_in: bool = True
    ) -> None:
        self._socket = socket.create_connection((ADDRESS, mail.ports["imap"]), 10)
        self._lines = self._socket.makefile("rb")
        self._count = 0
        self.greeting = self.line()
        if sign_in:
            self.ok(f"LOGIN {user} {_quoted(PASSWORD)}")

    def send(self, text: str | bytes) -> None:
        self._socket.sendall(text.encode() if isinstance(text, str) else text)

    def line(self) -> str:
        """One line, with the literals in it."""
        try:
            found = self._lines.readline()
        except ConnectionResetError:  # closed while we were still talking
            return ""
        while found.rstrip(b"\r\n").endswith(b"}"):
            size = int(found.rstrip(b"\r\n").rpartition(b"{")[2][:-1])
            found += self._lines.read(size) + self._lines.readline()
        return found.decode("utf-8", "replace").removesuffix("\r\n")

    def say(self, command: str) -> list[str]:
        """A command's untagged answers, and how it ended, last and without its tag."""
        self._count += 1
        tag = f"a{self._count}"
        self.send(f"{tag} {command}\r\n")
        return self.until(tag)

    def until(self, tag: str) -> list[str]:
        found: list[str] = []
        while True:
            line = self.line()
            if not line:
                return [*found, "closed"]
            if line.startswith(f"{tag} "):
                return [*found, line.partition(" ")[2]]
            found.append(line)

    def ok(self, command: str) -> list[str]:
        """The untagged answers of a command that is carried out."""
        *untagged, ended = self.say(command)
        assert ended.startswith("OK"), (command, ended)
        return untagged

    def refused(self, command: str) -> str:
        """How a command that is not carried out ends."""
        ended = self.say(command)[-1]
        assert ended.startswith(("NO", "BAD")), (command, ended)
        return ended

    def append(self, text: str, folder: str = "INBOX", flags: str = "") -> str:
        """Put a message in; how that ended."""
        self._count += 1
        raw = text.encode()
        options = f" {flags}" if flags else ""
        self.send(
            f"a{self._count} APPEND {folder}{options} {{{len(raw)}+}}\r\n".encode() + raw + b"\r\n"
        )
        return self.until(f"a{self._count}")[-1]

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _quoted(text: str) -> str:
    return f'"{text}"'


def message(subject: str = "Hello", body: str = "Hi.", **fields: str) -> str:
    lines = [f"From: Alice <alice@jpub.co.kr>\r\nSubject: {subject}\r\n"]
    lines += [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()]
    return "".join(lines) + f"\r\n{body}\r\n"
