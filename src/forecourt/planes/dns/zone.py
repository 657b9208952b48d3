"""A zone as an index of its owner names, changed one name at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forecourt.planes.dns.snapshot import traits
from forecourt.planes.dns.wire import NS, suffixes

if TYPE_CHECKING:
    from forecourt.planes.dns.dnssec import Signing
    from forecourt.planes.dns.names import Names

MOST_REMEMBERED = 10_000  # changes of a zone
Step = tuple[int, bytes, "bytes | None"]  # the serial before, a name, its record sets before


@dataclass(slots=True, eq=False)
class Zone:
    origin: bytes
    id: str = ""
    nodes: dict[bytes, bytes] = field(default_factory=dict)  # owner name -> packed record sets
    inner: dict[bytes, int] = field(default_factory=dict)  # names above others -> how many below
    cuts: set[bytes] = field(default_factory=set)  # names below the apex with NS: delegations
    routed: set[bytes] = field(default_factory=set)  # names with sets of a routing policy
    aliased: set[bytes] = field(default_factory=set)  # names with aliases
    others: Mapping[str, Zone] = field(default_factory=dict)  # by id: what aliases may point into
    views: list[Names] = field(default_factory=list)  # who answers from it
    signing: Signing | None = None
    logged: bool = False  # whether each query is to be told of
    serial: int = 0  # of the last change, for secondaries
    history: deque[Step] | None = None  # the last changes, where there are secondaries

    def other(self, zone_id: str) -> Zone | None:
        """The zone an alias points into: ours where none is named."""
        return self.others.get(zone_id) if zone_id else self

    def put(self, owner: bytes, node: bytes) -> None:
        """Set one name's record sets."""
        if owner not in self.nodes:
            self._count(owner, +1)
        self.nodes[owner] = node
        types, routed, aliased = traits(node)
        mark(self.cuts, owner, owner != self.origin and NS in types)
        mark(self.routed, owner, routed)
        mark(self.aliased, owner, aliased)

    def drop(self, owner: bytes) -> None:
        """Take one name away."""
        if self.nodes.pop(owner, None) is not None:
            self._count(owner, -1)
            for marked in (self.cuts, self.routed, self.aliased):
                marked.discard(owner)

    def remember(self, owner: bytes, serial: int) -> None:
        """A name is about to change with a serial: keep what it was, where it may be asked for."""
        if self.history is not None:
            if len(self.history) >= MOST_REMEMBERED:
                self.history.popleft()
            self.history.append((self.serial, owner, self.nodes.get(owner)))
        self.serial = max(self.serial, serial)

    def since(self, serial: int) -> dict[bytes, bytes | None] | None:
        """The names that changed since a serial, as they were then; None where it is too long ago."""
        found: dict[bytes, bytes | None] = {}
        for was, owner, node in reversed(self.history or ()):
            found[owner] = node
            if was & 0xFFFFFFFF == serial:
                return found
        return None

    def exists(self, name: bytes) -> bool:
        """Whether a name is there: with records, or above one that has (RFC 4592 §2.2.2)."""
        return name in self.nodes or name in self.inner

    def holds(self, name: bytes) -> bool:
        """Whether a name is at or below the apex."""
        return name.endswith(self.origin) and self.origin in suffixes(name)

    def between(self, name: bytes) -> list[bytes]:
        """The name's ancestors inside the zone, nearest first, the apex last."""
        above = suffixes(name)
        return above[1 : above.index(self.origin) + 1]

    def _count(self, owner: bytes, step: int) -> None:
        if owner == self.origin:
            return
        for name in self.between(owner):
            count = self.inner.get(name, 0) + step
            if count:
                self.inner[name] = count
            else:
                del self.inner[name]


def mark(names: set[bytes], owner: bytes, there: bool) -> None:
    if there:
        names.add(owner)
    else:
        names.discard(owner)
