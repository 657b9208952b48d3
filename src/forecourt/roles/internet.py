"""The internet as this node's resolvers walk it: where the root is, on which ports, what lies outside.

outside = Outside(Internet(config, store))
values = await outside("_0a1b.example.com.", "CNAME")      # as a stranger is told, and as it is now
"""

from __future__ import annotations

import time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype

from forecourt.config import REAL_ROOT, Config
from forecourt.planes.resolver.asking import PORT, Asking
from forecourt.planes.resolver.cache import BOGUS, Cache
from forecourt.planes.resolver.upstream import Forwarder, Upstream, public_root
from forecourt.planes.resolver.walk import Walker
from forecourt.platform.names import registry
from forecourt.roles.local import port_of
from forecourt.store.store import Unavailable

if TYPE_CHECKING:
    from forecourt.store.store import Store

FRESH = 60.0  # seconds for which a delegation is believed
SMALL = 4 * 1024 * 1024  # bytes of a cache whose answers are used once


class Internet:
    def __init__(self, config: Config, store: Store) -> None:
        self._config, self._store = config, store
        self._ports: dict[str, int] = {}

    def walker(self, cache: Cache) -> Walker:
        roots, anchors = self.root()
        asking = Asking(self.port_of)
        return Walker(asking, roots, anchors, cache, time.time, self.upstream())

    def root(self) -> tuple[list[str], list[Any]]:
        """The local root's address and anchors.  Unavailable."""
        address = self._config.addresses.network_address + registry.PLACES[registry.ROOT]
        found = self._store.read_now(registry.known_anchors)
        return [str(address)], [
            dns.rdata.from_wire("IN", "DS", each, 0, len(each)) for each in found
        ]

    def upstream(self) -> Upstream | None:
        """The world outside, where there is one."""
        if not (said := self._config.dns.upstream):
            return None
        if REAL_ROOT in said:
            cache = Cache(self._config.dns.resolver_cache)
            resolve = public_root(Asking(lambda _: PORT), cache, time.time).resolve
        else:
            ports = dict(self._config.dns.resolvers)
            resolve = Forwarder(Asking(ports.__getitem__), ports).resolve
        return Upstream(resolve, self._is_registry)

    def port_of(self, address: str) -> int:
        """Where a name server listens: ours may not be on the standard port."""
        if ip_address(address) not in self._config.addresses:
            return PORT
        if address not in self._ports:
            self._ports[address] = port_of(self._config.data, address)
        return self._ports[address]

    def _is_registry(self, zone: dns.name.Name) -> bool:
        name = zone.canonicalize().to_text()
        try:
            return self._store.read_now(registry.has_zone, name)
        except Unavailable:
            return False  # what the local internet denies is denied meanwhile


class Outside:
    """What anybody is told of a name, whatever was said of it before."""

    def __init__(self, internet: Internet) -> None:
        self._internet = internet
        self._walker: Walker | None = None
        self._anchors: list[Any] = []
        self._emptied = time.monotonic()

    async def __call__(self, name: str, type_: str) -> list[str]:
        """The values of a name's records of a type; none where there are none.  OSError."""
        walker = self._current()
        try:
            asked, rdtype = dns.name.from_text(name), dns.rdatatype.from_text(type_)
        except dns.exception.DNSException as error:
            raise OSError(f"{name} is no name: {error}") from None
        walker.cache.forget((asked, int(rdtype)))
        try:
            found = await walker.resolve(asked, int(rdtype))
        except dns.exception.DNSException as error:
            raise OSError(f"{name} cannot be resolved: {error}") from None
        failed = found.rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
        if failed or found.security == BOGUS:
            raise OSError(f"{name} cannot be resolved")
        return [
            each.to_text() for rrset in found.answer if rrset.rdtype == rdtype for each in rrset
        ]

    def _current(self) -> Walker:
        roots, anchors = self._internet.root()
        if self._walker is None:
            self._walker = self._internet.walker(Cache(SMALL))
        elif anchors != self._anchors:
            self._walker.start_at(roots, anchors)
        elif time.monotonic() - self._emptied > FRESH:  # who serves a zone may change
            self._walker.cache.clear()
            self._emptied = time.monotonic()
        self._anchors = anchors
        return self._walker
