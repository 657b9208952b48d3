"""What signatures and denials prove, and no more work than a peer is worth.

Each set is tried with at most MOST_TRIES signatures and keys, whatever a zone puts into its answers
(KeyTrap, CVE-2023-50387).
"""

from __future__ import annotations

from base64 import b32hexencode
from collections.abc import Iterable
from typing import Any

import dns.dnssec
import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset

MOST_TRIES = 4  # signatures of a set, and keys of a tag
MOST_DS = 8
MOST_ITERATIONS = 150  # of NSEC3's hash; nothing is proven by more (RFC 9276 §3.2)
OPT_OUT = 1  # a flag of NSEC3: unsigned delegations may lie between (RFC 5155 §6)
SUPPORTED = frozenset((8, 10, 13, 14, 15, 16))  # algorithms (RFC 8624 §3.1)
DIGESTS = {1: "SHA1", 2: "SHA256", 4: "SHA384"}

RRset = dns.rrset.RRset
Section = Iterable[RRset]


def signatures_of(section: Section, rrset: RRset) -> RRset | None:
    return next(
        (
            each
            for each in section
            if each.rdtype == dns.rdatatype.RRSIG
            and each.covers == rrset.rdtype
            and each.name == rrset.name
        ),
        None,
    )


def signed_by(
    rrset: RRset, signatures: RRset | None, zone: dns.name.Name, keys: RRset, now: float
) -> Any:
    """The signature of a set that one of the zone's keys made; None if there is none."""
    tried = 0
    for signature in signatures or ():
        if signature.signer != zone or not zone.is_superdomain(rrset.name):
            continue
        for key in keys:
            if dns.dnssec.key_id(key) != signature.key_tag or key.algorithm != signature.algorithm:
                continue
            tried += 1
            if tried > MOST_TRIES:
                return None
            alone = dns.rrset.from_rdata(zone, 0, key)
            try:
                dns.dnssec.validate_rrsig(rrset, signature, {zone: alone}, now=now)
            except (dns.exception.DNSException, ValueError):
                continue
            return signature
    return None


def trusted_keys(
    zone: dns.name.Name, keys: RRset, signatures: RRset | None, ds: Iterable[Any], now: float
) -> RRset | None:
    """A zone's keys, if one that a DS names signed them (RFC 4035 §5.2)."""
    good = dns.rrset.RRset(zone, dns.rdataclass.IN, dns.rdatatype.DNSKEY)
    for each in list(ds)[:MOST_DS]:
        digest = DIGESTS.get(each.digest_type)
        for key in list(keys)[: 2 * MOST_DS]:
            if digest is None or dns.dnssec.key_id(key) != each.key_tag:
                continue
            try:
                made = dns.dnssec.make_ds(zone, key, digest, policy=dns.dnssec.allow_all_policy)
            except dns.exception.DNSException:
                continue
            if made.digest == each.digest and made.algorithm == each.algorithm:
                good.add(key)
    if not good or signed_by(keys, signatures, zone, good, now) is None:
        return None
    return keys


def is_supported(ds: Iterable[Any]) -> bool:
    """Whether a delegation can be validated at all; else it is insecure (RFC 4035 §5.2)."""
    return any(each.algorithm in SUPPORTED and each.digest_type in DIGESTS for each in ds)


def types_of(nsec: Any) -> set[int]:
    found = set()
    for window, bits in nsec.windows:
        for at, byte in enumerate(bits):
            found |= {window * 256 + at * 8 + bit for bit in range(8) if byte & 0x80 >> bit}
    return found


def denies(
    name: dns.name.Name, type_: int, zone: dns.name.Name, proofs: Section, *, exists: bool
) -> bool:
    """Whether signed NSEC or NSEC3 sets prove that a name has no such type, or (not `exists`) is not
    there.
    """
    hashed = [each for each in proofs if each.rdtype == dns.rdatatype.NSEC3]
    if hashed:
        return Hashed(zone, hashed).denies(name, type_, exists=exists)
    nsecs = [each for each in proofs if each.rdtype == dns.rdatatype.NSEC]
    for each in nsecs:
        if each.name == name:
            types = types_of(each[0])
            if is_above_cut(types) and type_ != dns.rdatatype.DS:
                return False  # of what is below, the child speaks
            return exists and not types & {type_, int(dns.rdatatype.CNAME)}
    covering = [each for each in nsecs if covers(each, name, zone)]
    if not covering:
        return False
    if any(each[0].next.is_subdomain(name) for each in covering):
        return exists  # it is there, without records of its own (RFC 8499 §7)
    encloser = closest(name, nsecs)
    source = dns.name.Name((b"*", *encloser.labels))
    at_wildcard = next((each for each in nsecs if each.name == source), None)
    if exists:
        return at_wildcard is not None and type_ not in types_of(at_wildcard[0])
    return any(covers(each, source, zone) for each in nsecs)


