"""What the plane is given: the record sets of one owner name, as one small value.

A node travels packed, because there are many and few are asked for: unpacking happens when an answer
is compiled.  An alias set has a target in place of rdata; sets of one type that are routed (routing.py)
stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct

from forecourt.planes.dns.routing import Routing

HEAD = Struct(">BHIH")  # kind, type, ttl, number of values
LENGTH = Struct(">H")
RECORDS, ALIAS, ROUTED, EVALUATED = 0, 1, 2, 4  # bits of the kind


@dataclass(frozen=True, slots=True)
class RRset:
    """Records of one type; `rdata` in wire form, names in it uncompressed."""

    type: int
    ttl: int
    rdata: tuple[bytes, ...]
    alias: bytes | None = None  # the name whose set of this type is answered in place of ours
    zone: str = ""  # of the alias's target; empty: our own
    evaluate: bool = False  # whether an alias is as healthy as its target
    routing: Routing | None = None


def pack(rrsets: Iterable[RRset]) -> bytes:
    """A node's value: each set's head, then its values, each after its length."""
    out = bytearray()
    for rrset in rrsets:
        kind = RECORDS
        values = rrset.rdata
        if rrset.alias is not None:
            kind |= ALIAS | (EVALUATED if rrset.evaluate else 0)
            values = rrset.alias, rrset.zone.encode()
        if rrset.routing is not None:
            kind |= ROUTED
            values = (*values, rrset.routing.dump())
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
        routing = Routing.load(values.pop()) if kind & ROUTED else None
        if kind & ALIAS:
            zone = values[1].decode() if len(values) > 1 else ""
            evaluate = bool(kind & EVALUATED)
            found.append(RRset(type_, ttl, (), values[0], zone, evaluate, routing))
        else:
            found.append(RRset(type_, ttl, tuple(values), routing=routing))
    return found


def traits(node: bytes) -> tuple[set[int], bool, bool]:
    """A node's types, whether one of its sets is routed, and whether one is an alias."""
    types, kinds, at = set[int](), 0, 0
    while at < len(node):
        kind, type_, _, count = HEAD.unpack_from(node, at)
        types.add(type_)
        kinds |= kind
        at += HEAD.size
        for _ in range(count):
            at += LENGTH.size + LENGTH.unpack_from(node, at)[0]
    return types, bool(kinds & ROUTED), bool(kinds & ALIAS)


def has_type(node: bytes, wanted: int) -> bool:
    return any(rrset.type == wanted for rrset in unpack(node))
