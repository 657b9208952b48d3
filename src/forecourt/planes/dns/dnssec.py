"""Online signing: signatures made when they are first asked for, and denials that cover one name.

Algorithm 13 (ECDSA P-256 with SHA-256, RFC 6605).  The key-signing key signs the DNSKEY set alone,
elsewhere and ahead of time; what a zone-signing key signs is kept until it grows old.

A name that is not there is denied as one that is but has nothing (the "black lies" of Route 53 and
others): NOERROR, and an NSEC from the name to the name right after it.  So nothing can be enumerated,
and no other name's proof is needed for wildcards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from struct import Struct

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from forecourt.planes.dns import wire
from forecourt.planes.dns.lookup import Found, Record, wildcard
from forecourt.planes.dns.message import NAMES, name_length
from forecourt.planes.dns.snapshot import RRset, unpack
from forecourt.planes.dns.wire import CNAME, DNSKEY, DS, NAPTR, NOERROR, NS, NSEC, RRSIG, SOA, SRV
from forecourt.planes.dns.zone import Zone

ECDSAP256SHA256, SHA256_DIGEST = 13, 2  # RFC 6605, RFC 4509
ZONE_KEY, SECURE_ENTRY_POINT = 256, 257  # flags of a DNSKEY (RFC 4034 §2.1.1): ZSK, KSK
DNSKEY_TTL = 3600
BEFORE = 3600.0  # seconds for which clocks may be behind ours
LASTS = 10 * 86400.0  # seconds a signature is good for
FRESH = 86400.0  # seconds after which one is made anew
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec.html
LONGEST_TTL = 7 * 86400  # seconds, in signed zones
MOST_KEPT = 20_000  # signatures of a zone
FIXED = Struct(">HBBIIIH")  # type covered, algorithm, labels, TTL, expiration, inception, key tag
RR = Struct(">HHIH")
CANONICAL = {**NAMES, SRV: (6, 1)}  # RFC 4034 §6.2, RFC 6840 §5.1

Signer = ec.EllipticCurvePrivateKey


@dataclass(slots=True, eq=False)
class Signing:
    """What a zone is signed with."""

    key: Signer  # the zone-signing key
    tag: int
    dnskeys: RRset
    dnskey_signatures: tuple[bytes, ...]  # by the key-signing keys: RRSIG rdata
    kept: dict[tuple[bytes, RRset], tuple[float, bytes]] = field(default_factory=dict)

    def signature(self, zone: Zone, owner: bytes, rrset: RRset, now: float) -> RRset:
        """The RRSIG of a set."""
        if rrset.type == DNSKEY:
            return RRset(RRSIG, rrset.ttl, self.dnskey_signatures)
        made, rdata = self.kept.get((owner, rrset), (float("-inf"), b""))
        if not 0 <= now - made < FRESH:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            rdata = sign_set(self.key, self.tag, zone.origin, owner, rrset, now)
            self.kept[owner, rrset] = now, rdata
        return RRset(RRSIG, rrset.ttl, (rdata,))


def sign(zone: Zone, signing: Signing, found: Found, type_: int, now: float) -> None:
    """Add to an answer what proves it (RFC 4035 §3.1)."""
    found.answer = with_signatures(zone, signing, map(capped, found.answer), now)
    authority: list[Record] = []
    for owner, rrset in map(capped, found.authority):
        authority.append((owner, rrset))
        if rrset.type != NS:
            authority.append((owner, signing.signature(zone, owner, rrset, now)))
            continue
        there = {each.type: each for each in unpack(zone.nodes[owner])}
        proof = there.get(DS) or nsec(owner, there, soa_minimum(zone))
        authority += [(owner, proof), (owner, signing.signature(zone, owner, proof, now))]
    if found.denied is not None:
        name = found.denied
        proof = nsec(name, types_at(zone, name) - {type_, CNAME}, soa_minimum(zone))
        proven = [(name, proof), (name, signing.signature(zone, name, proof, now))]
        found.rcode = NOERROR
        if type_ == NSEC:  # which every name has, also one that is not there
            found.answer += proven
            authority = []
        else:
            authority += proven
    found.authority = authority


def capped(record: Record) -> Record:
    """No TTL is longer than what replacing a key waits for."""
    owner, rrset = record
    return record if rrset.ttl <= LONGEST_TTL else (owner, replace(rrset, ttl=LONGEST_TTL))


def with_signatures(
    zone: Zone, signing: Signing, section: Iterable[Record], now: float
) -> list[Record]:
    found: list[Record] = []
    for owner, rrset in section:
        found += [(owner, rrset), (owner, signing.signature(zone, owner, rrset, now))]
    return found


def types_at(zone: Zone, name: bytes) -> set[int]:
    """The types a name has, be it by a wildcard."""
    node = zone.nodes.get(name)
    if node is None:
        node = (None if name in zone.inner else wildcard(zone, name)) or b""
    types = {rrset.type for rrset in unpack(node)}
    return types | {DNSKEY} if name == zone.origin else types


def soa_minimum(zone: Zone) -> int:
    """For how long what is not there may be remembered (RFC 9077 §3)."""
    soa = next(each for each in unpack(zone.nodes[zone.origin]) if each.type == SOA)
    return min(soa.ttl, int.from_bytes(soa.rdata[0][-4:], "big"))


def nsec(owner: bytes, types: Iterable[int], ttl: int) -> RRset:
    """From a name to the one right after it (RFC 4470 §3)."""
    return RRset(NSEC, ttl, (after(owner) + bitmap({*types, RRSIG, NSEC}),))


def after(owner: bytes) -> bytes:
    """The next name in canonical order, or where it were too long one that is close."""
    if len(owner) + 2 <= wire.LONGEST_NAME:
        return b"\1\0" + owner
    label = owner[1 : 1 + owner[0]].rstrip(b"\xff")
    rest = owner[1 + owner[0] :]
    if not label:
        return after(rest)
    label = label[:-1] + bytes((label[-1] + 1,))
    return bytes((len(label),)) + label + rest


def bitmap(types: Iterable[int]) -> bytes:
    """RFC 4034 §4.1.2"""
    windows: dict[int, bytearray] = {}
    for type_ in types:
        window = windows.setdefault(type_ >> 8, bytearray(32))
        window[(type_ & 0xFF) >> 3] |= 0x80 >> (type_ & 7)
    out = b""
    for number, bits in sorted(windows.items()):
        used = bytes(bits).rstrip(b"\0")
        out += bytes((number, len(used))) + used
    return out


def sign_set(key: Signer, tag: int, origin: bytes, owner: bytes, rrset: RRset, now: float) -> bytes:
    """RRSIG rdata, by a key that we hold."""
    head, message = to_be_signed(tag, origin, owner, rrset, now)
    return head + raw(key.sign(message, ec.ECDSA(SHA256())))


def to_be_signed(
    tag: int, origin: bytes, owner: bytes, rrset: RRset, now: float
) -> tuple[bytes, bytes]:
    """An RRSIG's rdata up to the signature, and the message it signs (RFC 4034 §3.1.8.1)."""
    labels = len(wire.labels(owner)) - owner.startswith(b"\1*")
    head = FIXED.pack(
        rrset.type,
        ECDSAP256SHA256,
        labels,
        rrset.ttl,
        int(now + LASTS) & 0xFFFFFFFF,
        int(now - BEFORE) & 0xFFFFFFFF,
        tag,
    )
    head += origin
    records = sorted({canonical(rrset.type, rdata) for rdata in rrset.rdata})
    start = owner + RR.pack(rrset.type, wire.IN, rrset.ttl, 0)[:-2]
    body = b"".join(start + len(each).to_bytes(2, "big") + each for each in records)
    return head, head + body


