"""TLS for name servers and resolvers: one certificate for all the addresses of a process."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import time

from hypercorn.config import Config as HttpConfig

from forecourt.config import Config
from forecourt.platform.certificates import listeners
from forecourt.platform.names import server_sets
from forecourt.platform.names.following import View
from forecourt.roles.following import Following
from forecourt.store.store import Unavailable

log = logging.getLogger(__name__)
DRAIN = 5.0  # seconds open connections get when we end


class Certificates:
    """The context of every listener, whose certificate names each address that was asked for."""

    def __init__(self, config: Config, following: Following) -> None:
        self._data, self._store = config.data, following.store
        self._hosts: dict[str, None] = {}
        self._addresses: dict[str, None] = {}
        self._made = 0.0  # when the certificate was, by the monotonic clock
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._context.options |= ssl.OP_NO_COMPRESSION  # RFC 9113 §9.2.1
        self._context.set_alpn_protocols(["h2", "http/1.1", "dot"])

    def context(self, view: View, address: str) -> ssl.SSLContext:
        """Unavailable"""
        if address not in self._addresses:
            if isinstance(view, int):
                hosts = self._store.read_now(server_sets.get, view).hosts
                self._hosts |= dict.fromkeys(hosts)
            addresses = self._addresses | {address: None}
            names = [*self._hosts, *addresses]
            self._certify(names)
            self._addresses = addresses
        return self._context

    def tick(self) -> None:
        """Make the certificate anew when it is time."""
        if self._addresses and time.monotonic() - self._made > listeners.ANEW:
            try:
                self._certify([*self._hosts, *self._addresses])
            except Unavailable as outage:
                log.warning("the certificate of name servers is not renewed yet: %s", outage)

    def _certify(self, names: list[str]) -> None:
        listeners.load(self._context, self._data, self._store, names, f"dns-{os.getpid()}")
        self._made = time.monotonic()


class Http(HttpConfig):
    """One socket, over TLS that is ours."""

    def __init__(self, context: ssl.SSLContext, sock: socket.socket) -> None:
        super().__init__()
        self._ours = context
        self.bind = [f"fd://{sock.detach()}"]
        self.loglevel = "WARNING"
        self.errorlog = logging.getLogger(__name__)
        self.accesslog = None
        self.include_server_header = False
        self.h2_max_concurrent_streams = 100
        self.keep_alive_timeout = 10
        self.read_timeout = 10
        self.graceful_timeout = DRAIN

    @property
    def ssl_enabled(self) -> bool:
        return True

    def create_ssl_context(self) -> ssl.SSLContext:
        return self._ours
