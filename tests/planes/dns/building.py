"""Zones out of a few lines of text, and queries, for the tests of the DNS plane.

A line is `owner type value`, or `owner type -> target` for an alias; names without a final dot are
in example., `@` is example. itself.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from forecourt.planes.dns import wire
from forecourt.planes.dns.protocol import Names, Responder, Settings
from forecourt.planes.dns.snapshot import RRset, pack
from forecourt.planes.dns.zone import Zone

TTL = 300
ORIGIN = dns.name.from_text("example.")
APEX = wire.from_text("example")
SECRET = b"s" * 16
START = """
@ SOA ns.example. admin.example. 1 7200 900 1209600 60
@ NS ns.example.
ns A 192.0.2.53
"""
WHOLE = (
    START
    + """
www A 192.0.2.1
www A 192.0.2.2
www AAAA 2001:db8::1
www TXT "hello"
@ MX 10 mail.example.
mail A 192.0.2.25
c CNAME www
c2 CNAME c
away CNAME www.elsewhere.test.
loop1 CNAME loop2
loop2 CNAME loop1
self CNAME self
dead CNAME nothing.here
*.wild A 192.0.2.9
*.wild TXT "from the wildcard"
there.wild TXT "not from it"
a.b.wild A 192.0.2.10
*.wc CNAME www
deep.empty.place A 192.0.2.11
sub NS ns.sub
sub NS ns.elsewhere.test.
sub DS 12345 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
ns.sub A 192.0.2.54
ns.sub AAAA 2001:db8::54
intosub CNAME host.sub
alias A -> www
alias2 A -> alias
aliasnone A -> nothing.here
"""
)


def absolute(name: str) -> bytes:
    return dns.name.from_text(name, ORIGIN).to_wire() or b""


def nodes(text: str) -> dict[bytes, bytes]:
    """Owner names and their packed record sets."""
    found: dict[bytes, dict[int, RRset]] = defaultdict(dict)
    for line in filter(None, text.splitlines()):
        owner, kind, value = line.split(None, 2)
        name, type_ = absolute(owner).lower(), int(dns.rdatatype.from_text(kind))
        if value.startswith("-> "):
            target = absolute(value.removeprefix("-> ")).lower()
            found[name][type_] = RRset(type_, 60, (), target)
            continue
        rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, value, ORIGIN, relativize=False)
        had = found[name].get(type_, RRset(type_, TTL, ()))
        found[name][type_] = RRset(type_, TTL, (*had.rdata, rdata.to_wire() or b""))
    return {name: pack(rrsets.values()) for name, rrsets in found.items()}


def zone_of(text: str) -> Zone:
    zone = Zone(APEX)
    for owner, node in nodes(text).items():
        zone.put(owner, node)
    return zone


def names_of(text: str) -> Names:
    names = Names()
    zone = names.add_zone(APEX)
    for owner, node in nodes(text).items():
        names.put(zone, owner, node)
    return names


def responder(text: str = WHOLE, **settings: Any) -> Responder:
    return Responder(names_of(text), Settings(**{"cookie_secret": SECRET} | settings))


def query(name: str, type_: str = "A", **options: Any) -> bytes:
    """A query's bytes; the name is in example. unless it is absolute."""
    asked = dns.name.from_text(name, ORIGIN)
    options.setdefault("id", 4711)
    return dns.message.make_query(asked, type_, **options).to_wire()


def read(reply: bytes | None) -> dns.message.Message:
    assert reply is not None
    return dns.message.from_wire(reply)


def shown(section: list[Any]) -> set[str]:
    """Records as `owner type value`."""
    return {
        f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {rdata.to_text()}"
        for rrset in section
        for rdata in rrset
    }
