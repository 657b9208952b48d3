"""Route 53's record values: wire form that dnspython reads and writes alike, or a refusal."""

from __future__ import annotations

from collections.abc import Iterator

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from forecourt.planes.dns import wire
from forecourt.services.route53.rdata import READERS, BadName, BadValue, to_wire

TYPES = tuple(READERS)
LONGEST = 4000  # characters of a value, by the API's model
# dnspython holds these to lengths and numbers that Route 53's documentation does not name.
STRICTER = ("DS", "SSHFP", "TLSA")
VALUES = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "CAA": '0 issue "ca.test; x=1"',
    "CNAME": "www.example.com",
    "DS": "12345 13 1 123456789abcdef67890123456789abcdef67890",
    "HTTPS": '16 a\\052.test alpn="h2,h3" ipv4hint=192.0.2.1',
    "MX": "10 mail.example.com",
    "NAPTR": '100 50 "u" "E2U+sip" "!^(\\\\+44)$!sip:\\\\1@e!" .',
    "NS": "ns.example.com",
    "PTR": "host.example.com",
    "SOA": "ns.e. admin.e. 1 2 3 4 5",
    "SPF": '"v=spf1 -all"',
    "SRV": "10 5 80 host.example.com",
    "SSHFP": "1 1 123456789abcdef67890123456789abcdef67890",
    "SVCB": '1 . port=8443 mandatory=port key65333="ex1"',
    "TLSA": "3 1 1 00ff",
    "TXT": '"two" "strings \\344 \\"quoted\\""',
}
TOKENS = (
    b'"', b"\\000", b"\\377", b'\\"', b"\\\\", b" . ", b"65535", b"65536", b"mandatory=", b"alpn=",
    b"ipv6hint=", b"ipv4hint=", b"ech=", b"key65535", b"no-default-alpn", b"port=", b";", b"(", b")",
    b"\n", b"::", b"255", b"dohpath=", b"ohttp", b"issue",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    for at, type_ in enumerate(TYPES):
        yield bytes((at,)) + VALUES[type_].encode()


def check(data: bytes) -> None:
    type_ = TYPES[data[0] % len(TYPES)] if data else "A"
    value = data[1:].decode("latin-1")[:LONGEST]
    try:
        rdata = to_wire(type_, value)
    except (BadValue, BadName) as refused:
        assert len(str(refused)) < 300 + len(value)
        return
    assert 0 < len(rdata) <= LONGEST + 300
    try:
        read = dns.rdata.from_wire(
            dns.rdataclass.IN, dns.rdatatype.RdataType(wire.TYPES[type_]), rdata, 0, len(rdata)
        )
    except dns.exception.FormError:
        if type_ in STRICTER:
            return
        raise
    assert read.to_wire() == rdata