def raw(signature: bytes) -> bytes:
    """An ECDSA signature as DNSSEC has it: r and s (RFC 6605 §4)."""
    r, s = decode_dss_signature(signature)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def canonical(type_: int, rdata: bytes) -> bytes:
    """Names in rdata of the old types in lower case."""
    if type_ == NAPTR:
        before = 4
        for _ in range(3):
            before += 1 + rdata[before]
        return rdata[:before] + rdata[before:].lower()
    if type_ not in CANONICAL:
        return rdata
    before, count = CANONICAL[type_]
    end = before
    for _ in range(count):
        end += name_length(rdata[end:])
    return rdata[:before] + rdata[before:end].lower() + rdata[end:]


def dnskey(flags: int, public: ec.EllipticCurvePublicKey) -> bytes:
    """DNSKEY rdata (RFC 4034 §2.1, RFC 6605 §4)."""
    numbers = public.public_numbers()
    point = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    return flags.to_bytes(2, "big") + bytes((3, ECDSAP256SHA256)) + point


def key_tag(rdata: bytes) -> int:
    """RFC 4034 appendix B"""
    total = sum(byte << 8 if at % 2 == 0 else byte for at, byte in enumerate(rdata))
    return (total + (total >> 16)) & 0xFFFF


def digest(origin: bytes, rdata: bytes) -> bytes:
    """The digest of a DS record for a DNSKEY (RFC 4034 §5.1.4, RFC 4509)."""
    return sha256(origin + rdata).digest()
