"""A view: the zones that one address answers from, and the answers ready for them.

The answer to a question is compiled when it is first asked and thrown away when what it hangs on
changes.  Where a routing policy decides, each choice is compiled once, and per query it is only
chosen.  Answers with signatures stand beside those without, under the question and SIGNED.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import random
from struct import Struct
from typing import TypeVar

from forecourt.planes.dns import wire
from forecourt.planes.dns.dnssec import FRESH, sign
from forecourt.planes.dns.lookup import LONGEST_CHAIN, Found, look_up, sets_at
from forecourt.planes.dns.message import write
from forecourt.planes.dns.routing import NOWHERE, Client, Group, group_of
from forecourt.planes.dns.snapshot import RRset
from forecourt.planes.dns.wire import AA, QR, RD, REFUSED
from forecourt.planes.dns.world import (
    KEPT_TYPES,
    World,
    user_of_check,
    user_of_location,
    user_of_zone,
)
from forecourt.planes.dns.zone import Zone

COUNTS = Struct(">HHHH")
UINT16 = Struct(">H")
MOST_READY = 2_000_000  # answers kept
MOST_DERIVED = 65536  # of those for names that are not there, and of those that policies decide
SIGNED = b"D"  # after a question: its answer with signatures

# By whether recursion was desired and whether the query had EDNS: flags and counts.
Heads = tuple[bytes, bytes, bytes, bytes]
Ready = tuple[Heads, bytes]
Key = tuple[str, bytes, int]  # a zone, an owner and a type: a group
Decided = dict[Key, "int | None"]  # which of its sets
Known = dict[Key, bool]  # whether a target is healthy
MOST_CHOICES = 4096  # kept of one question; more are compiled each time they are made
T = TypeVar("T")


class Names:
    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.zones: dict[bytes, Zone] = {}
        self.ready: dict[bytes, Ready] = {}  # from records that are there
        self.derived: dict[bytes, Ready] = {}  # from names that are not
        self.routed: dict[bytes, Routed] = {}  # where it is decided for each query
        self.slow: dict[bytes, Ready | Routed] = {}  # of zones whose queries are logged
        self.signs = False  # whether some zone is signed
        self._signed_at = 0.0
        self._heads: dict[tuple[int, int, int, int, int], Heads] = {}

    def show(self, zone: Zone) -> None:
        """Answer from a zone."""
        if self.zones.get(zone.origin) is zone:
            return
        self.forget_all()
        self.zones[zone.origin] = zone
        zone.views.append(self)
        if zone.signing is not None:
            self.signing_changed()

    def hide(self, zone: Zone) -> None:
        self.forget_all()
        if self.zones.get(zone.origin) is zone:
            del self.zones[zone.origin]
        if self in zone.views:
            zone.views.remove(self)
        if zone.signing is not None:
            self.signing_changed()

    def add_zone(self, origin: bytes) -> Zone:
        """A zone that only this view has."""
        zone = self.world.add_zone(wire.to_text(origin), origin)
        self.show(zone)
        return zone

    def drop_zone(self, origin: bytes) -> None:
        if (zone := self.zones.get(origin)) is not None:
            self.world.drop_zone(zone)

    def put(self, zone: Zone, owner: bytes, node: bytes | None) -> None:
        self.world.put(zone, owner, node)

    def set_health(self, check: str, healthy: bool | None) -> None:
        self.world.set_health(check, healthy)

    def find(self, name: bytes) -> Zone | None:
        """The zone that holds a name: the one with the longest origin."""
        for origin in wire.suffixes(name):
            if (zone := self.zones.get(origin)) is not None:
                return zone
        return None

    def answer(self, asked: bytes, client: Client = NOWHERE) -> Ready:
        """The answer to a question (name in lower case, type, class IN), compiled if need be."""
        return self.answer_node(asked, client)[0]

    def answer_node(self, asked: bytes, client: Client = NOWHERE) -> tuple[Ready, bool]:
        """The answer, and whether it hangs on where the client is."""
        node = (
            self.ready.get(asked)
            or self.derived.get(asked)
            or self.routed.get(asked)
            or self.slow.get(asked)
            or self._compile(asked, {})
        )
        if isinstance(node, Routed):
            return node.decide(client), node.located
        return node, False

    def explain(self, asked: bytes, client: Client) -> list[tuple[bytes, Group, int | None]]:
        """Which choices lead to the answer a client gets: the owner, its group, the set in it."""
        node, found = self._compile(asked, {}), list[tuple[bytes, Group, "int | None"]]()
        while isinstance(node, Routed):
            at, following = node.choose(client)
            found.append((node.owner, node.group, at))
            node = following
        return found

    def tick(self, now: float) -> None:
        """Signatures grow old: those that did are made anew."""
        self.world.now = now
        if self.signs and not 0 <= now - self._signed_at < FRESH:
            self._signed_at = now
            self._forget_signed()

    def signing_changed(self) -> None:
        """A zone is signed, by other keys or no more."""
        self.signs = any(zone.signing is not None for zone in self.zones.values())
        self._signed_at = self.world.now
        self.forget_all()

    def forget(self, asked: bytes) -> None:
        for question in (asked, asked + SIGNED) if self.signs else (asked,):
            self.ready.pop(question, None)
            self.derived.pop(question, None)
            self.routed.pop(question, None)
            self.slow.pop(question, None)

    def forget_name(self, owner: bytes) -> None:
        for type_ in KEPT_TYPES:
            self.forget(question(owner, type_))

    def forget_derived(self) -> None:
        """A name came or went: what was answered for names that were not there."""
        self.derived.clear()
        self.routed.clear()
        self.slow.clear()

    def forget_all(self) -> None:
        self.ready.clear()
        self.forget_derived()

    def _forget_signed(self) -> None:
        self.ready = {k: v for k, v in self.ready.items() if k[-1:] != SIGNED}
        self.forget_derived()

    def _compile(
        self, asked: bytes, decided: Decided, tree: list[int] | None = None
    ) -> Ready | Routed:
        """An answer, as far as who asks does not decide it further than was `decided`.

        `tree` counts the choices that are kept for the question.
        """
        tree = [0] if tree is None else tree
        signed = asked[-1:] == SIGNED
        plain = asked[:-1] if signed else asked
        name, type_ = plain[:-4], UINT16.unpack_from(plain, len(plain) - 4)[0]
        if (zone := self.find(name)) is None:
            return self._refused
        hangs_on: list[bytes] = []
        known: Known = {}

        def decide(where: Zone, owner: bytes, sets: list[RRset]) -> RRset | None:
            if sets[0].routing is None:
                return sets[0]
            sets = [self._with_blocks(each, hangs_on) for each in sets]
            group = group_of(sets, lambda rrset: self._is_healthy(where, rrset, hangs_on, known))
            key = where.id, owner, sets[0].type
            if key not in decided:
                raise Undecided(key, group)
            at = decided[key]
            return None if at is None else group.sets[at]

        found = Found()
        try:
            look_up(zone, name, type_, decide, found)
        except Undecided as choice:
            node = Routed(self, asked, choice.key, choice.group, decided, tree)
            hangs_on += (choice.key[1], *found.looked_at)
            self._depend(plain, hangs_on, b"")
            if type_ in KEPT_TYPES and not decided:
                self._keep_routed(asked, zone, node)
            return node
        if signed and zone.signing is not None:
            sign(zone, zone.signing, found, type_, self.world.now)
        counts, body = write(plain, found)
        ready = (self._heads_for(found.rcode, found.authoritative, counts), body)
        if decided:
            self._depend(plain, (*found.looked_at, *hangs_on), b"")
        elif type_ in KEPT_TYPES:
            self._keep(asked, zone, found, ready)
            self._depend(plain, found.looked_at, name)
        return ready

    def _with_blocks(self, rrset: RRset, hangs_on: list[bytes]) -> RRset:
        """A set routed by CIDR with the networks of its location as they are now."""
        routing = rrset.routing
        if routing is None or not routing.location:
            return rrset
        hangs_on.append(user_of_location(routing.location))
        blocks = self.world.blocks.get(routing.location, ())
        return replace(rrset, routing=replace(routing, blocks=blocks))

    def _is_healthy(
        self, zone: Zone, rrset: RRset, hangs_on: list[bytes], known: Known, depth: int = 0
    ) -> bool:
        """Whether a set's check says so, and of an alias that is evaluated its target's do.

        What was found of a target is `known`, so that each is looked at once.
        """
        if rrset.routing is not None and rrset.routing.check:
            hangs_on.append(user_of_check(rrset.routing.check))
            if not self.world.health.get(rrset.routing.check, True):
                return False
        if rrset.alias is None or not rrset.evaluate or depth > LONGEST_CHAIN:
            return True
        hangs_on += (rrset.alias, user_of_zone(rrset.zone or zone.id))
        target = zone.other(rrset.zone)
        if target is None:
            return True
        key = target.id, rrset.alias, rrset.type
        if key not in known:
            known[key] = True  # until it is found, for aliases that lead back
            sets = sets_at(target, rrset.alias, rrset.type)
            known[key] = any(
                self._is_healthy(target, each, hangs_on, known, depth + 1) for each in sets
            )
        return known[key]

    @property
    def _refused(self) -> Ready:
        return self._heads_for(REFUSED, False, (0, 0, 0)), b""

    def _keep(self, asked: bytes, zone: Zone, found: Found, ready: Ready) -> None:
        if zone.logged:
            bounded(self.slow)[asked] = ready
        elif not found.structural:
            if len(self.ready) >= MOST_READY:
                self.forget_all()
            self.ready[asked] = ready
        else:
            bounded(self.derived)[asked] = ready

    def _keep_routed(self, asked: bytes, zone: Zone, node: Routed) -> None:
        if zone.logged:
            bounded(self.slow)[asked] = node
        else:
            bounded(self.routed)[asked] = node

    def _depend(self, asked: bytes, others: Iterable[bytes], name: bytes) -> None:
        """Note what the answer to a question hangs on, beside its own name."""
        self.world.depend(self, asked, (each for each in others if each != name))

    def _heads_for(self, rcode: int, authoritative: bool, counts: tuple[int, int, int]) -> Heads:
        key = (rcode, authoritative, *counts)
        if key not in self._heads:
            self._heads[key] = heads(rcode, authoritative, counts)
        return self._heads[key]


def bounded(kept: dict[bytes, T]) -> dict[bytes, T]:
    """Room for one more: where there is none, all is made anew when it is asked."""
    if len(kept) >= MOST_DERIVED:
        kept.clear()
    return kept


class Undecided(Exception):
    """An answer hangs on which set of a group is chosen."""

    def __init__(self, key: Key, group: Group) -> None:
        super().__init__()
        self.key, self.group = key, group


class Routed:
    """A question whose answer is chosen for each query; each choice is compiled once."""

    __slots__ = ("_asked", "_children", "_decided", "_key", "_names", "_tree", "group")

    def __init__(
        self,
        names: Names,
        asked: bytes,
        key: Key,
        group: Group,
        decided: Decided,
        tree: list[int],
    ) -> None:
        self._names, self._asked, self._decided, self._tree = names, asked, decided, tree
        self._key, self.group = key, group
        self._children: dict[int | None, Ready | Routed] = {}

    @property
    def owner(self) -> bytes:
        return self._key[1]

    @property
    def located(self) -> bool:
        """Whether it matters where clients are, as far as it was decided yet."""
        children = (each for each in self._children.values() if isinstance(each, Routed))
        return self.group.located or any(each.located for each in children)

    def choose(self, client: Client) -> tuple[int | None, Ready | Routed]:
        """The set chosen for a client, and what it leads to."""
        at = self.group.pick(client, random())
        node = self._children.get(at)
        if node is None:
            decided = {**self._decided, self._key: at}
            node = self._names._compile(self._asked, decided, self._tree)
            if self._tree[0] < MOST_CHOICES:
                self._tree[0] += 1
                self._children[at] = node
        return at, node

    def decide(self, client: Client) -> Ready:
        node = self._children.get(self.group.pick(client, random()))
        if node is None:
            _, node = self.choose(client)
        return node.decide(client) if isinstance(node, Routed) else node


def question(name: bytes, type_: int) -> bytes:
    return name + UINT16.pack(type_) + b"\0\1"


def heads(rcode: int, authoritative: bool, counts: tuple[int, int, int]) -> Heads:
    answer, authority, additional = counts
    first = QR | (AA if authoritative else 0)

    def head(recursion: int, opt: int) -> bytes:
        flags = bytes((first | recursion, rcode))
        return flags + COUNTS.pack(1, answer, authority, additional + opt)

    return head(0, 0), head(RD, 0), head(0, 1), head(RD, 1)
