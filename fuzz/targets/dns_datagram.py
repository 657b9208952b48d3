"""A DNS message by UDP: no answer, or one that can be read, is short enough, and is always the same.

Checked too: the quick way through the cache says what the slow way says, with and without a cache.
"""

from __future__ import annotations

from collections.abc import Iterator

import dns.flags
import dns.message

from forecourt.planes.dns.protocol import OUR_SIZE, Responder, Settings
from fuzz.dns_names import names, queries

TOKENS = (
    b"\0\1\0\0\0\0\0\1", b"\0\0\x29\x04\xd0\0\0\0\0\0\0", b"\3www\1e\0", b"\1c\1e\0", b"\1t\1e\0",
    b"\1x\1w\1e\0", b"\2ns\1s\1e\0", b"\0\x0a\0\x08clientck", b"\0\3\0\0", b"\xc0\x0c",
    b"\0\1\0\1", b"\0\xff\0\1", b"\0\x10\0\1", b"\0\xfc\0\1", b"\0\2\0\1",
)  # fmt: skip
NAMES = names()
WARM = Responder(NAMES, Settings(rate=0, nsid=b"ns-1"))
LIMITED = Responder(names(), Settings(rate=1, slip=2))
CLIENT = "192.0.2.200"


def seeds() -> Iterator[bytes]:
    yield from queries()


def check(data: bytes) -> None:
    slow = WARM.message(data, CLIENT, OUR_SIZE)
    assert WARM.datagram(data, CLIENT) == slow
    assert WARM.datagram(data, CLIENT) == slow  # from the cache
    NAMES.ready.clear()
    NAMES.derived.clear()
    assert WARM.datagram(data, CLIENT) == slow  # and compiled anew
    if len(WARM._opts) > 1000:
        WARM.tick()
    read(data, slow)
    limited = LIMITED.datagram(data, CLIENT)
    assert limited is None or len(limited) <= max(len(data), 12) or limited == LIMITED.message(
        data, CLIENT, OUR_SIZE
    )  # fmt: skip
    if LIMITED.queries % 100 == 0:
        LIMITED.tick()


def read(data: bytes, reply: bytes | None, most: int = OUR_SIZE) -> None:
    """An answer is one to its query, for every reader."""
    if reply is None:
        assert len(data) < 12 or data[2] & 0x80
        return
    assert len(reply) <= most
    assert reply[:2] == data[:2]
    said = dns.message.from_wire(reply)
    assert said.flags & dns.flags.QR
    assert not said.flags & (dns.flags.RA | dns.flags.AD)
    assert len(said.question) <= 1
    if said.question:
        assert reply[12 : len(reply)].startswith(data[12 : data.index(said_type(data), 12)])


def said_type(data: bytes) -> bytes:
    """The bytes after a query's name."""
    at = 12
    while data[at]:
        at += 1 + data[at]
    return data[at + 1 : at + 5]
