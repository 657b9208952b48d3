"""A request as the gateway sees it, and its answer."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from forecourt.platform.objects.bodies import Received, Stretch

CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
MOST_PARAMETERS = 10_000


class Malformed(Exception):
    """The caller's bytes are not what its protocol says; the text may be shown to it."""


@dataclass(slots=True)
class Request:
    """One HTTP request.  `path` and `query` are as they were on the wire; header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    client: str = ""  # the address it came from
    secure: bool = False  # whether it came over TLS
    pieces: AsyncIterator[bytes] | None = None  # of a body that is read only later
    framing: Any = None  # how it is wrapped: receiving.Framing
    received: Received | None = None  # such a body, written to a blob
    _parameters: list[tuple[str, str]] | None = field(default=None, repr=False)

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query string, decoded, in order."""
        if self._parameters is None:
            self._parameters = parse_form(self.query) if self.query else []
        return self._parameters

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response.  Header values are Latin-1."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    stretch: Stretch | None = None  # what follows the body, or is it, in blobs


def inflated(body: bytes, most: int) -> bytes:
    """A body that was compressed by gzip, as SDKs do with large ones.  Malformed."""
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        found = decoder.decompress(body, most + 1)
    except zlib.error:
        raise Malformed("the body is not compressed as it says") from None
    if len(found) > most or not decoder.eof:
        raise Malformed("the body is cut short, or too large when it is not compressed")
    return found


def header_text(value: str) -> str:
    """Text as a header can hold it: an end of line would start another header (RFC 9110 §5.5)."""
    if not value.isprintable() or not value.isascii():
        value = CONTROLS.sub(" ", value).encode("latin-1", "replace").decode("latin-1")
    return value


def parse_form(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError:
        raise Malformed("The query string contains a syntax error.") from None
