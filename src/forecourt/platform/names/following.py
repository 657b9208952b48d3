"""A DNS process's side of publishing: load everything, then follow the feed name by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.planes.dns.protocol import Names
from forecourt.store import feed

from . import server_sets
from .server_sets import TOPIC

if TYPE_CHECKING:
    from forecourt.planes.dns.zone import Zone
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx


class Follower:
    """Keeps the names of every delegation set as the store has them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.sets: dict[int, Names] = {}
        self._zones: dict[str, tuple[Names, Zone]] = {}
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

    def _load(self, tx: Tx) -> None:
        self._zones.clear()
        for names in self.sets.values():
            for origin in list(names.zones):
                names.drop_zone(origin)
        for number in server_sets.numbers(tx):
            self.sets.setdefault(number, Names())
        for zone, origin, number in tx.all("SELECT id, origin, server_set FROM published_zone"):
            names = self.sets[number]
            self._zones[zone] = names, names.add_zone(origin)
        zones = {zone: index for zone, (_, index) in self._zones.items()}
        for zone, owner, node in tx.stream("SELECT zone, owner, node FROM published_name"):
            zones[zone].put(owner, node)
        self.cursor = feed.head(tx)

    def _step(self, tx: Tx) -> bool:
        """Carry out a part of what is new; whether there is more."""
        head = feed.head(tx)
        if self.cursor < feed.trimmed(tx) or self.cursor > head:
            self._load(tx)  # away for too long, or on a store that was restored since
            return False
        entries, cursor = feed.after(tx, TOPIC, self.cursor)
        for key in dict.fromkeys(entry.key for entry in entries):
            kind, _, rest = key.partition(":")
            match kind:
                case "name":
                    zone, _, owner = rest.partition(":")
                    self._name(tx, zone, bytes.fromhex(owner))
                case "zone":
                    self._zone(tx, rest)
                case "set":
                    self.sets.setdefault(int(rest), Names())
                case "all":
                    self._load(tx)
                    return False
        self.cursor = cursor
        return cursor < head

    def _zone(self, tx: Tx, zone: str) -> None:
        row = tx.one("SELECT origin, server_set FROM published_zone WHERE id = :id", id=zone)
        if row is None:
            if (gone := self._zones.pop(zone, None)) is not None:
                names, index = gone
                names.drop_zone(index.origin)
        elif zone not in self._zones:
            origin, number = row
            names = self.sets.setdefault(number, Names())
            self._zones[zone] = names, names.add_zone(origin)

    def _name(self, tx: Tx, zone: str, owner: bytes) -> None:
        if zone not in self._zones:
            return  # its zone is gone since
        node = tx.value(
            "SELECT node FROM published_name WHERE zone = :zone AND owner = :owner",
            zone=zone,
            owner=owner,
        )
        names, index = self._zones[zone]
        names.put(index, owner, node)
