"""aws-chunked bodies: pieces with a signature each, and trailers after the last.

    decoder = Decoder(mode, seed, stamp, scope, key)
    data = b"".join(decoder.feed(piece) for piece in body); decoder.finish()

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from forecourt.platform.identity.sigv4 import EMPTY_SHA256, Refused

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
MODES = (SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER)
LENGTH = re.compile(rb"[0-9a-fA-F]+")
LONGEST_LINE = 1024
LARGEST_CHUNK = 8 * 1024 * 1024
MOST_TRAILERS = 16


class Broken(Exception):
    """The body is not framed as it says."""


class Decoder:
    """Takes a framed body in any pieces and gives back what was in it."""

    def __init__(self, mode: str, seed: str, stamp: str, scope: str, key: bytes) -> None:
        self._signed, self._trailing = mode != UNSIGNED_TRAILER, mode != SIGNED
        self._previous, self._key = seed, key
        self._head = f"{stamp}\n{scope}\n"
        self._buffer = bytearray()
        self._chunk: tuple[int, str] | None = None  # its length and signature
        self._in_trailers = self._ended = False
        self.trailers: dict[str, str] = {}

    def feed(self, piece: bytes) -> bytes:
        """What of the payload is whole now.  Broken, or Refused where a signature is wrong."""
        self._buffer += piece
        out = bytearray()
        while not self._ended and self._step(out):
            pass
        if self._ended and self._buffer:
            raise Broken("there is more after the last chunk")
        return bytes(out)

    def finish(self) -> None:
        if not self._ended:
            raise Broken("the last chunk is missing")

    def _step(self, out: bytearray) -> bool:
        if self._in_trailers:
            return self._trailer()
        if self._chunk is None:
            if (line := self._line()) is None:
                return False
            self._chunk = self._header(line)
        length, signature = self._chunk
        tail = 0 if length == 0 else 2
        if len(self._buffer) < length + tail:
            return False
        data = bytes(self._buffer[:length])
        if tail and self._buffer[length : length + 2] != b"\r\n":
            raise Broken("a chunk does not end with its length")
        del self._buffer[: length + tail]
        if self._signed:
            self._check(signature, f"AWS4-HMAC-SHA256-PAYLOAD\n{self._head}", data)
        self._chunk = None
        out += data
        self._in_trailers = length == 0
        return True

    def _header(self, line: bytes) -> tuple[int, str]:
        size, _, extension = line.partition(b";")
        if not LENGTH.fullmatch(size):
            raise Broken("a chunk's length is not a number")
        if (length := int(size, 16)) > LARGEST_CHUNK:
            raise Broken("a chunk is too large")
        return length, extension.removeprefix(b"chunk-signature=").decode("latin-1")

    def _trailer(self) -> bool:
        if (line := self._line()) is None:
            return False
        if line:
            name, _, value = line.decode("latin-1").partition(":")
            self.trailers[name.strip().lower()] = value.strip()
            if len(self.trailers) > MOST_TRAILERS:
                raise Broken("too many trailers")
            return True
        if self._signed and self._trailing:
            given = self.trailers.pop("x-amz-trailer-signature", "")
            lines = "".join(f"{name}:{value}\n" for name, value in sorted(self.trailers.items()))
            text = (
                f"AWS4-HMAC-SHA256-TRAILER\n{self._head}{self._previous}\n"
                f"{sha256(lines.encode('latin-1')).hexdigest()}"
            )
            self._compare(given, text)
        self._ended = True
        return False

    def _check(self, given: str, head: str, data: bytes) -> None:
        text = f"{head}{self._previous}\n{EMPTY_SHA256}\n{sha256(data).hexdigest()}"
        self._previous = self._compare(given, text)

    def _compare(self, given: str, text: str) -> str:
        wanted = hmac.new(self._key, text.encode(), sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), given.encode("latin-1", "replace")):
            raise Refused("mismatch", "The chunk signature does not match.")
        return wanted

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", 0, LONGEST_LINE)
        if end < 0:
            if len(self._buffer) >= LONGEST_LINE:
                raise Broken("a line is too long")
            return None
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        return line
