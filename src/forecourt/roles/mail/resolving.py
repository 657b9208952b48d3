"""DNS as mail asks it: what is known is believed for as long as it says, and whose the names are is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.name
import dns.rcode
import dns.rdatatype

from forecourt.config import Config
from forecourt.planes.mail.asking import Found, TryLater
from forecourt.planes.resolver.cache import BOGUS, SECURE, Cache, Outcome
from forecourt.platform.names import registry
from forecourt.roles.internet import Internet
from forecourt.store.store import Unavailable

if TYPE_CHECKING:
    from forecourt.store.store import Store

ROOT_FOR = 1.0  # seconds for which the root is believed to be the same
LONGEST_MEMO = 5.0  # seconds for which an answer is not even looked up
MOST = 4096


class Resolving:
    def __init__(self, config: Config, store: Store) -> None:
        self._store = store
        self._internet = Internet(config, store)
        _, self._anchors = self._internet.root()
        self._walker = self._internet.walker(Cache(config.dns.resolver_cache // 4))
        self._looked = time.monotonic()
        self._memo: dict[tuple[str, str], tuple[float, Found]] = {}

    async def __call__(self, name: str, type: str) -> Found:
        """TryLater"""
        now = time.monotonic()
        self._follow_root(now)
        key = name, type
        known = self._memo.get(key)
        if known is not None and now < known[0]:
            return known[1]
        try:
            asked = dns.name.from_text(name)
            outcome = await self._walker.resolve(asked, int(dns.rdatatype.from_text(type)))
        except dns.exception.DNSException as error:
            raise TryLater(str(error)) from None
        if (
            outcome.rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
            or outcome.security == BOGUS
        ):
            raise TryLater(dns.rcode.to_text(dns.rcode.Rcode(outcome.rcode)))
        found = self._found(name, dns.rdatatype.from_text(type), outcome)
        left = min(LONGEST_MEMO, outcome.expires - time.time()) if outcome.expires else 0.0
        if left > 0:
            if len(self._memo) >= MOST:
                self._memo.clear()
            self._memo[key] = now + left, found
        return found

    def _found(self, name: str, rdtype: Any, outcome: Outcome) -> Found:
        try:
            held = self._store.read_now(registry.holds, name.rstrip(".").lower())
        except Unavailable as error:
            raise TryLater(str(error)) from None
        return Found(
            tuple(record for rrset in outcome.answer if rrset.rdtype == rdtype for record in rrset),
            outcome.rcode != dns.rcode.NXDOMAIN,
            outcome.security == SECURE,
            held,
        )

    def _follow_root(self, now: float) -> None:
        """Begin anew where everything was emptied."""
        if now - self._looked < ROOT_FOR:
            return
        self._looked = now
        try:
            roots, anchors = self._internet.root()
        except Unavailable:
            return
        if anchors != self._anchors:
            self._anchors = anchors
            self._walker.start_at(roots, anchors)
            self._memo.clear()
