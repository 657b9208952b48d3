"""The zone the DNS targets ask: wildcards, delegations, chains, loops, aliases and much text."""

from __future__ import annotations

from collections import defaultdict

import dns.edns
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from forecourt.planes.dns import wire
from forecourt.planes.dns.protocol import Names
from forecourt.planes.dns.snapshot import RRset, pack

ORIGIN = dns.name.from_text("e.")
LINES = """
@ SOA ns admin 1 7200 900 1209600 60
@ NS ns
ns A 192.0.2.53
www A 192.0.2.1
www AAAA 2001:db8::1
c CNAME www
c2 CNAME C
l1 CNAME l2
l2 CNAME l1
away CNAME www.elsewhere.
*.w A 192.0.2.9
*.w MX 10 www
d.p.q A 192.0.2.11
s NS ns.s
s NS ns.elsewhere.
s DS 1 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
ns.s AAAA 2001:db8::54
i CNAME h.s
a A -> www
b A -> a
n A -> nothing
t TXT "{text}"
t TXT "{text}2"
t TXT "{text}3"
""".replace("{text}", "x" * 250)
TYPES = ("A", "AAAA", "CNAME", "DS", "MX", "NS", "SOA", "TXT", "ANY", "AXFR", "OPT", "HTTPS")


def names() -> Names:
    found: dict[bytes, dict[int, RRset]] = defaultdict(dict)
    for line in filter(None, LINES.splitlines()):
        owner, kind, value = line.split(None, 2)
        name, type_ = absolute(owner), int(dns.rdatatype.from_text(kind))
        if value.startswith("-> "):
            found[name][type_] = RRset(type_, 60, (), absolute(value.removeprefix("-> ")))
            continue
        rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, value, ORIGIN, relativize=False)
        had = found[name].get(type_, RRset(type_, 300, ()))
        found[name][type_] = RRset(type_, 300, (*had.rdata, rdata.to_wire() or b""))
    result = Names()
    zone = result.add_zone(wire.from_text("e"))
    for owner_name, rrsets in found.items():
        result.put(zone, owner_name, pack(rrsets.values()))
    return result


def absolute(text: str) -> bytes:
    return dns.name.from_text(text, ORIGIN).to_wire() or b""


def queries() -> list[bytes]:
    """A query for each name and some type, plain and with EDNS."""
    owners = [line.split()[0].replace("*", "x.y") for line in filter(None, LINES.splitlines())]
    cookie = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"clientck")
    found = []
    for at, owner in enumerate(dict.fromkeys([*owners, "p.q", "zz", "elsewhere."])):
        name, type_ = dns.name.from_text(owner, ORIGIN), TYPES[at % len(TYPES)]
        options: list[dns.edns.Option] = [
            dns.edns.GenericOption(dns.edns.OptionType.NSID, b""),
            cookie,
        ]
        found.append(dns.message.make_query(name, type_, id=1).to_wire())
        found.append(
            dns.message.make_query(name, "A", id=2, use_edns=at % 2, options=options).to_wire()
        )
    return found
