"""The local internet in this process: name servers as a walker asks them, by address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dns.message
import dns.name
import dns.rdata
import dns.rdatatype

from forecourt.planes.resolver.cache import Cache, Outcome
from forecourt.planes.resolver.walk import Walker
from forecourt.platform.names import registry, server_sets
from tests.harness import World

MOST = 4 * 1024 * 1024
Change = Callable[[Any], None]


class Internet:
    """A walker over the world's name servers; what they answer can be changed on the way."""

    def __init__(self, world: World, anchors: list[Any] | None = None) -> None:
        self.world = world
        for number in world.store.read_now(server_sets.numbers):
            world.store.write_now(registry.tend, str(number))
        found = world.store.write_now(registry.anchors)
        known = [dns.rdata.from_wire("IN", "DS", each, 0, len(each)) for each in found]
        self.anchors = known if anchors is None else anchors
        self.asked: list[tuple[str, str]] = []
        self.changes: list[Change] = []
        self.down: set[str] = set()
        self.now = 0.0
        import time

        self.offset = int(time.time())
        self.walker = Walker(self.ask, ["127.53.0.4"], self.anchors, Cache(MOST), self.clock)

    def clock(self) -> float:
        return self.offset + self.now

    async def ask(self, address: str, query: bytes, *, stream: bool) -> bytes:
        place = [int(each) for each in address.split(".")]
        if address in self.down:
            raise TimeoutError
        views: dict[int, str] = {at: view for view, at in registry.PLACES.items()}
        view: Any = views.get(place[3]) if place[2] == 0 else (place[3] - 1) // 4 + 1
        question = dns.message.from_wire(query).question[0]
        asked = f"{question.name.to_text().lower()} {dns.rdatatype.to_text(question.rdtype)}"
        self.asked.append((str(view), asked))
        reply = self.world.responder(view).message(query, "127.0.0.1")
        assert reply is not None
        if not self.changes:
            return reply
        message = dns.message.from_wire(reply)
        for change in self.changes:
            change(message)
        return message.to_wire()

    async def resolve(self, name: str, type_: str = "A") -> Outcome:
        rdtype = dns.rdatatype.from_text(type_)
        return await self.walker.resolve(dns.name.from_text(name), int(rdtype))


def values(outcome: Outcome) -> list[str]:
    return [
        each.to_text()
        for rrset in outcome.answer
        if rrset.rdtype != dns.rdatatype.RRSIG
        for each in rrset
    ]
