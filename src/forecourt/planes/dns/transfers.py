"""Zones for secondaries: AXFR (RFC 5936), IXFR (RFC 1995) and the SOA, to those who sign with TSIG (RFC 8945).

    transfers = Transfers(keys, clock)
    transfers.answer(query, names, stream=True)     # messages; None: nothing of ours, answer as usual

What a zone's secondaries are told has a serial of its own, that of its last change: Route 53's SOA says 1
for ever.  A zone goes out when every set in it is the same for all who ask; one that is routed is refused.
Differences are made from what was remembered since the secondary's serial, else the whole zone is sent.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from struct import Struct
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.opcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TSIG
import dns.tsig

from forecourt.planes.dns import wire
from forecourt.planes.dns.lookup import Found, Record, follow_alias, the_first
from forecourt.planes.dns.message import HEADER, Writer
from forecourt.planes.dns.names import Names
from forecourt.planes.dns.snapshot import RRset, unpack
from forecourt.planes.dns.wire import AA, AXFR, IXFR, NOERROR, QR, REFUSED, SOA
from forecourt.planes.dns.zone import Zone

ALGORITHM = dns.tsig.HMAC_SHA256
FUDGE = 300  # seconds clocks may differ (RFC 8945 §10)
LARGEST = 16 * 1024  # bytes of a message: where pointers still reach
MOST_OF_UDP = 1232
SERIAL = 20  # bytes from the end of an SOA's rdata to its serial
COUNTS = Struct(">HHHH")
TSIG: Any = dns.rdtypes.ANY.TSIG.TSIG  # which dnspython leaves untyped
sign: Any = dns.tsig.sign
Clock = Callable[[], float]


class Refused(Exception):
    """The query is not answered with a zone."""

    def __init__(self, rcode: int = REFUSED) -> None:
        super().__init__()
        self.rcode = rcode


@dataclass(slots=True)
class Signer:
    """Signs the messages of one answer, each with what came before (RFC 8945 §5.3)."""

    key: dns.tsig.Key
    request_mac: bytes
    original_id: int
    clock: Clock
    _context: Any = field(default=None)

    def sign(self, message: bytes, *, multi: bool) -> bytes:
        rdata = TSIG(
            dns.rdataclass.ANY, dns.rdatatype.TSIG, self.key.algorithm, 0, FUDGE, b"",
            self.original_id, 0, b"",
        )  # fmt: skip
        signed, self._context = sign(
            message, self.key, rdata, int(self.clock()), self.request_mac, self._context, multi
        )
        body = signed.to_wire()
        name = self.key.name.to_wire() or b""
        head = name + Struct(">HHIH").pack(wire.TSIG, 255, 0, len(body))
        count = int.from_bytes(message[10:12], "big") + 1
        return message[:10] + count.to_bytes(2, "big") + message[12:] + head + body


class Transfers:
    """Answers secondaries."""

    def __init__(self, keys: Mapping[str, str], clock: Clock) -> None:
        """`keys` are secrets in base64 by their names."""
        self._keys = {
            name: dns.tsig.Key(name, base64.b64decode(secret), ALGORITHM)
            for name, secret in ((dns.name.from_text(k), v) for k, v in keys.items())
        }
        self._clock = clock

    def answer(self, data: bytes, names: Names, *, stream: bool) -> Iterator[bytes] | None:
        """The messages that answer a transfer, or a signed question for an SOA: each made when it is
        taken, of the zone as it is now.
        """
        asked = kind_of(data)
        if asked not in (AXFR, IXFR, SOA):
            return None
        try:
            query = dns.message.from_wire(data, keyring=self._keys, ignore_trailing=False)
        except dns.tsig.PeerError:
            return iter([failure(data, wire.NOTAUTH)])
        except (dns.exception.DNSException, ValueError):
            return iter([failure(data, wire.NOTAUTH)]) if asked != SOA else None
        if not query.had_tsig or query.opcode() != dns.opcode.QUERY:
            return None  # which refuses transfers, and answers for SOAs as ever
        key = self._keys[query.keyname or dns.name.root]
        signer = Signer(key, query.mac or b"", query.id, self._clock)
        name = (query.question[0].name.to_wire() or b"").lower()
        try:
            records = self._records(names, name, asked, query, stream=stream)
        except Refused as refused:
            return iter([signer.sign(failure(data, refused.rcode), multi=False)])
        messages = written(data, name, asked, records)
        if not stream:
            first = next(messages)
            if len(first) > MOST_OF_UDP:  # RFC 1995 §2: try by TCP
                soa = self._records(names, name, SOA, query, stream=False)
                first = next(written(data, name, asked, soa))
            return iter([signer.sign(first, multi=False)])
        return (signer.sign(each, multi=True) for each in messages)

    def _records(
        self, names: Names, name: bytes, asked: int, query: Any, *, stream: bool
    ) -> Iterator[Record]:
        """The records of an answer, in order.  Refused."""
        zone = names.zones.get(name)
        if zone is None:
            raise Refused(wire.NOTAUTH)
        soa = zone.origin, soa_of(zone, zone.serial)
        if asked == SOA or (not stream and asked == AXFR):
            return iter([soa])
        has = serial_of(query) if asked == IXFR else None
        if has is not None and has == zone.serial & 0xFFFFFFFF:
            return iter([soa])
        if zone.routed:
            raise Refused
        # What an alias stands for changes with another name: no difference tells it.
        before = zone.since(has) if has is not None and not zone.aliased else None
        if before is None or has is None:
            nodes = sorted(zone.nodes.items())
            body = chain.from_iterable(plain(zone, owner, node) for owner, node in nodes)
        else:
            body = chain(list(differences(zone, has, before)))
        return chain([soa], body, [soa])


def differences(zone: Zone, serial: int, before: Mapping[bytes, bytes | None]) -> Iterator[Record]:
    """What went and what came since a serial, as one step (RFC 1995 §4)."""
    yield zone.origin, soa_of(zone, serial)
    for owner, node in before.items():
        yield from plain(zone, owner, node or b"")
    yield zone.origin, soa_of(zone, zone.serial)
    for owner in before:
        yield from plain(zone, owner, zone.nodes.get(owner, b""))


def plain(zone: Zone, owner: bytes, node: bytes) -> Iterator[Record]:
    """A name's sets without its SOA; aliases as what they stand for, where that is plain."""
    for rrset in unpack(node):
        if rrset.type == SOA:
            continue
        if rrset.alias is None:
            yield owner, rrset
            continue
        target = follow_alias(zone, Found(), rrset, the_first)
        if target is not None and target.routing is None:
            yield owner, target


