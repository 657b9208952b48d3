"""Names in wire form and the numbers of the protocol.

A name is its wire form without compression: `b"\\3www\\7example\\3com\\0"`.  Inside the plane names
are in lower case, except in rdata, which is answered as it was given.
"""

from __future__ import annotations

ROOT = b"\0"
LONGEST_NAME = 255  # RFC 1035 §2.3.4
LONGEST_LABEL = 63

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV = 1, 2, 5, 6, 12, 15, 16, 28, 33
NAPTR, OPT, DS, SSHFP, TLSA, SVCB, HTTPS, SPF = 35, 41, 43, 44, 52, 64, 65, 99
RRSIG, NSEC, DNSKEY = 46, 47, 48
TSIG, IXFR, AXFR, ANY, CAA = 250, 251, 252, 255, 257
TYPES = {
    "A": A, "AAAA": AAAA, "CAA": CAA, "CNAME": CNAME, "DS": DS, "HTTPS": HTTPS, "MX": MX,
    "NAPTR": NAPTR, "NS": NS, "PTR": PTR, "SOA": SOA, "SPF": SPF, "SRV": SRV, "SSHFP": SSHFP,
    "SVCB": SVCB, "TLSA": TLSA, "TXT": TXT,
}  # fmt: skip
IN, CH = 1, 3

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 0, 1, 2, 3, 4, 5
NOTAUTH = 9
BADVERS = 16
QR, AA, TC, RD = 0x80, 0x04, 0x02, 0x01  # in the first byte of the flags


def labels(name: bytes) -> list[bytes]:
    """The labels of a name, without the root."""
    found, at = [], 0
    while length := name[at]:
        found.append(name[at + 1 : at + 1 + length])
        at += 1 + length
    return found


def from_labels(parts: list[bytes]) -> bytes:
    return b"".join(bytes((len(part),)) + part for part in parts) + ROOT


def parent(name: bytes) -> bytes:
    """The name without its first label; the root has none."""
    return name[1 + name[0] :]


def suffixes(name: bytes) -> list[bytes]:
    """The name, its parent, and so on to the root."""
    found = [name]
    while length := name[0]:
        name = name[1 + length :]
        found.append(name)
    return found


def from_text(text: str) -> bytes:
    """A plain host name, as in configuration; no escapes."""
    return from_labels([part.encode() for part in text.rstrip(".").lower().split(".") if part])


def to_text(name: bytes) -> str:
    """A name for logs, with what is not a plain character as \\DDD (RFC 1035 §5.1)."""
    parts = ["".join(_shown(c) for c in label) for label in labels(name)]
    return ".".join(parts) + "."


def _shown(character: int) -> str:
    if 0x21 <= character <= 0x7E and character not in b'."\\;()@$':
        return chr(character)
    return f"\\{character:03}"
