"""The name servers' answers out of the store, name by name: for one question, not for many.

The same look-up, policies, health and blocks as the name servers have, over what they follow.

    names = names_of(tx, zone_id)
    names.answer(question(name, type), client)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.message
import dns.rdatatype

from forecourt.planes.dns import wire
from forecourt.planes.dns.names import Names, question
from forecourt.planes.dns.protocol import Responder, Settings
from forecourt.planes.dns.routing import NOWHERE, Client
from forecourt.planes.dns.snapshot import has_type
from forecourt.planes.dns.wire import NS
from forecourt.planes.dns.world import World
from forecourt.planes.dns.zone import Zone

from . import publishing

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

MOST_HOPS = 8  # CNAMEs followed from zone to zone
CLIENT = "192.0.2.1"  # any address that is no client's


class Nodes:
    """A zone's names, each read when it is asked for."""

    def __init__(self, tx: Tx, zone_id: str) -> None:
        self._tx, self._zone = tx, zone_id
        self._known: dict[bytes, bytes | None] = {}

    def get(self, owner: bytes, default: bytes | None = None) -> bytes | None:
        if owner not in self._known:
            self._known[owner] = self._tx.value(
                "SELECT node FROM published_name WHERE zone = :zone AND owner = :owner",
                zone=self._zone,
                owner=owner,
            )
        found = self._known[owner]
        return default if found is None else found

    def __contains__(self, owner: bytes) -> bool:
        return self.get(owner) is not None

    def __getitem__(self, owner: bytes) -> bytes:
        if (found := self.get(owner)) is None:
            raise KeyError(owner)
        return found


class Inner:
    """The names above others: all are read when one is asked for."""

    def __init__(self, tx: Tx, zone_id: str) -> None:
        self._tx, self._zone = tx, zone_id
        self._above: set[bytes] | None = None

    def __contains__(self, name: bytes) -> bool:
        if self._above is None:
            rows = self._tx.all(
                "SELECT owner FROM published_name WHERE zone = :zone", zone=self._zone
            )
            self._above = {each for (owner,) in rows for each in wire.suffixes(owner)[1:]}
        return name in self._above


class Cuts:
    """The delegations of a zone."""

    def __init__(self, nodes: Nodes, origin: bytes) -> None:
        self._nodes, self._origin = nodes, origin

    def __contains__(self, name: bytes) -> bool:
        node = self._nodes.get(name)
        return node is not None and name != self._origin and has_type(node, NS)


class Zones(dict[str, Zone]):
    """Zones by id, read when they are asked for."""

    def __init__(self, tx: Tx) -> None:
        super().__init__()
        self._tx = tx

    def get(self, zone_id: str, default: Any = None) -> Any:
        if zone_id not in self:
            origin = self._tx.value("SELECT origin FROM published_zone WHERE id = :id", id=zone_id)
            if origin is None:
                return default
            self[zone_id] = zone_of(self._tx, zone_id, origin, self)
        return self[zone_id]


class Health(dict[str, bool]):
    def __init__(self, tx: Tx) -> None:
        super().__init__()
        self._tx = tx

    def get(self, check: str, default: Any = None) -> Any:
        found = publishing.health(self._tx, check)
        return default if found is None else found


class Blocks(dict[str, tuple[str, ...]]):
    def __init__(self, tx: Tx) -> None:
        super().__init__()
        self._tx = tx

    def get(self, location: str, default: Any = None) -> Any:
        sql = "SELECT blocks FROM published_location WHERE id = :id"
        found = self._tx.value(sql, id=location)
        return default if found is None else tuple(json.loads(found))


def zone_of(tx: Tx, zone_id: str, origin: bytes, others: Zones) -> Zone:
    nodes: Any = Nodes(tx, zone_id)
    inner: Any = Inner(tx, zone_id)
    cuts: Any = Cuts(nodes, origin)
    return Zone(origin, zone_id, nodes, inner, cuts, others=others)


def names_of(tx: Tx, zone_id: str) -> Names:
    """A view of one zone."""
    world = World()
    zones = Zones(tx)
    world.zones, world.health, world.blocks = zones, Health(tx), Blocks(tx)
    names = Names(world)
    if (zone := zones.get(zone_id)) is not None:
        names.show(zone)
    return names


def ask(names: Names, name: bytes, type_: int, client: Client = NOWHERE) -> dns.message.Message:
    """The answer to a question, as a message."""

    def locate(version: int, address: int, prefix: int) -> Client:
        return client

    query = b"\0\1\0\0\0\1\0\0\0\0\0\0" + question(name, type_)
    reply = Responder(names, Settings(rate=0), locate).message(query, CLIENT)
    assert reply is not None
    return dns.message.from_wire(reply)


def zone_for(tx: Tx, name: bytes) -> str | None:
    """The public zone that holds a name: of those with the longest origin, the first."""
    for origin in wire.suffixes(name):
        found = tx.value(
            "SELECT id FROM published_zone WHERE origin = :origin AND server_set > 0"
            " ORDER BY id LIMIT 1",
            origin=origin,
        )
        if found is not None:
            return str(found)
    return None


def address_of(tx: Tx, host: str) -> str | None:
    """An IPv4 address of a host, by our own public zones; None where they have none."""
    try:
        name = wire.from_text(host)
    except (UnicodeEncodeError, ValueError):
        return None
    for _ in range(MOST_HOPS):
        if (zone_id := zone_for(tx, name)) is None:
            return None
        try:
            answer = ask(names_of(tx, zone_id), name, wire.A)
        except dns.exception.DNSException:
            return None
        following = None
        for rrset in answer.answer:
            if rrset.rdtype == dns.rdatatype.A:
                return str(rrset[0].address)
            if rrset.rdtype == dns.rdatatype.CNAME:
                following = rrset[0].target
        if following is None:
            return None
        name = following.to_wire().lower()
    return None
