"""What the plane is given: the record sets of one owner name, as one small value.

A node travels packed, because there are many and few are asked for: unpacking happens when an answer
is compiled.  An alias set has a target in the same zone in place of rdata.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct

HEAD = Struct(">BHIH")  # kind, type, ttl, number of values
LENGTH = Struct(">H")
RECORDS, ALIAS = 0, 1


@dataclass(frozen=True, slots=True)
class RRset:
    """Records of one type; `rdata` in wire form, names in it uncompressed."""

    type: int
    ttl: int
    rdata: tuple[bytes, ...]
    alias: bytes | None = None  # the name whose set of this type is answered in place of ours


def pack(rrsets: Iterable[RRset]) -> bytes:
    """A node's value: each set's head, then its values, each after its length."""
    out = bytearray()
    for rrset in rrsets:
        kind = RECORDS if rrset.alias is None else ALIAS
        values = rrset.rdata if rrset.alias is None else (rrset.alias,)
        out += HEAD.pack(kind, rrset.type, rrset.ttl, len(values))
        for value in values:
            out += LENGTH.pack(len(value)) + value
    return bytes(out)


def unpack(node: bytes) -> list[RRset]:
    found, at = [], 0
    while at < len(node):
        kind, type_, ttl, count = HEAD.unpack_from(node, at)
        at += HEAD.size
        values = []
        for _ in range(count):
            (length,) = LENGTH.unpack_from(node, at)
            at += LENGTH.size + length
            values.append(node[at - length : at])
        if kind == ALIAS:
            found.append(RRset(type_, ttl, (), values[0]))
        else:
            found.append(RRset(type_, ttl, tuple(values)))
    return found


def has_type(node: bytes, wanted: int) -> bool:
    return any(rrset.type == wanted for rrset in unpack(node))
