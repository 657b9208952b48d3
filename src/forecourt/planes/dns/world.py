"""All that a process knows of names: zones by id, health, places of CIDR collections, and what hangs on what.

    world = World()
    zone = world.add_zone("Z1", origin)
    names = Names(world); names.show(zone)      # a view: the zones that one address answers from
    world.put(zone, owner, node)                # forgets every answer that hangs on the name

A zone may be in several views (a private zone in those of its VPCs), and an answer may hang on names
of other zones (aliases), on health checks and on CIDR locations; whatever changes, the answers made
from it are forgotten in all views, and no others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forecourt.planes.dns import wire
from forecourt.planes.dns.lookup import OTHER, WILDCARD
from forecourt.planes.dns.wire import ANY
from forecourt.planes.dns.zone import Zone

if TYPE_CHECKING:
    from forecourt.planes.dns.dnssec import Signing
    from forecourt.planes.dns.names import Names

MOST_USERS = 65536  # questions that hang on one thing
KEPT_TYPES = frozenset((*wire.TYPES.values(), wire.DNSKEY, wire.NSEC, ANY))


class World:
    """What the views of a process share."""

    def __init__(self) -> None:
        self.zones: dict[str, Zone] = {}
        self.health: dict[str, bool] = {}  # of health checks, by id; of others nothing is known
        self.blocks: dict[str, tuple[str, ...]] = {}  # of CIDR locations: "collection/location"
        self.now = 0.0  # by the real clock, for signatures
        self._users: dict[bytes, set[tuple[Names, bytes]]] = {}

    def add_zone(self, zone_id: str, origin: bytes) -> Zone:
        if zone_id not in self.zones:
            self.zones[zone_id] = Zone(origin, zone_id, others=self.zones)
            self.changed(user_of_zone(zone_id))
        return self.zones[zone_id]

    def drop_zone(self, zone: Zone) -> None:
        """Take a zone out of all views."""
        for view in list(zone.views):
            view.hide(zone)
        if self.zones.get(zone.id) is zone:
            del self.zones[zone.id]
        self.changed(user_of_zone(zone.id))

    def put(self, zone: Zone, owner: bytes, node: bytes | None) -> None:
        """Set or take away one name; forgets the answers that hang on it."""
        existed, was_cut = owner in zone.nodes, owner in zone.cuts
        if node is None:
            zone.drop(owner)
        else:
            zone.put(owner, node)
        self.changed(owner)
        if was_cut or owner in zone.cuts:
            for view in zone.views:
                view.forget_all()
            self.changed(user_of_zone(zone.id))
            return
        structural = existed != (node is not None) or owner.startswith(WILDCARD)
        for view in zone.views:
            if structural:
                view.forget_derived()
            view.forget_name(owner)
        if structural:
            self.changed(user_of_zone(zone.id))

    def set_health(self, check: str, healthy: bool | None) -> None:
        """A health check says otherwise, or (None) is gone."""
        if healthy is None:
            self.health.pop(check, None)
        else:
            self.health[check] = healthy
        self.changed(user_of_check(check))

    def set_blocks(self, location: str, blocks: tuple[str, ...]) -> None:
        """The networks of a CIDR location; none where it is gone."""
        self.blocks[location] = blocks
        if not blocks:
            del self.blocks[location]
        self.changed(user_of_location(location))

    def set_signing(self, zone: Zone, signing: Signing | None) -> None:
        """From now on a zone's answers are signed by these keys, or not at all."""
        zone.signing = signing
        for view in zone.views:
            view.signing_changed()

    def changed(self, user: bytes) -> None:
        """Forget the answers that hang on a name, a check, a location or a zone's names."""
        for view, asked in self._users.pop(user, ()):
            view.forget(asked)

    def depend(self, view: Names, asked: bytes, others: Iterable[bytes]) -> None:
        """Note what the answer to a question hangs on, beside its own name."""
        for other in others:
            users = self._users.setdefault(other, set())
            if len(users) >= MOST_USERS:
                for other_view, each in users:
                    other_view.forget(each)
                users.clear()
            users.add((view, asked))


# What stands among the names that answers hang on for something that is none: no name starts so.
def user_of_check(check: str) -> bytes:
    return b"\xff?" + check.encode()


def user_of_location(location: str) -> bytes:
    return b"\xff#" + location.encode()


def user_of_zone(zone_id: str) -> bytes:
    """For the names that are not in a zone."""
    return OTHER + zone_id.encode()
