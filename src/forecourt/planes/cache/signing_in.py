"""What clients say before they are let in, where a token takes a password's place.

    stream = Stream(exchange)
    engine.write(stream.receive(data))

Every command is looked at, since a client may sign in whenever it likes; AUTH and HELLO get the password that
`exchange(user, password)` gives, everything else goes on as it is.
"""

from __future__ import annotations

from collections.abc import Callable

LONGEST_LINE = 64 * 1024  # bytes of an inline command, or of a length
MOST_WORDS = 1024 * 1024
LARGEST = 512 * 1024 * 1024  # bytes of a word: proto-max-bulk-len
LOOKED_AT = 16  # words of a command that is kept whole; the rest goes on as it comes
SMALL = 64 * 1024  # bytes of a word that is kept

Exchange = Callable[[str, str], str | None]


class Malformed(ValueError):
    """What is no RESP."""


class Stream:
    """The commands of one client, with tokens exchanged."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._buffer = bytearray()
        self._words = 0  # of an array that goes on as it comes: how many are left
        self._skip = 0  # bytes of a word that goes on as it comes

    def receive(self, data: bytes) -> bytes:
        """What goes on to the engine.  Malformed."""
        self._buffer += data
        out = bytearray()
        while self._buffer:
            if self._skip:
                piece = self._buffer[: self._skip]
                out += piece
                self._skip -= len(piece)
                del self._buffer[: len(piece)]
            elif self._words:
                if (found := self._header(b"$")) is None:
                    break
                line, length = found
                out += line
                self._words -= 1
                self._skip = length + 2
            elif self._buffer[0] != ord("*"):
                if (line_ := self._line()) is None:
                    break
                out += self._inline(line_)
            elif not self._array(out):
                break
        return bytes(out)

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise Malformed("a line without an end")
            return None
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    def _header(self, mark: bytes) -> tuple[bytes, int] | None:
        if (line := self._line()) is None:
            return None
        number = line[1:].strip()
        most = MOST_WORDS if mark == b"*" else LARGEST
        if line[:1] != mark or not number.isdigit() or int(number) > most:
            raise Malformed("a length that cannot be")
        return line, int(number)

    def _array(self, out: bytearray) -> bool:
        """One command, kept until it is known whether it signs in; whether there was enough of it."""
        end = self._buffer.find(b"\n")
        if end < 0:
            return self._line() is not None
        number = bytes(self._buffer[1:end]).strip()
        if not number.isdigit() or int(number) > MOST_WORDS:
            raise Malformed("a length that cannot be")
        count = int(number)
        words: list[bytes] = []
        at = end + 1
        while len(words) < min(count, LOOKED_AT):
            stop = self._buffer.find(b"\n", at)
            if stop < 0:
                if len(self._buffer) - at > LONGEST_LINE:
                    raise Malformed("a line without an end")
                return False
            size = bytes(self._buffer[at + 1 : stop]).strip()
            if self._buffer[at : at + 1] != b"$" or not size.isdigit() or int(size) > LARGEST:
                raise Malformed("a length that cannot be")
            length, start = int(size), stop + 1
            if not words and length > len("HELLO"):
                break  # no command of ours: it goes on as it comes
            if length > SMALL:
                break
            if len(self._buffer) < start + length + 2:
                return False
            words.append(bytes(self._buffer[start : start + length]))
            at = start + length + 2
            if len(words) == 1 and words[0].upper() not in (b"AUTH", b"HELLO"):
                break
        if len(words) == count and words:
            del self._buffer[:at]
            out += encoded(self._exchanged(words))
            return True
        out += self._buffer[: end + 1]
        del self._buffer[: end + 1]
        self._words = count
        return True

    def _inline(self, line: bytes) -> bytes:
        words = line.split()
        if words and words[0].upper() in (b"AUTH", b"HELLO"):
            return encoded(self._exchanged(words))
        return line

    def _exchanged(self, words: list[bytes]) -> list[bytes]:
        """A command with the password that a token stands for."""
        upper = [word.upper() for word in words]
        if upper[0] == b"AUTH" and len(words) == 3:
            at = 1
        elif upper[0] == b"HELLO" and b"AUTH" in upper[1:-2]:
            at = upper.index(b"AUTH", 1) + 1
        else:
            return words
        user, password = (word.decode("utf-8", "replace") for word in words[at : at + 2])
        if (found := self._exchange(user, password)) is not None:
            words[at + 1] = found.encode()
        return words


def encoded(words: list[bytes]) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words)
