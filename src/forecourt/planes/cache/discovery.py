"""Auto discovery of Memcached's nodes: what the configuration endpoint answers itself, and what it hands on.

    conversation = Conversation(lambda: (version, nodes))
    for step in conversation.receive(data): ...

`config get cluster`, and of older clients `get AmazonElastiCache:cluster`, are answered here; everything else
goes to a node, and answers keep the order of the questions.
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoDiscovery.AddingToYourClientLibrary.html
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

KEY = b"AmazonElastiCache:cluster"
LONGEST_LINE = 2048  # bytes of a command; keys have 250
LARGEST = 128 * 1024 * 1024  # bytes of a value
ENDED_BY_END = frozenset(("get", "gets", "gat", "gats", "stats", "lru_crawler", "slabs"))
STORES = frozenset(("set", "add", "replace", "append", "prepend", "cas"))
HEADER = struct.Struct(">BBHBBHIIQ")  # the binary protocol's: 24 bytes
REQUEST, RESPONSE = 0x80, 0x81
GETS = {
    0x00: False,
    0x09: False,
    0x0C: True,
    0x0D: True,
}  # opcode: whether the key is in the answer

Nodes = tuple[int, Sequence[tuple[str, str, int]]]  # version of the list; name, address, port


class Malformed(ValueError):
    """What no client of Memcached says."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said from here."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Forward:
    """What goes to a node; `verb` is what its answer is read by (empty: none comes, `binary`: as it is)."""

    data: bytes
    verb: str


Step = Answer | Forward


def listing(nodes: Nodes) -> bytes:
    """The list as it is told: its version, then name|address|port of each node."""
    version, known = nodes
    places = " ".join(f"{name}|{address}|{port}" for name, address, port in known)
    return f"{version}\n{places}\n".encode()


class Conversation:
    """What one client says, as steps."""

    def __init__(self, nodes: Callable[[], Nodes]) -> None:
        self._nodes = nodes
        self._buffer = bytearray()

    def receive(self, data: bytes) -> Iterator[Step]:
        """The steps that a piece of what a client says completes.  Malformed."""
        self._buffer += data
        while self._buffer:
            step = self._binary() if self._buffer[0] == REQUEST else self._text()
            if step is None:
                return
            yield step

    def _text(self) -> Step | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise Malformed("a line without an end")
            return None
        words = bytes(self._buffer[:end]).split()
        verb = words[0].decode("latin-1").lower() if words else ""
        size = end + 1
        if verb in STORES and len(words) > 4:
            size += number(words[4]) + 2
        elif verb == "ms" and len(words) > 2:
            size += number(words[2]) + 2
        if len(self._buffer) < size:
            return None
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        if words[:3] == [b"config", b"get", b"cluster"]:
            said = listing(self._nodes())
            return Answer(b"CONFIG cluster 0 %d\r\n%b\r\nEND\r\n" % (len(said), said))
        if verb in ("get", "gets") and words[1:] == [KEY]:
            said = listing(self._nodes())
            return Answer(b"VALUE %b 0 %d\r\n%b\r\nEND\r\n" % (KEY, len(said), said))
        if verb == "config":
            return Answer(b"ERROR\r\n")
        silent = words[-1:] == [b"noreply"] or verb == ""
        return Forward(taken, "" if silent and verb else verb)

    def _binary(self) -> Step | None:
        if len(self._buffer) < HEADER.size:
            return None
        _, opcode, key, extras, _, _, body, opaque, _ = HEADER.unpack_from(self._buffer)
        if body > LARGEST or key + extras > body:
            raise Malformed("a binary request of no size that can be")
        size = HEADER.size + body
        if len(self._buffer) < size:
            return None
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        asked = taken[HEADER.size + extras : HEADER.size + extras + key]
        if opcode in GETS and asked == KEY:
            said = listing(self._nodes())
            named = KEY if GETS[opcode] else b""
            head = HEADER.pack(
                RESPONSE, opcode, len(named), 4, 0, 0, 4 + len(named) + len(said), opaque, 0
            )
            return Answer(head + bytes(4) + named + said)
        return Forward(taken, "binary")


def number(word: bytes) -> int:
    """A size.  Malformed."""
    if not word.isdigit() or int(word) > LARGEST:
        raise Malformed("a value of no size that can be")
    return int(word)


class Reply:
    """Reads where a node's answer to one command ends."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._skip = 0  # bytes of a value that are still to come
        self.ended = verb == ""

    def take(self, buffer: bytearray) -> bytes:
        """As much of the answer as is there; the rest stays."""
        taken = 0
        while not self.ended:
            if self._skip:
                step = min(self._skip, len(buffer) - taken)
                taken, self._skip = taken + step, self._skip - step
                if self._skip:
                    break
                if self._verb == "mg":
                    self.ended = True
                continue
            end = buffer.find(b"\n", taken)
            if end < 0:
                break
            words = bytes(buffer[taken:end]).split()
            taken = end + 1
            self._line(words)
        found = bytes(buffer[:taken])
        del buffer[:taken]
        return found

    def _line(self, words: list[bytes]) -> None:
        first = words[0] if words else b""
        if first == b"VALUE" and len(words) > 3:
            self._skip = number(words[3]) + 2
        elif first == b"VA" and len(words) > 1:
            self._skip = number(words[1]) + 2
        elif self._verb in ENDED_BY_END:
            self.ended = first in (
                b"END",
                b"ERROR",
                b"CLIENT_ERROR",
                b"SERVER_ERROR",
                b"OK",
                b"RESET",
            )
        else:
            self.ended = True
