"""A DNS process's side of publishing: load everything, then follow the feed name by name."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from forecourt.planes.dns.names import Names
from forecourt.planes.dns.world import World
from forecourt.store import feed

from . import publishing, server_sets, signing
from .server_sets import TOPIC

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

OURS = "registry/"  # how the ids of zones begin that are nobody's but ours
View = int | str  # the number of a delegation set, or a VPC by its ARN


class Follower:
    """Keeps the names of every view as the store has them."""

    def __init__(
        self,
        store: Store,
        *,
        remembers: bool = False,
        sources: Callable[[], None] | None = None,
        moved: Callable[[bytes], None] | None = None,
    ) -> None:
        """`remembers` is whether changes are kept for secondaries; `sources` is called when it may be
        that clients of other networks see other zones, `moved` with each name of ours that changed.
        """
        self._store, self._remembers = store, remembers
        self._sources = sources or (lambda: None)
        self._moved = moved or (lambda owner: None)
        self.world = World()
        self.views: dict[View, Names] = {}
        self.cursor = 0

    def load(self) -> None:
        """Read all there is."""
        self._store.read_now(self._load)

    def advance(self) -> bool:
        """Carry out what was published since; whether that was anything."""
        before = self.cursor
        while self._store.read_now(self._step):
            continue
        return self.cursor != before

    def view(self, view: View) -> Names:
        if view not in self.views:
            self.views[view] = Names(self.world)
        return self.views[view]

    def _load(self, tx: Tx) -> None:
        world = self.world
        for zone in list(world.zones.values()):
            world.drop_zone(zone)
        for check in list(world.health):
            world.set_health(check, None)
        for location in list(world.blocks):
            world.set_blocks(location, ())
        for number in server_sets.numbers(tx):
            self.view(number)
        for (zone_id,) in tx.all("SELECT id FROM published_zone"):
            self._zone(tx, zone_id)
        for zone_id, owner, node in tx.stream("SELECT zone, owner, node FROM published_name"):
            world.zones[zone_id].put(owner, node)
        for check, healthy in tx.all("SELECT id, healthy FROM published_health"):
            world.set_health(check, bool(healthy))
        for location, blocks in tx.all("SELECT id, blocks FROM published_location"):
            world.set_blocks(location, tuple(json.loads(blocks)))
        for names in self.views.values():
            names.forget_all()
        self._sources()
        self.cursor = feed.head(tx)

    def _step(self, tx: Tx) -> bool:
        """Carry out a part of what is new; whether there is more."""
        head = feed.head(tx)
        if self.cursor < feed.trimmed(tx) or self.cursor > head:
            self._load(tx)  # away for too long, or on a store that was restored since
            return False
        entries, cursor = feed.after(tx, TOPIC, self.cursor)
        for key, seq in {entry.key: entry.seq for entry in entries}.items():
            kind, _, rest = key.partition(":")
            match kind:
                case "name":
                    zone_id, _, owner = rest.partition(":")
                    self._name(tx, zone_id, bytes.fromhex(owner), seq)
                case "zone" | "view":
                    self._zone(tx, rest)
                    self._sources()
                case "sources":
                    self._sources()
                case "set":
                    self.view(int(rest))
                case "health":
                    self.world.set_health(rest, publishing.health(tx, rest))
                case "location":
                    self._location(tx, rest)
                case "all":
                    self._load(tx)
                    return False
        self.cursor = cursor
        return cursor < head

    def _zone(self, tx: Tx, zone_id: str) -> None:
        """A zone came or went, is shown elsewhere, signed otherwise, or logged."""
        world = self.world
        row = tx.one(
            "SELECT origin, server_set, serial, keys, log_group FROM published_zone"
            " LEFT JOIN published_signing ON published_signing.zone = id"
            " LEFT JOIN published_log ON published_log.zone = id WHERE id = :id",
            id=zone_id,
        )
        if row is None:
            if (gone := world.zones.get(zone_id)) is not None:
                world.drop_zone(gone)
            return
        origin, number, serial, keys, log_group = row
        zone = world.add_zone(zone_id, origin)
        if self._remembers and zone.history is None:
            zone.history = deque()
        zone.serial = max(zone.serial, serial)
        shown: list[View] = [number] if number else []
        shown += publishing.vpcs_of(tx, zone_id)
        wanted = [self.view(view) for view in shown]
        for names in [each for each in zone.views if each not in wanted]:
            names.hide(zone)
        for names in wanted:
            names.show(zone)
        if zone.logged != (log_group is not None):
            zone.logged = log_group is not None
            for names in zone.views:
                names.forget_all()
        if keys is not None or zone.signing is not None:
            world.set_signing(zone, signing.load(tx.seal, keys) if keys is not None else None)

    def _name(self, tx: Tx, zone_id: str, owner: bytes, seq: int) -> None:
        if (zone := self.world.zones.get(zone_id)) is None:
            return  # it is gone since
        node = tx.value(
            "SELECT node FROM published_name WHERE zone = :zone AND owner = :owner",
            zone=zone_id,
            owner=owner,
        )
        zone.remember(owner, seq)
        self.world.put(zone, owner, node)
        if zone_id.startswith(OURS):
            self._moved(owner)

    def _location(self, tx: Tx, location: str) -> None:
        found = tx.value("SELECT blocks FROM published_location WHERE id = :id", id=location)
        self.world.set_blocks(location, tuple(json.loads(found)) if found else ())
