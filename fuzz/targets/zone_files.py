"""Zone files: read or BadZoneFile; what is read means the same to Route 53, and is written and read back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import dns.name
import dns.rdatatype

from forecourt.cli.zonefile import BadZoneFile, parse, read_sets, write_sets
from forecourt.services.route53.domain_names import BadName
from forecourt.services.route53.rdata import BadValue, to_wire
from fuzz.targets.rdata import VALUES

TOKENS = (
    b"$TTL 60\n", b"$ORIGIN a.e.\n", b"$GENERATE 1-3 x$ A 192.0.2.$\n", b" IN ", b" A ", b" MX 10 ",
    b" TXT ", b"\\032", b"\\.", b"@", b"*", b"( ", b" )", b";", b'"', b"\n", b"x 60 IN ", b" CNAME ",
    b" SOA ", b" TYPE65280 ", b"\\# 4 ", b" CAA 0 issue ", b"1w2d", b" SVCB 1 . ", b"$INCLUDE f\n",
)  # fmt: skip
APEX = dns.name.from_text("e.")
MANY = re.compile(r"\$GENERATE", re.IGNORECASE)


def seeds() -> Iterator[bytes]:
    head = "$TTL 60\n@ IN SOA ns admin 1 2 3 4 5\n@ NS ns\n"
    for type_, value in VALUES.items():
        if type_ != "SOA":
            yield f"{head}x 60 IN {type_} {value}\n".encode()
    yield b"$ORIGIN a.e.\n$TTL 1h\nb A 192.0.2.1\n  TXT ( one\n two ) ; said\nc\\032d MX 5 b\\.x.e.\n"
    yield b"$GENERATE 1-3 h$ 60 A 192.0.2.$\n$GENERATE 0-2/2 ${0,3,x} 60 CNAME a\n"


def check(data: bytes) -> None:
    text = data.decode("latin-1")
    try:
        sets = read_sets(text, "e")
    except BadZoneFile as refused:
        assert str(refused)
        assert len(str(refused)) < 2000 + 8 * len(text)
        return
    assert len(sets) < 1000 + 100 * len(text)
    rrsets = {(each.name, int(each.rdtype)): each for each in parse(text, APEX)}
    kept = []
    for each in sets:
        name = dns.name.from_text(decimal(each["Name"]))
        type_ = dns.rdatatype.from_text(each["Type"])
        wanted = {rdata.to_wire() for rdata in rrsets[name, int(type_)]}
        try:
            wires = {to_wire(each["Type"], record["Value"]) for record in each["ResourceRecords"]}
        except (BadValue, BadName):
            continue  # what Route 53 does not take, it says
        assert wires == wanted, each
        kept.append(each)
    written = write_sets(kept, "e")
    assert read_sets(written, "e") == kept


def decimal(name: str) -> str:
    """Octal escapes as zone files write them."""
    return re.sub(r"\\([0-3][0-7]{2})", lambda found: f"\\{int(found[1], 8):03}", name)
