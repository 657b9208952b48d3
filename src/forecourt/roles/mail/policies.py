"""MTA-STS policies of others: found by DNS, fetched over HTTPS, kept for as long as they say (RFC 8461)."""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import time
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from forecourt.planes.mail import sts
from forecourt.planes.mail.asking import Lookup, TryLater, texts
from forecourt.planes.tls.building import pem
from forecourt.platform.certificates import authorities

if TYPE_CHECKING:
    from forecourt.config import Config
    from forecourt.platform.egress import Egress
    from forecourt.store.store import Store

log = logging.getLogger(__name__)

WITHIN = 30.0  # seconds
HTTPS = 443
MOST = 10_000  # domains
FAILED_FOR = 300.0  # seconds after which a policy that could not be fetched is tried again


class Policies:
    def __init__(self, config: Config, store: Store, lookup: Lookup, egress: Egress) -> None:
        self._config, self._store = config, store
        self._lookup, self._egress = lookup, egress
        self._known: dict[str, tuple[str, sts.Policy | None, float]] = {}
        self._limit = anyio.CapacityLimiter(4)

    def trusted(self) -> ssl.SSLContext:
        """A context with the system's roots and our own.  Unavailable"""
        context = ssl.create_default_context()
        root = self._store.read_now(authorities.root_certificate)
        context.load_verify_locations(cadata=pem(root))
        return context

    async def of(self, domain: str) -> sts.Policy | None:
        """The policy of a domain.  One that was known holds when DNS or its host says nothing."""
        now = time.monotonic()
        known = self._known.get(domain)
        try:
            id = sts.record_id(await texts(self._lookup, f"_mta-sts.{domain}"))
        except TryLater:
            id = None
        if known is not None and now < known[2] and id in (None, known[0]):
            return known[1]
        if id is None:
            return None
        policy = await self._fetch(domain)
        if policy is None and known is not None and now < known[2]:
            return known[1]
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[domain] = (
            id,
            policy,
            now + (policy.max_age if policy is not None else FAILED_FOR),
        )
        return policy

    async def _fetch(self, domain: str) -> sts.Policy | None:
        host = sts.host_of(domain)
        try:
            found = await self._lookup(host, "A")
        except TryLater:
            return None
        for record in found.records:
            if not self._egress.allows(record.address):
                continue
            try:
                text = await anyio.to_thread.run_sync(
                    get, host, record.address, self.trusted(), limiter=self._limit
                )
            except (OSError, http.client.HTTPException, UnicodeDecodeError) as error:
                log.info("the MTA-STS policy of %s cannot be had: %s", domain, error)
                continue
            return sts.parse(text)
        return None


class Pinned(http.client.HTTPSConnection):
    """A connection to the address that was looked at, whatever its name says now."""

    def __init__(self, host: str, address: str, context: ssl.SSLContext) -> None:
        super().__init__(host, HTTPS, timeout=WITHIN, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, HTTPS), WITHIN)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def get(host: str, address: str, context: ssl.SSLContext) -> str:
    """The text at the policy's place; redirects are not followed (RFC 8461 §3.3)."""
    connection = Pinned(host, address, context)
    try:
        connection.request("GET", sts.PATH, headers={"User-Agent": "Forecourt"})
        answer = connection.getresponse()
        if answer.status != 200 or answer.headers.get_content_type() != "text/plain":
            raise http.client.HTTPException(f"answered {answer.status}")
        return answer.read(sts.LARGEST).decode()
    finally:
        connection.close()
