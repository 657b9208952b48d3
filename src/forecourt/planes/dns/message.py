"""Writing answers: records after a question, names compressed (RFC 1035 §4.1.4)."""

from __future__ import annotations

from struct import Struct

from forecourt.planes.dns.lookup import Found, Record
from forecourt.planes.dns.wire import CNAME, IN, MX, NS, PTR, SOA

RECORD = Struct(">HHIH")  # type, class, ttl, length of rdata
HEADER = 12
LAST_TARGET = 0x3FFF  # how far a pointer reaches

# Where the names in rdata are that may be compressed (RFC 3597 §4): bytes before, and how many.
NAMES = {NS: (0, 1), CNAME: (0, 1), PTR: (0, 1), MX: (2, 1), SOA: (0, 2)}


class Writer:
    """Writes what follows the question of a message; offsets are those of the whole message."""

    def __init__(self, question: bytes) -> None:
        """`question` is the name in lower case, its type and class."""
        self.out = bytearray()
        self._start = HEADER + len(question)
        self._offsets: dict[bytes, int] = {}
        name, at = question[:-4], HEADER
        while name[0]:
            self._offsets[name] = at
            at, name = at + 1 + name[0], name[1 + name[0] :]

    def record(self, owner: bytes, type_: int, ttl: int, rdata: bytes) -> None:
        self.name(owner)
        at = len(self.out)
        self.out += RECORD.pack(type_, IN, ttl, len(rdata))
        if type_ not in NAMES:
            self.out += rdata
            return
        before, count = NAMES[type_]
        self.out += rdata[:before]
        rest = rdata[before:]
        for _ in range(count):
            length = name_length(rest)
            self.name(rest[:length])
            rest = rest[length:]
        self.out += rest
        self.out[at + 8 : at + 10] = (len(self.out) - at - RECORD.size).to_bytes(2, "big")

    def name(self, name: bytes) -> None:
        while name[0]:
            # Case is kept where it was given: only equal bytes are shared.
            if (offset := self._offsets.get(name)) is not None:
                self.out += (0xC000 | offset).to_bytes(2, "big")
                return
            here = self._start + len(self.out)
            if here <= LAST_TARGET:
                self._offsets[name] = here
            length = 1 + name[0]
            self.out += name[:length]
            name = name[length:]
        self.out += b"\0"


def name_length(data: bytes) -> int:
    at = 0
    while data[at]:
        at += 1 + data[at]
    return at + 1


def write(question: bytes, found: Found) -> tuple[tuple[int, int, int], bytes]:
    """The counts of the three sections, and their bytes."""
    writer = Writer(question)
    counts = [0, 0, 0]
    sections: tuple[list[Record], ...] = (found.answer, found.authority, found.additional)
    for at, section in enumerate(sections):
        for owner, rrset in section:
            for rdata in rrset.rdata:
                writer.record(owner, rrset.type, rrset.ttl, rdata)
            counts[at] += len(rrset.rdata)
    return (counts[0], counts[1], counts[2]), bytes(writer.out)
