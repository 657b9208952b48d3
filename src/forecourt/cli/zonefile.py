"""Zone files and Route 53's record sets, each as the other.

dnspython reads and writes the files; what differs is the spelling of names (octal escapes there,
decimal here) and that the API takes no types of its own making.
"""

from __future__ import annotations

import re
from typing import Any

import dns.exception
import dns.grange
import dns.name
import dns.node
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tokenizer
import dns.zonefile

TYPES = frozenset(
    ("A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SPF", "SRV", "SSHFP",
     "SVCB", "TLSA", "TXT")
)  # fmt: skip


MOST_GENERATED = 65_536  # records made by the $GENERATE lines of one file


class BadZoneFile(Exception):
    """A file that is none; the text says where and why."""


class Reader(dns.zonefile.Reader):
    """dnspython's, which would generate without end."""

    generated = 0

    def _generate_line(self) -> None:
        token = self.tok.get()
        self.tok.unget(token)
        try:
            start, stop, step = dns.grange.from_text(token.value)
        except (dns.exception.DNSException, ValueError, AssertionError):
            raise ValueError("$GENERATE: the range is none") from None
        self.generated += max(0, stop - start) // step + 1
        if self.generated > MOST_GENERATED:
            raise ValueError(f"$GENERATE makes more than {MOST_GENERATED} records")
        super()._generate_line()  # type: ignore[no-untyped-call]


class Sets(dns.zonefile.RRSetsReaderManager):
    def writer(self, replacement: bool = False) -> Transaction:
        return Transaction(self, replacement)


class Transaction(dns.zonefile.RRsetsReaderTransaction):
    """dnspython's, with its sets by name: it would look through all of them for every record."""

    def __init__(self, manager: Sets, replacement: bool) -> None:
        super().__init__(manager, replacement, False)  # type: ignore[no-untyped-call]
        self._nodes: dict[dns.name.Name, dict[Any, Any]] = {}

    def _get_node(self, name: dns.name.Name) -> dns.node.Node | None:
        if name not in self._nodes:
            return None
        node = dns.node.Node()  # type: ignore[no-untyped-call]
        node.rdatasets = list(self._nodes[name].values())
        return node

    def _put_rdataset(self, name: dns.name.Name, rdataset: Any) -> None:
        super()._put_rdataset(name, rdataset)  # type: ignore[no-untyped-call]
        self._nodes.setdefault(name, {})[rdataset.rdtype, rdataset.covers] = rdataset


def read_sets(text: str, origin: str) -> list[dict[str, Any]]:
    """The record sets of a zone file, without the SOA and NS of the apex.  BadZoneFile."""
    try:
        apex = dns.name.from_text(origin)
    except dns.exception.DNSException as error:
        raise BadZoneFile(f"{origin} is not a name: {error}") from None
    sets = []
    for rrset in parse(text, apex):
        name, type_ = rrset.name, dns.rdatatype.to_text(rrset.rdtype)
        if not name.is_subdomain(apex):
            raise BadZoneFile(f"{name} does not lie in {apex}")
        if name == apex and type_ in ("SOA", "NS"):
            continue
        if type_ not in TYPES:
            raise BadZoneFile(f"{name} {type_}: Route 53 has no records of this type")
        values = [{"Value": value_of(type_, rdata)} for rdata in rrset]
        sets.append(
            {"Name": octal(name), "Type": type_, "TTL": rrset.ttl, "ResourceRecords": values}
        )
    return sets


def parse(text: str, origin: dns.name.Name) -> list[dns.rrset.RRset]:
    """All record sets of a file, wherever they lie; no $INCLUDE.  BadZoneFile."""
    found = Sets(origin)
    tokens = dns.tokenizer.Tokenizer(text, "the file")
    try:
        with found.writer(True) as transaction:
            reader = Reader(
                tokens,
                dns.rdataclass.IN,
                transaction,
                allow_directives={"$TTL", "$ORIGIN", "$GENERATE"},
            )
            reader.zone_origin = dns.name.root  # what lies outside is told, not passed over
            reader.read()
    except (dns.exception.DNSException, ValueError) as error:
        raise BadZoneFile(str(error) or type(error).__name__) from None
    return found.rrsets


def write_sets(sets: list[dict[str, Any]], origin: str) -> str:
    """A zone file; sets that no zone file can say (aliases) become comments."""
    lines = [f"$ORIGIN {origin.rstrip('.')}.\n"]
    for each in sets:
        name = decimal(each["Name"])
        if "AliasTarget" in each:
            target = each["AliasTarget"]["DNSName"]
            lines.append(f"; {name} {each['Type']} is an alias of {target}\n")
            continue
        lines += [
            f"{name} {each['TTL']} IN {each['Type']} {shown(each['Type'], record['Value'])}\n"
            for record in each["ResourceRecords"]
        ]
    return "".join(lines)


def value_of(type_: str, rdata: Any) -> str:
    """A record's value as the API takes it: absolute names, octal escapes in strings."""
    if type_ in ("TXT", "SPF"):
        return " ".join(f'"{quoted(string)}"' for string in rdata.strings)
    if type_ == "CAA":
        return f'{rdata.flags} {rdata.tag.decode()} "{quoted(rdata.value)}"'
    text = str(rdata.to_text(origin=dns.name.root, relativize=False))
    if "\\" not in text or type_ == "NAPTR":
        return text if type_ != "NAPTR" else naptr(rdata)
    # What follows the target of a service binding is taken as zone files write it.
    head, rest = SERVICE.findall(text)[0] if type_ in ("HTTPS", "SVCB") else (text, "")
    return "".join(octal_escape(piece) for piece in ESCAPED.findall(head)) + rest


def naptr(rdata: Any) -> str:
    texts = " ".join(f'"{quoted(each)}"' for each in (rdata.flags, rdata.service, rdata.regexp))
    target = octal(rdata.replacement) or "."
    return f"{rdata.order} {rdata.preference} {texts} {target}"


SERVICE = re.compile(r"(\S+ \S+)(.*)", re.DOTALL)
ESCAPED = re.compile(r"\\[0-9]{3}|\\.|[^\\]+", re.DOTALL)


def octal_escape(piece: str) -> str:
    """A zone file's escape in a name, as the API takes it: `\\032` is `\\040` there, `\\.` is `\\056`."""
    if not piece.startswith("\\"):
        return piece
    return f"\\{int(piece[1:]) if len(piece) == 4 else ord(piece[1]):03o}"


def quoted(string: bytes) -> str:
    return "".join(
        f"\\{chr(c)}" if c in b'"\\' else chr(c) if 0x20 <= c < 0x7F else f"\\{c:03o}"
        for c in string
    )


def octal(name: dns.name.Name) -> str:
    """A name as the API takes it."""
    plain = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*")
    return "".join(
        "".join(chr(c) if c in plain else f"\\{c:03o}" for c in label) + "."
        for label in name.labels
        if label
    )


def decimal(name: str) -> str:
    """A name of the API as zone files write it."""
    from forecourt.services.route53.domain_names import read_labels

    return dns.name.Name([*read_labels(name), b""]).to_text()


def shown(type_: str, value: str) -> str:
    """A value of the API as zone files write it: what it means, in dnspython's spelling."""
    from forecourt.services.route53.rdata import to_wire

    wire = to_wire(type_, value)
    kind = dns.rdatatype.from_text(type_)
    try:
        return dns.rdata.from_wire(dns.rdataclass.IN, kind, wire, 0, len(wire)).to_text()
    except dns.exception.DNSException:  # a digest of a length dnspython does not know
        return value
