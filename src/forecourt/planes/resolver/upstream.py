"""The world outside, for networks that have one: asked for what the local internet has not.

Upstream(Forwarder(ask, ["192.0.2.53"]).resolve, is_registry)      # other resolvers
Upstream(public_root(ask, cache, clock).resolve, is_registry)      # the real root, validated
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype

from forecourt.planes.resolver.asking import Ask, exchange
from forecourt.planes.resolver.cache import Cache, Outcome
from forecourt.planes.resolver.proofs import types_of
from forecourt.planes.resolver.walk import UNREACHABLE, Walker

# Root servers a to m, and the anchors KSK-2017 and KSK-2024, as IANA publishes them.
ROOTS = (
    "198.41.0.4", "170.247.170.2", "192.33.4.12", "199.7.91.13", "192.203.230.10", "192.5.5.241",
    "192.112.36.4", "198.97.190.53", "192.36.148.17", "192.58.128.30", "193.0.14.129",
    "199.7.83.42", "202.12.27.33",
)  # fmt: skip
ANCHORS = (
    "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    "38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
)

NOTHING = frozenset((int(dns.rdatatype.RRSIG), int(dns.rdatatype.NSEC)))

Resolve = Callable[[dns.name.Name, int], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Upstream:
    resolve: Resolve
    is_registry: Callable[[dns.name.Name], bool]  # whether a zone is the local root or a registry

    def has(self, outcome: Outcome) -> bool:
        """Whether it is to be asked: the local root or a registry says that there is no such name,
        if only by an NSEC that lists nothing.
        """
        missing = outcome.rcode == dns.rcode.NXDOMAIN or any(
            each.rdtype == dns.rdatatype.NSEC and types_of(each[0]) <= NOTHING
            for each in outcome.authority
        )
        return (
            missing
            and not outcome.answer
            and any(
                each.rdtype == dns.rdatatype.SOA and self.is_registry(each.name)
                for each in outcome.authority
            )
        )


class Forwarder:
    """Asks other resolvers; what they say is believed, and is not said to be validated."""

    def __init__(self, ask: Ask, resolvers: Iterable[str]) -> None:
        self._ask, self._resolvers = ask, list(resolvers)

    async def resolve(self, name: dns.name.Name, type_: int) -> Outcome:
        for resolver in random.sample(self._resolvers, len(self._resolvers)):
            try:
                reply = await exchange(self._ask, resolver, name, type_, recursive=True)
            except (OSError, TimeoutError, dns.exception.DNSException, ValueError):
                continue
            if reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                for each in (*reply.answer, *reply.authority):
                    each.name = name if each.name == name else each.name
                return Outcome(int(reply.rcode()), list(reply.answer), list(reply.authority))
        return Outcome(int(dns.rcode.SERVFAIL), error=(UNREACHABLE, "no resolver upstream answers"))


def public_root(ask: Ask, cache: Cache, clock: Callable[[], float]) -> Walker:
    """A walker from the real root."""
    anchors = [dns.rdata.from_text("IN", "DS", each) for each in ANCHORS]
    return Walker(public(ask), ROOTS, anchors, cache, clock)


def public(ask: Ask) -> Ask:
    """Asks public addresses alone: no zone outside can point us at this network."""

    async def asked(address: str, query: bytes, *, stream: bool) -> bytes:
        if not ip_address(address).is_global:
            raise ConnectionError(f"{address} is not a public address")
        return await ask(address, query, stream=stream)

    return asked