def soa_of(zone: Zone, serial: int) -> RRset:
    """The SOA with a serial that moves."""
    found = next((r for r in unpack(zone.nodes.get(zone.origin, b"")) if r.type == SOA), None)
    if found is None or zone.signing is not None:
        raise Refused
    rdata = found.rdata[0]
    moved = rdata[:-SERIAL] + (serial & 0xFFFFFFFF).to_bytes(4, "big") + rdata[4 - SERIAL :]
    return replace(found, rdata=(moved,))


def serial_of(query: Any) -> int | None:
    """The serial a secondary says it has (RFC 1995 §3)."""
    for rrset in query.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return int(rrset[0].serial)
    return None


def written(data: bytes, name: bytes, type_: int, records: Iterable[Record]) -> Iterator[bytes]:
    """Messages of bounded size, each with the question."""
    asked = name + type_.to_bytes(2, "big") + b"\0\1"
    writer, count = Writer(asked), 0

    def message() -> bytes:
        flags = bytes((QR | AA | data[2] & 0x79, NOERROR))
        return data[:2] + flags + COUNTS.pack(1, count, 0, 0) + asked + bytes(writer.out)

    for owner, rrset in records:
        for rdata in rrset.rdata:
            if len(writer.out) + len(rdata) + 300 > LARGEST and count:
                yield message()
                writer, count = Writer(asked), 0
            writer.record(owner, rrset.type, rrset.ttl, rdata)
            count += 1
    yield message()


def failure(data: bytes, rcode: int) -> bytes:
    """An answer without records, the question as it came."""
    end = data.index(0, HEADER) + 5
    flags = bytes((QR | data[2] & 0x79, rcode))
    return data[:2] + flags + COUNTS.pack(1, 0, 0, 0) + data[HEADER:end]


def kind_of(data: bytes) -> int:
    """The type that a message asks for; 0 where it is not worth reading further."""
    if len(data) < HEADER + 5 or data[2] & (QR | 0x78) or data[4:6] != b"\0\1":
        return 0
    end = data.find(0, HEADER)
    if end < 0 or end + 5 > len(data):
        return 0
    type_ = int.from_bytes(data[end + 1 : end + 3], "big")
    # Of questions for an SOA only signed ones: their last record is a TSIG.
    return 0 if type_ == SOA and not int.from_bytes(data[10:12], "big") else type_