def is_expanded(name: dns.name.Name, signature: Any) -> bool:
    """Whether a set was made of a wildcard's (RFC 4035 §5.3.2)."""
    return bool(signature.labels < len(name.labels) - 1 - name.is_wild())


def is_closest(name: dns.name.Name, labels: int, zone: dns.name.Name, proofs: Section) -> bool:
    """Whether signed sets prove that no name is closer than the wildcard below the last `labels`
    (RFC 4035 §5.3.4, RFC 5155 §8.8).
    """
    found = list(proofs)
    hashed = [each for each in found if each.rdtype == dns.rdatatype.NSEC3]
    if hashed:
        closer = dns.name.Name(name.labels[-(labels + 2) :])
        return Hashed(zone, hashed).covers(closer)
    return any(
        covers(each, name, zone) and len(closest(name, [each]).labels) - 1 <= labels
        for each in found
        if each.rdtype == dns.rdatatype.NSEC
    )


def covers(nsec: RRset, name: dns.name.Name, zone: dns.name.Name) -> bool:
    """Whether a name lies between an NSEC and the next (RFC 4034 §6.1), in the zone that it is of
    (RFC 6840 §4.1).
    """
    following, types = nsec[0].next, types_of(nsec[0])
    elsewhere = is_above_cut(types) or dns.rdatatype.DNAME in types
    if elsewhere and name.is_subdomain(nsec.name):
        return False
    return bool(nsec.name < name and (name < following or following == zone))


def is_above_cut(types: set[int]) -> bool:
    """Whether what a denial says has these types is a delegation."""
    return dns.rdatatype.NS in types and dns.rdatatype.SOA not in types


def closest(name: dns.name.Name, nsecs: list[RRset]) -> dns.name.Name:
    """The longest ancestor that the proofs show to exist."""
    shown = [each.name for each in nsecs] + [each[0].next for each in nsecs]
    above = name.parent()
    while above != dns.name.root:
        if any(each.is_subdomain(above) for each in shown):
            return above
        above = above.parent()
    return above


class Hashed:
    """A zone's NSEC3 sets (RFC 5155 §8)."""

    def __init__(self, zone: dns.name.Name, sets: list[RRset]) -> None:
        self._zone = zone
        self._first = sets[0][0]
        self._by_hash = {
            each.name.labels[0].decode().upper(): each[0]
            for each in sets
            if each.name.parent() == zone and self._is_alike(each[0])
        }

    def denies(self, name: dns.name.Name, type_: int, *, exists: bool) -> bool:
        if self._first.iterations > MOST_ITERATIONS:
            return False
        if exists and (own := self._at(name)) is not None:
            types = types_of(own)
            if is_above_cut(types) and type_ != dns.rdatatype.DS:
                return False  # of what is below, the child speaks
            return not types & {type_, int(dns.rdatatype.CNAME)}
        encloser, closer = name, name
        while self._at(encloser) is None:
            if encloser == self._zone or encloser == dns.name.root:
                return False
            encloser, closer = encloser.parent(), encloser
        cover = self._over(closer)
        if cover is None:
            return False
        source = dns.name.Name((b"*", *encloser.labels))
        if not exists:
            return self._over(source) is not None
        if type_ == dns.rdatatype.DS and cover.flags & OPT_OUT:
            return True
        at_wildcard = self._at(source)
        return at_wildcard is not None and type_ not in types_of(at_wildcard)

    def covers(self, name: dns.name.Name) -> bool:
        return self._first.iterations <= MOST_ITERATIONS and self._over(name) is not None

    def _is_alike(self, one: Any) -> bool:
        return (one.algorithm, one.iterations, one.salt) == (
            self._first.algorithm, self._first.iterations, self._first.salt
        )  # fmt: skip

    def _hash(self, name: dns.name.Name) -> str:
        first = self._first
        return dns.dnssec.nsec3_hash(name, first.salt, first.iterations, first.algorithm)

    def _at(self, name: dns.name.Name) -> Any:
        return self._by_hash.get(self._hash(name))

    def _over(self, name: dns.name.Name) -> Any:
        """The NSEC3 between whose hash and the next a name's lies."""
        wanted = self._hash(name)
        for owner, each in self._by_hash.items():
            following = b32hexencode(each.next).decode()
            if owner < wanted < following or (
                following <= owner and (wanted > owner or wanted < following)
            ):
                return each
        return None
