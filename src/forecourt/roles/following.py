"""What the DNS roles share: they follow the published names and say how far they are.

A process joins when it has caught up with what was reached by all, before it answers; it reports a
change only when it also has the sockets of every delegation set it knows.
"""

from __future__ import annotations

import os
import secrets
import socket

from forecourt.config import Config
from forecourt.planes.dns.protocol import Responder, Settings
from forecourt.platform.metrics import FOLLOWED
from forecourt.platform.names.following import Follower
from forecourt.platform.names.server_sets import TOPIC
from forecourt.store.bell import hush
from forecourt.store.feed import LEASE
from forecourt.store.opening import open_store


class Following:
    def __init__(self, config: Config, role: str, transports: int) -> None:
        """`transports` is how many sockets a delegation set's servers bring to this process."""
        self.store = open_store(config.data, config.store, b"")
        self.name = f"{role}-{os.getpid()}-{secrets.token_hex(4)}"
        self.bell: socket.socket = self.store.bells.listen(self.name)
        self._follower = Follower(self.store)
        self._settings = dns_settings(config)
        self._responders: dict[int, Responder] = {}
        self._served: dict[int, int] = {}
        self._wanted = transports
        self._reported = 0

    def join(self) -> None:
        """Load everything and catch up; before this nothing is to be answered."""
        self._follower.load()
        while not self._report(joining=True):
            self._follower.advance()

    def rung(self) -> None:
        """Something was committed: follow it and say so."""
        hush(self.bell)
        if self._follower.advance():
            self._report()

    def tick(self) -> None:
        """Every second: look whether a bell was lost, and renew the lease."""
        self._follower.advance()
        self._report()
        FOLLOWED.labels(TOPIC).set(self._reported)

    def late(self, seconds: float) -> None:
        """We were held up: if the lease ran out, others went on without us."""
        if seconds >= LEASE:
            while not self._report(joining=True):
                self._follower.advance()

    def responder(self, server_set: int) -> Responder:
        if server_set not in self._responders:
            self._follower.advance()
            names = self._follower.sets[server_set]
            self._responders[server_set] = Responder(names, self._settings)
        return self._responders[server_set]

    def serves(self, server_set: int) -> None:
        """One more socket of a set is served."""
        self._served[server_set] = self._served.get(server_set, 0) + 1

    def leave(self) -> None:
        self.store.followers.leave(TOPIC, self.name)
        self.bell.close()

    def _report(self, *, joining: bool = False) -> bool:
        complete = all(self._served.get(n, 0) >= self._wanted for n in self._follower.sets)
        if complete:
            self._reported = self._follower.cursor
        elif joining:
            self._reported = max(self._reported, self.store.followers.reached(TOPIC))
        return self.store.followers.report(TOPIC, self.name, self._reported, joining=joining)


def dns_settings(config: Config) -> Settings:
    secret = (config.data / "run" / "cookie-secret").read_bytes()
    return Settings(
        nsid=config.dns.nsid.encode(),
        cookie_secret=secret,
        rate=config.dns.rate,
        slip=config.dns.slip,
        exempt=config.dns.exempt,
    )
