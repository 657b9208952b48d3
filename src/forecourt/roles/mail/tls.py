"""TLS for mail: by the name a client asks for, a certificate of our own authority for that host."""

from __future__ import annotations

import logging
import os
import ssl
import time
from typing import TYPE_CHECKING

from forecourt.platform.certificates import listeners
from forecourt.platform.mail import domains, people
from forecourt.store.store import Unavailable

if TYPE_CHECKING:
    from forecourt.config import Config
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)

MOST = 10_000  # hosts that are remembered


class Contexts:
    def __init__(self, config: Config, store: Store) -> None:
        self._config, self._store = config, store
        self._by_host: dict[str, tuple[float, ssl.SSLContext]] = {}
        self.default = self._made(config.mail_host, config.bind)
        self._since = time.monotonic()
        self.default.sni_callback = self._chosen

    def _made(self, *names: str) -> ssl.SSLContext:
        """Unavailable"""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        listeners.load(context, self._config.data, self._store, names, f"mail-{os.getpid()}")
        return context

    def _chosen(self, carrier: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        """What the handshake goes on with: a hosted domain's, or the server's own (RFC 6066 §3)."""
        self._renew()
        name = (host or "").lower().rstrip(".")
        if not name or name == self._config.mail_host:
            return
        known = self._by_host.get(name)
        if known is None or time.monotonic() - known[0] > listeners.ANEW:
            try:
                if not self._store.read_now(is_ours, name) or len(self._by_host) >= MOST:
                    return
                known = time.monotonic(), self._made(name)
            except (Unavailable, OSError) as error:
                log.warning("no certificate for %s now: %s", name, error)
                return
            self._by_host[name] = known
        carrier.context = known[1]

    def _renew(self) -> None:
        """Make the server's own anew when it is time: for the next to come."""
        if time.monotonic() - self._since > listeners.ANEW:
            names = (self._config.mail_host, self._config.bind)
            try:
                listeners.load(
                    self.default, self._config.data, self._store, names, f"mail-{os.getpid()}"
                )
            except (Unavailable, OSError) as error:
                log.warning("the mail server's certificate is not renewed yet: %s", error)
                return
            self._since = time.monotonic()


def is_ours(tx: Tx, name: str) -> bool:
    """Whether a host is a hosted domain, or its mail server."""
    return people.is_hosted(tx, name.removeprefix(f"{domains.HOST}."))
