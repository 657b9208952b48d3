"""What the DNS roles share: they follow the published names and say how far they are.

A process joins when it has caught up with what was reached by all, before it answers; it reports a
change only when it also has the sockets of every delegation set it knows.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import time

from forecourt.config import Config
from forecourt.planes.dns.protocol import Names, Responder, Settings
from forecourt.platform.metrics import FOLLOWED
from forecourt.platform.names.following import Follower
from forecourt.platform.names.server_sets import TOPIC
from forecourt.store.bell import hush
from forecourt.store.feed import LEASE
from forecourt.store.opening import open_store
from forecourt.store.store import Unavailable

log = logging.getLogger(__name__)


class Following:
    def __init__(self, config: Config, role: str, transports: int) -> None:
        """`transports` is how many sockets a delegation set's servers bring to this process."""
        self.store = open_store(config.data, config.store, b"")
        self.name = f"{role}-{os.getpid()}-{secrets.token_hex(4)}"
        self.bell: socket.socket = self.store.bells.listen(self.name, TOPIC)
        self._follower = Follower(self.store)
        self._follower.load()
        self._settings = dns_settings(config)
        self._responders: dict[int, Responder] = {}
        self._served: dict[int, int] = {}
        self._wanted = transports
        self._reported = 0
        self._lease_from = float("-inf")  # when we last reported, by the monotonic clock

    def join(self) -> None:
        """Catch up with what was reached; before this nothing is to be answered."""
        self.catch_up(renew=True)

    def rung(self) -> None:
        """Something was committed: follow it and say so."""
        hush(self.bell)
        self.catch_up()

    def tick(self) -> None:
        """Every second: look whether a bell was lost, and renew the lease."""
        self.catch_up(renew=True)
        FOLLOWED.labels(TOPIC).set(self._reported)

    def late(self, seconds: float) -> None:
        """We were held up: if the lease ran out, others went on without us."""
        if max(seconds, time.monotonic() - self._lease_from) >= LEASE:
            self.catch_up(renew=True)

    def catch_up(self, *, renew: bool = False) -> None:
        """Follow what there is.  While the store is away we answer as of the last we saw."""
        try:
            moved = self._follower.advance()
            if moved or renew:
                self._report()
        except Unavailable as outage:
            log.warning("the store cannot be followed: %s", outage)

    def responder(self, server_set: int) -> Responder:
        if server_set not in self._responders:
            self._follower.advance()
            names = self._follower.sets.setdefault(server_set, Names())
            self._responders[server_set] = Responder(names, self._settings)
        return self._responders[server_set]

    def serves(self, server_set: int) -> None:
        """One more socket of a set is served."""
        self._served[server_set] = self._served.get(server_set, 0) + 1

    def leave(self) -> None:
        with contextlib.suppress(Unavailable):
            self.store.followers.leave(TOPIC, self.name)
        self.bell.close()

    def _report(self) -> None:
        """Say how far we are.  Without a live lease, only when nobody is ahead of us."""
        while True:
            if all(self._served.get(n, 0) >= self._wanted for n in self._follower.sets):
                self._reported = self._follower.cursor
            joining = time.monotonic() - self._lease_from > LEASE
            if self.store.followers.report(TOPIC, self.name, self._reported, joining=joining):
                self._lease_from = time.monotonic()
                return
            if not self._follower.advance():
                return  # what was reached needs sockets that have not come yet


def dns_settings(config: Config) -> Settings:
    secret = (config.data / "run" / "cookie-secret").read_bytes()
    return Settings(
        nsid=config.dns.nsid.encode(),
        cookie_secret=secret,
        rate=config.dns.rate,
        slip=config.dns.slip,
        exempt=config.dns.exempt,
    )
