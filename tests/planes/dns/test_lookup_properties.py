"""Random zones: each answer, read by dnspython, is the one found by trying every name by the book.

The book is RFC 1034 §4.3.2 and RFC 4592, worked here on a plain dict of dnspython's names, label by
label from the apex down.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planes.dns.protocol import Responder, Settings

from .building import ORIGIN, names_of, query, read

LABELS = ("a", "b", "*", "ns")
NAMES = ["@", *LABELS, *(f"{x}.{y}" for x in LABELS for y in "ab"), "a.b.a", "*.a.b", "b.*.a"]
ASKED = [*NAMES, "x", "x.a", "x.b", "x.a.b", "x.x.a", "x.ns", "x.b.a.b"]
TYPES = ("A", "AAAA", "CNAME", "NS", "MX", "DS", "SOA", "TXT")
SOA = "SOA ns.example. admin.example. 1 2 3 4 30"
TARGETS = ("a", "b", "x.a", "a.b", "b.b", "ns.a", "ns", "out.test.", "*.a")
DIGEST = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
RECORD = st.one_of(
    st.integers(1, 3).map("A 192.0.2.{}".format),
    st.just("AAAA 2001:db8::1"),
    st.just('TXT "x"'),
    st.sampled_from(TARGETS).map("MX 10 {}".format),
    st.sampled_from(TARGETS).map("NS {}".format),
    st.sampled_from(TARGETS).map("CNAME {}".format),
    st.just(f"DS 1 8 2 {DIGEST}"),
)
Zone = dict[dns.name.Name, dict[str, set[str]]]


@st.composite
def zones(draw: st.DrawFn) -> str:
    """A zone's lines: no CNAME beside others, no delegation at a wildcard, each once."""
    lines = {f"@ {SOA}", "@ NS ns"}
    taken: dict[str, str] = {"@": "other"}
    for owner, record in draw(
        st.lists(st.tuples(st.sampled_from(NAMES), RECORD), min_size=1, max_size=14)
    ):
        kind = "alone" if record.startswith("CNAME") else "other"
        if taken.setdefault(owner, kind) != kind or (kind == "alone" and owner in lines):
            continue
        if kind == "alone" and any(line.startswith(f"{owner} ") for line in lines):
            continue
        if "*" in owner and record.startswith(("NS", "DS")):
            continue
        lines.add(f"{owner} {record}")
    return "\n".join(sorted(lines)) + "\n"


@dataclass
class Expected:
    rcode: str = "NOERROR"
    authoritative: bool = True
    answer: set[str] = field(default_factory=set)
    authority: set[str] = field(default_factory=set)
    additional: set[str] = field(default_factory=set)


def records(text: str) -> Zone:
    """dnspython's reading of the same lines."""
    found: Zone = {}
    zone = dns.zone.from_text(f"$TTL 300\n{text}", ORIGIN, relativize=False, check_origin=False)
    for name, node in zone.nodes.items():
        for rdataset in node:
            kind = dns.rdatatype.to_text(rdataset.rdtype)
            found.setdefault(name, {})[kind] = {rdata.to_text() for rdata in rdataset}
    return found


def by_the_book(zone: Zone, name: dns.name.Name, kind: str) -> Expected:
    expected, seen = Expected(), set[dns.name.Name]()
    while name not in seen and len(seen) < 16 and name.is_subdomain(ORIGIN):
        seen.add(name)
        if (cut := delegation(zone, name, kind)) is not None:
            expected.authoritative = bool(expected.answer)
            expected.authority = lines(cut, "NS", zone[cut]["NS"])
            for host in {dns.name.from_text(each) for each in zone[cut]["NS"]}:
                for address in ("A", "AAAA"):
                    expected.additional |= lines(host, address, zone.get(host, {}).get(address))
            return expected
        source = match(zone, name)
        sets = zone.get(source, {}) if source is not None else {}
        if kind in sets:
            expected.answer |= lines(name, kind, sets[kind])
            return expected
        if "CNAME" not in sets:
            expected.rcode = "NXDOMAIN" if source is None else "NOERROR"
            expected.authority = lines(ORIGIN, "SOA", zone[ORIGIN]["SOA"])
            return expected
        expected.answer |= lines(name, "CNAME", sets["CNAME"])
        name = dns.name.from_text(next(iter(sets["CNAME"])))
    return expected


def delegation(zone: Zone, name: dns.name.Name, kind: str) -> dns.name.Name | None:
    """The first delegation on the way down to a name."""
    for depth in range(len(ORIGIN) + 1, len(name) + 1):
        above = name.split(depth)[1]
        if "NS" in zone.get(above, {}) and not (above == name and kind == "DS"):
            return above
    return None


def match(zone: Zone, name: dns.name.Name) -> dns.name.Name | None:
    """The name that answers for a name: itself, or the wildcard of the closest encloser."""
    there = {name.split(n)[1] for name in zone for n in range(len(ORIGIN), len(name) + 1)}
    if name in there:
        return name
    encloser = next(up for n in range(len(name), 0, -1) if (up := name.split(n)[1]) in there)
    wildcard = dns.name.Name([b"*", *encloser.labels])
    return wildcard if wildcard in there else None


def lines(name: dns.name.Name, kind: str, values: set[str] | None) -> set[str]:
    return {f"{name} {kind} {value}" for value in values or ()}


def shown(section: list[dns.rrset.RRset]) -> set[str]:
    return {
        f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {rdata.to_text()}"
        for rrset in section
        for rdata in rrset
    }


@settings(max_examples=35)
@given(zones(), st.booleans())
def test_every_answer_is_the_books(text: str, edns: bool) -> None:
    zone, respond = records(text), Responder(names_of(text), Settings(rate=0))
    for asked in ASKED:
        for kind in TYPES:
            name = dns.name.from_text(asked, ORIGIN)
            expected = by_the_book(zone, name, kind)
            said = read(respond.message(query(asked, kind, use_edns=edns), "192.0.2.1"))
            found = Expected(
                dns.rcode.to_text(said.rcode()),
                bool(said.flags & dns.flags.AA),
                shown(said.answer),
                shown(said.authority),
                shown(said.additional),
            )
            assert found == expected, (asked, kind)
            assert not said.flags & dns.flags.TC
            for rrset in said.answer:
                assert len(rrset) == len(set(rrset))


@settings(max_examples=30)
@given(zones())
def test_all_that_is_in_a_zone_is_found(text: str) -> None:
    """What dns.zone holds above its delegations is answered, set by set."""
    zone, respond = records(text), Responder(names_of(text), Settings(rate=0))
    for name, sets in zone.items():
        for kind, values in sets.items():
            if delegation(zone, name, kind) is None:
                said = read(respond.message(query(str(name), kind), "192.0.2.1"))
                assert shown(said.answer) == lines(name, kind, values)
