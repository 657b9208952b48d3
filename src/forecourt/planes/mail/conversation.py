"""A session of a line protocol without I/O, as one generator that reads like the dialogue.

It yields None where it needs more bytes, and a question where the shell must find something out:

    session.receive(data)
    while (question := session.next()) is not None:
        session.answer(await shell.find_out(question))      # or session.refuse(Refused(...))
    transport.write(session.outgoing())

Nothing is read beyond what was asked for, so that a shell may turn to TLS between two lines.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

Steps = Generator[Any, Any, Any]
PIECE = 256 * 1024  # bytes of a message that are gathered before the shell takes them


class TooLong(Exception):
    """A line without an end."""


class BareNewline(Exception):
    """A CR or LF that is not part of CRLF: what smuggles commands (RFC 5321 §2.3.8)."""


class Refused(Exception):
    """What the peer asked for is not to be had; the session goes on."""


class Conversation:
    longest = 8192  # bytes of a line

    def __init__(self) -> None:
        self.closed = False
        self._buffer = bytearray()
        self._scanned = 0
        self._output = bytearray()
        self._steps: Steps = self.converse()
        self._answer: Any = None
        self._refusal: Exception | None = None
        self._asked = False

    def converse(self) -> Steps:
        """The dialogue."""
        raise NotImplementedError

    # ----- the shell's side

    def receive(self, data: bytes) -> None:
        self._buffer += data

    @property
    def waiting(self) -> int:
        """How many bytes lie here that nothing has looked at."""
        return len(self._buffer)

    def outgoing(self) -> bytes:
        data = bytes(self._output)
        self._output.clear()
        return data

    def next(self) -> Any:
        """Go on as far as the bytes received reach, or to a question."""
        if self.closed:
            return None
        try:
            if self._refusal is not None:
                refusal, self._refusal = self._refusal, None
                question = self._steps.throw(refusal)
            else:
                answer, self._answer = self._answer, None
                question = self._steps.send(answer)
        except StopIteration:
            self.closed = True
            return None
        return question

    def answer(self, value: Any) -> None:
        self._answer = value

    def refuse(self, refusal: Exception) -> None:
        """Instead of an answer: the question failed."""
        self._refusal = refusal

    # ----- the dialogue's side

    def say(self, line: str | bytes) -> None:
        self._output += (line.encode() if isinstance(line, str) else line) + b"\r\n"

    def line(self) -> Steps:
        """The next line, without its CRLF.  TooLong, BareNewline."""
        while True:
            end = self._buffer.find(b"\n", self._scanned)
            if end >= 0:
                break
            self._scanned = len(self._buffer)
            if self._scanned > self.longest:
                raise TooLong
            yield None
        found = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        self._scanned = 0
        if len(found) > self.longest:
            raise TooLong
        if not found.endswith(b"\r\n") or b"\r" in found[:-2]:
            raise BareNewline
        return found[:-2]

    def take(self, size: int) -> Steps:
        """So many bytes."""
        while len(self._buffer) < size:
            yield None
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._scanned = 0
        return found

    def some(self, most: int) -> Steps:
        """At least one byte, at most so many."""
        while not self._buffer:
            yield None
        found = bytes(self._buffer[:most])
        del self._buffer[:most]
        self._scanned = 0
        return found


def dot_stuffed(content: bytes) -> bytes:
    """Lines as SMTP and POP3 send them, with the line that ends them (RFC 5321 §4.5.2, RFC 1939 §3)."""
    if content.startswith(b"."):
        content = b"." + content
    content = content.replace(b"\r\n.", b"\r\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n")
