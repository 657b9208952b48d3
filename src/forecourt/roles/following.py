"""What the DNS roles share: they follow the published names and say how far they are.

A process joins when it has caught up with what was reached by all, before it answers; it reports a
change only when it also has the sockets of every delegation set and VPC it knows.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import time

from forecourt.config import Config
from forecourt.planes.dns.names import Names
from forecourt.planes.dns.protocol import Responder, Settings
from forecourt.planes.dns.sources import BySource
from forecourt.platform.metrics import FOLLOWED
from forecourt.platform.names import geography, publishing
from forecourt.platform.names.following import Follower, View
from forecourt.platform.names.query_log import QueryLog
from forecourt.platform.names.server_sets import TOPIC
from forecourt.platform.network import pools
from forecourt.platform.network.addresses import PLACE, SERVERS
from forecourt.store.bell import hush
from forecourt.store.feed import LEASE
from forecourt.store.opening import open_store
from forecourt.store.secrets import read_master_key
from forecourt.store.store import Unavailable

log = logging.getLogger(__name__)


class Following:
    def __init__(self, config: Config, role: str) -> None:
        self.store = open_store(config.data, config.store, read_master_key(config.data))
        self._resolves = role == "resolver"
        self.name = f"{role}-{os.getpid()}-{secrets.token_hex(4)}"
        self.bell: socket.socket = self.store.bells.listen(self.name, TOPIC)
        self._network = config.addresses
        self.moved: set[bytes] = set()  # names of ours that changed, for a resolver to forget
        self._by_source: BySource | None = None
        self._sources_changed = True
        self._places: dict[str, int] = {}  # of VPCs' resolvers, by their ARNs
        self._follower = Follower(
            self.store,
            remembers=bool(config.transfers.keys),
            sources=self._see_sources,
            moved=self.moved.add if self._resolves else None,
        )
        self._follower.load()
        self._settings = dns_settings(config)
        self._locate = geography.locator(config.dns.country_data)
        self._transfers = None
        if config.transfers.keys:
            from forecourt.planes.dns.transfers import Transfers

            self._transfers = Transfers(config.transfers.keys, time.time)
        self._log = QueryLog(config.data / "logs" / "route53")
        self._responders: dict[View, Responder] = {}
        self._served: dict[View, int] = {}
        self._set_sources()
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
        now = time.time()
        for names in self._follower.views.values():
            names.tick(now)
        self._log.flush()
        self.catch_up(renew=True)
        FOLLOWED.labels(TOPIC).set(self._reported)

    def late(self, seconds: float) -> None:
        """We were held up: if the lease ran out, others went on without us."""
        if max(seconds, time.monotonic() - self._lease_from) >= LEASE:
            self.catch_up(renew=True)

    def catch_up(self, *, renew: bool = False) -> None:
        """Follow what there is.  While the store is away we answer as of the last we saw."""
        try:
            moved = self._advance()
            if moved or renew:
                self._report()
        except Unavailable as outage:
            log.warning("the store cannot be followed: %s", outage)

    def _advance(self) -> bool:
        moved = self._follower.advance()
        self._set_sources()
        return moved

    def responder(self, view: View) -> Responder:
        """What answers for a view, or (PLACE and an offset) for the VPC whose resolver is there."""
        if view not in self._responders:
            self._follower.advance()
            names = self._names_of(view)
            names.tick(time.time())
            self._responders[view] = Responder(
                names, self._settings, self._locate, self._log.told, self._transfers
            )
        return self._responders[view]

    def by_source(self) -> BySource:
        """What answers clients by where they ask from, kept up to date."""
        if self._by_source is None:
            self._by_source = BySource(Responder(Names(), self._settings))
            self._sources_changed = True
            self._set_sources()
        return self._by_source

    def _names_of(self, view: View) -> Names:
        if isinstance(view, str) and view.startswith(PLACE):
            there = (vpc for vpc, at in self._places.items() if f"{PLACE}{at}" == view)
            vpc = next(there, None)
            return Names() if vpc is None else self._follower.view(vpc)
        return self._follower.view(view)

    def _see_sources(self) -> None:
        self._sources_changed = True

    def _set_sources(self) -> None:
        """Follow which VPC is where, and from where VPCs ask."""
        if not self._sources_changed:
            return
        places, found = self.store.read_now(
            lambda tx: (
                pools.resolvers(tx),
                pools.networks(tx, publishing.vpcs(tx), self._network),
            )
        )
        self._sources_changed, self._places = False, places
        for view, responder in self._responders.items():
            if isinstance(view, str) and view.startswith(PLACE):
                responder.names = self._names_of(view)
        if self._by_source is not None:
            self._by_source.set(found, self.responder)

    def serves(self, view: View) -> None:
        """One more socket of a view is served."""
        self._served[view] = self._served.get(view, 0) + 1

    def leave(self) -> None:
        with contextlib.suppress(Unavailable):
            self.store.followers.leave(TOPIC, self.name)
        self.bell.close()

    def _report(self) -> None:
        """Say how far we are.  Without a live lease, only when nobody is ahead of us."""
        while True:
            if all(self._is_served(view) for view in self._follower.views):
                self._reported = self._follower.cursor
            joining = time.monotonic() - self._lease_from > LEASE
            if self.store.followers.report(TOPIC, self.name, self._reported, joining=joining):
                self._lease_from = time.monotonic()
                return
            if not self._advance():
                return  # what was reached needs sockets that have not come yet

    def serials(self) -> dict[bytes, int]:
        """The public zones, each with the serial of its last change."""
        return {
            zone.origin: zone.serial
            for view, names in self._follower.views.items()
            if isinstance(view, int)
            for zone in names.zones.values()
        }

    def _is_served(self, view: View) -> bool:
        """Whether we have the sockets of a delegation set's servers, or of a VPC's resolver."""
        of_vpc = isinstance(view, str) and view.startswith("arn:")
        if of_vpc != self._resolves:
            return True  # another role's
        if isinstance(view, int):
            return self._served.get(view, 0) >= SERVERS
        if not view.startswith("arn:"):
            return bool(self._served.get(view))
        place = self._places.get(view)
        return place is None or bool(self._served.get(f"{PLACE}{place}"))


def dns_settings(config: Config) -> Settings:
    secret = (config.data / "run" / "cookie-secret").read_bytes()
    return Settings(
        nsid=config.dns.nsid.encode(),
        cookie_secret=secret,
        rate=config.dns.rate,
        slip=config.dns.slip,
        exempt=config.dns.exempt,
    )
