"""Which records answer a question: RFC 1034 §4.3.2, with wildcards by RFC 4592.

A pure function over one zone.  It also says what the answer hangs on, so that a change recompiles
the answers it touches and no others.  Where sets are routed, it asks which of them is to answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from forecourt.planes.dns.snapshot import RRset, unpack
from forecourt.planes.dns.wire import (
    AAAA,
    ANY,
    CNAME,
    DS,
    NOERROR,
    NS,
    NXDOMAIN,
    SOA,
    A,
)
from forecourt.planes.dns.zone import Zone

LONGEST_CHAIN = 16  # CNAMEs followed within the zone
WILDCARD = b"\1*"
OTHER = b"\xff!"  # before a zone's id: what stands for the names that are not in it
Record = tuple[bytes, RRset]  # owner and set
# A zone, an owner in it and its sets of one type: which of them answers.
Decide = Callable[[Zone, bytes, list[RRset]], "RRset | None"]


def the_first(zone: Zone, owner: bytes, sets: list[RRset]) -> RRset | None:
    return sets[0]


@dataclass(slots=True)
class Found:
    """The sections of an answer, and its dependencies."""

    rcode: int = NOERROR
    authoritative: bool = True
    answer: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)
    additional: list[Record] = field(default_factory=list)
    looked_at: list[bytes] = field(default_factory=list)  # existing names it was made from
    structural: bool = False  # whether it hangs on names that are not there
    denied: bytes | None = None  # the name that has no such data


def look_up(
    zone: Zone,
    name: bytes,
    type_: int,
    decide: Decide = the_first,
    found: Found | None = None,
) -> Found:
    """The answer of a zone that holds `name`, put together in `found`."""
    found, seen = found or Found(), set[bytes]()
    while True:
        if (cut := find_cut(zone, name, type_)) is not None:
            refer(zone, found, cut)
            return found
        node = zone.nodes.get(name)
        if node is None:
            found.structural = True
            node = None if name in zone.inner else wildcard(zone, name)
            if node is None:
                if name not in zone.inner:
                    found.rcode = NXDOMAIN
                deny(zone, found, name)
                return found
        else:
            found.looked_at.append(name)
        rrsets = unpack(node)
        if zone.signing is not None and name == zone.origin:
            rrsets.append(zone.signing.dnskeys)
        target = take(zone, found, name, rrsets, type_, decide)
        if target is None:
            return found
        seen.add(name)
        if target in seen or len(seen) >= LONGEST_CHAIN or not zone.holds(target):
            return found
        name = target


def find_cut(zone: Zone, name: bytes, type_: int) -> bytes | None:
    """The highest delegation at or above a name; DS at the cut is the parent's (RFC 4035 §3.1.4.1)."""
    if not zone.cuts:
        return None
    for above in reversed(zone.between(name)[:-1] if name != zone.origin else []):
        if above in zone.cuts:
            return above
    return name if name in zone.cuts and type_ != DS else None


def refer(zone: Zone, found: Found, cut: bytes) -> None:
    """A referral: the delegation's NS, and the addresses we have of its servers."""
    if not found.answer:
        found.authoritative = False
    found.looked_at.append(cut)
    for rrset in unpack(zone.nodes[cut]):
        if rrset.type == NS:
            found.authority.append((cut, rrset))
            add_glue(zone, found, rrset)


def add_glue(zone: Zone, found: Found, servers: RRset) -> None:
    for server in servers.rdata:
        host = server.lower()
        if not zone.holds(host):
            continue
        if (node := zone.nodes.get(host)) is None:
            found.structural = True
            continue
        found.looked_at.append(host)
        for rrset in unpack(node):
            if rrset.type in (A, AAAA) and rrset.rdata:
                found.additional.append((host, rrset))


def wildcard(zone: Zone, name: bytes) -> bytes | None:
    """The node at the wildcard of the closest encloser (RFC 4592 §3.3.1): empty if it only has names below."""
    for above in zone.between(name):
        if zone.exists(above):
            source = WILDCARD + above
            return zone.nodes.get(source, b"" if source in zone.inner else None)
    return None


def take(
    zone: Zone, found: Found, name: bytes, rrsets: list[RRset], type_: int, decide: Decide
) -> bytes | None:
    """Answer from a node; the target to go on with if it is a CNAME."""
    for sets in by_type(rrsets):
        # RFC 8482 §4.1: one set is enough for ANY
        if sets[0].type not in (type_, CNAME) and type_ != ANY:
            continue
        chosen = decide(zone, name, sets)
        resolved = chosen and follow_alias(zone, found, chosen, decide)
        if resolved is None:
            continue
        found.answer.append((name, resolved))
        if resolved.type == type_ or type_ == ANY:
            return None
        return resolved.rdata[0].lower()
    deny(zone, found, name)
    return None


def by_type(rrsets: list[RRset]) -> list[list[RRset]]:
    """A name's sets, those of one type together."""
    found: dict[int, list[RRset]] = {}
    for rrset in rrsets:
        found.setdefault(rrset.type, []).append(rrset)
    return list(found.values())


def follow_alias(zone: Zone, found: Found, rrset: RRset, decide: Decide) -> RRset | None:
    """The set an alias stands for, at the end of a chain of them; None where there is none."""
    where = zone
    for _ in range(LONGEST_CHAIN):
        target = rrset.alias
        if target is None:
            return rrset
        if rrset.zone:
            found.looked_at.append(OTHER + rrset.zone.encode())
        following = where.other(rrset.zone)
        if following is None:
            return None
        where = following
        found.looked_at.append(target)
        if where is zone and target not in zone.nodes:
            found.structural = True
        sets = sets_at(where, target, rrset.type)
        chosen = decide(where, target, sets) if sets else None
        if chosen is None:
            return None
        rrset = chosen
    return None


def sets_at(zone: Zone, name: bytes, type_: int) -> list[RRset]:
    """The sets of one type that a name has, be it by a wildcard."""
    node = zone.nodes.get(name)
    if node is None:
        node = (None if name in zone.inner else wildcard(zone, name)) or b""
    return [each for each in unpack(node) if each.type == type_]


def deny(zone: Zone, found: Found, name: bytes) -> None:
    """No such data: the SOA, with the time for which that may be remembered (RFC 2308 §3)."""
    found.denied = name
    apex = zone.nodes.get(zone.origin, b"")
    found.looked_at.append(zone.origin)
    for rrset in unpack(apex):
        if rrset.type == SOA:
            minimum = int.from_bytes(rrset.rdata[0][-4:], "big")
            found.authority.append((zone.origin, RRset(SOA, min(rrset.ttl, minimum), rrset.rdata)))
