"""What signatures and denials prove, and no more work than a peer is worth.

Each set is tried with at most MOST_TRIES signatures and keys, whatever a zone puts into its answers
(KeyTrap, CVE-2023-50387).
"""

from __future__ import annotations

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


def is_signed(
    rrset: RRset, signatures: RRset | None, zone: dns.name.Name, keys: RRset, now: float
) -> bool:
    """Whether one of the zone's keys signed a set."""
    tried = 0
    for signature in signatures or ():
        if signature.signer != zone or not zone.is_superdomain(rrset.name):
            continue
        for key in keys:
            if dns.dnssec.key_id(key) != signature.key_tag or key.algorithm != signature.algorithm:
                continue
            tried += 1
            if tried > MOST_TRIES:
                return False
            alone = dns.rrset.from_rdata(zone, 0, key)
            try:
                dns.dnssec.validate_rrsig(rrset, signature, {zone: alone}, now=now)
            except (dns.exception.DNSException, ValueError):
                continue
            return True
    return False


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
    if not good or not is_signed(keys, signatures, zone, good, now):
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
    """Whether signed NSEC sets prove that a name has no such type, or (not `exists`) is not there."""
    nsecs = [each for each in proofs if each.rdtype == dns.rdatatype.NSEC]
    for each in nsecs:
        if each.name == name:
            return exists and not types_of(each[0]) & {type_, int(dns.rdatatype.CNAME)}
    covered = any(covers(each, name, zone) for each in nsecs)
    if not covered:
        return any(each.rdtype == dns.rdatatype.NSEC3 for each in proofs)  # signed, not looked into
    encloser = closest(name, nsecs)
    source = dns.name.Name((b"*", *encloser.labels))
    at_wildcard = next((each for each in nsecs if each.name == source), None)
    if exists:
        return at_wildcard is not None and type_ not in types_of(at_wildcard[0])
    return any(covers(each, source, zone) for each in nsecs)


def covers(nsec: RRset, name: dns.name.Name, zone: dns.name.Name) -> bool:
    """Whether a name lies between an NSEC and the next (RFC 4034 §6.1)."""
    following = nsec[0].next
    return bool(nsec.name < name and (name < following or following == zone))


def closest(name: dns.name.Name, nsecs: list[RRset]) -> dns.name.Name:
    """The longest ancestor that the proofs show to exist."""
    shown = [each.name for each in nsecs] + [each[0].next for each in nsecs]
    above = name.parent()
    while above != dns.name.root:
        if any(each.is_subdomain(above) for each in shown):
            return above
        above = above.parent()
    return above
