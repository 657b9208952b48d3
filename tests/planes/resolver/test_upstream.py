"""The world outside: asked for what the local internet has not, and for nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from forecourt.planes.resolver.cache import INSECURE, SECURE, Cache, Outcome
from forecourt.planes.resolver.upstream import Forwarder, Upstream, public, public_root
from forecourt.planes.resolver.walk import Walker
from forecourt.platform.names import registry
from forecourt.services.route53.delegating import delegate_zone
from tests.harness import World
from tests.services.route53.calls import a, bare, change, create, rrset

from .local import Internet, values

OUTSIDE = {
    "www.outside.com.": "A 192.0.2.77",
    "outside.org.": "A 192.0.2.78",
    "alias.outside.com.": "CNAME www.example.com.",
}


class Outside:
    """Another resolver, which knows a few names."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False

    async def __call__(self, address: str, query: bytes, *, stream: bool) -> bytes:
        if self.down or address == "192.0.2.1":
            raise TimeoutError
        message = dns.message.from_wire(query)
        name = message.question[0].name.to_text().lower()
        self.asked.append(name)
        reply = dns.message.make_response(message)
        if (found := OUTSIDE.get(name)) is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        else:
            type_, _, value = found.partition(" ")
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", type_, value))
        return reply.to_wire()


class Both(Internet):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.outside = Outside()

        def is_registry(zone: dns.name.Name) -> bool:
            return world.store.read_now(registry.has_zone, zone.canonicalize().to_text())

        forwarder = Forwarder(self.outside, ["192.0.2.1", "192.0.2.2"])
        self.walker = Walker(
            self.ask, ["127.53.0.4"], self.anchors, Cache(1 << 20), self.clock,
            Upstream(forwarder.resolve, is_registry),
        )  # fmt: skip


@pytest.fixture
def both(world: World, route53: Any) -> Both:
    zone = bare(create(route53, "example.com"))
    change(
        route53, zone,
        ("CREATE", a("www.example.com", "192.0.2.1")),
        ("CREATE", rrset("out.example.com", "CNAME", "www.outside.com")),
    )  # fmt: skip
    world.store.write_now(delegate_zone, "example.com")
    return Both(world)


@pytest.mark.parametrize(
    ("name", "value"), [("www.outside.com", "192.0.2.77"), ("outside.org", "192.0.2.78")]
)
def test_what_is_not_here_is_asked_outside(both: Both, name: str, value: str) -> None:
    """Also below a registry that is here for another name."""
    outcome = asyncio.run(both.resolve(name))
    assert values(outcome) == [value]
    assert outcome.security == INSECURE
    asyncio.run(both.resolve(name))
    assert both.outside.asked == [f"{name}."]  # what was answered is remembered


def test_what_is_here_is_not(both: Both) -> None:
    assert values(asyncio.run(both.resolve("www.example.com"))) == ["192.0.2.1"]
    assert asyncio.run(both.resolve("nothing.example.com")).answer == []
    assert asyncio.run(both.resolve("com", "SOA")).security == SECURE
    assert asyncio.run(both.resolve("example.com", "DS")).answer == []
    assert asyncio.run(both.resolve("com", "AAAA")).answer == []
    assert both.outside.asked == []


def test_names_lead_from_one_to_the_other(both: Both) -> None:
    assert values(asyncio.run(both.resolve("out.example.com")))[-1] == "192.0.2.77"
    assert values(asyncio.run(both.resolve("alias.outside.com")))[-1] == "192.0.2.1"


def test_what_is_nowhere(both: Both) -> None:
    assert asyncio.run(both.resolve("nothing.outside.com")).rcode == dns.rcode.NXDOMAIN


def test_nobody_outside_answers(both: Both) -> None:
    both.outside.down = True
    outcome = asyncio.run(both.resolve("www.outside.com"))
    assert outcome.rcode == dns.rcode.SERVFAIL
    assert outcome.error is not None
    assert values(asyncio.run(both.resolve("www.example.com"))) == ["192.0.2.1"]


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
def test_zones_outside_cannot_point_at_us(inside: str) -> None:
    asked = []

    async def ask(address: str, query: bytes, *, stream: bool) -> bytes:
        asked.append(address)
        return b""

    with pytest.raises(ConnectionError):
        asyncio.run(public(ask)(inside, b"", stream=False))
    asyncio.run(public(ask)("198.41.0.4", b"", stream=False))
    assert asked == ["198.41.0.4"]


def test_the_real_root() -> None:
    """It is asked for its keys first, at one of its addresses; who forges them is not believed."""
    asked = []

    async def ask(address: str, query: bytes, *, stream: bool) -> bytes:
        asked.append((address, dns.message.from_wire(query).question[0].rdtype))
        return dns.message.make_response(dns.message.from_wire(query)).to_wire()

    walker = public_root(ask, Cache(1 << 20), lambda: 0.0)
    name = dns.name.from_text("example.com")
    outcome = asyncio.run(walker.resolve(name, int(dns.rdatatype.A)))
    assert outcome.rcode == dns.rcode.SERVFAIL
    assert [type_ for _, type_ in asked] == [dns.rdatatype.DNSKEY]


def test_what_came_out_of_a_cache_outside_is_older(world: World) -> None:
    """Its time there counts; what is stale there is no answer."""
    rrset = dns.rrset.from_text("www.outside.com.", 60, "IN", "A", "192.0.2.77")
    found = Outcome(answer=[rrset])

    async def resolve(name: dns.name.Name, type_: int) -> Outcome:
        return found

    internet = Internet(world)
    walker = Walker(
        internet.ask, ["127.53.0.4"], internet.anchors, Cache(1 << 20), internet.clock,
        Upstream(resolve, lambda zone: True),
    )  # fmt: skip
    found.made = internet.clock() - 40
    name = dns.name.from_text("www.outside.com")
    assert asyncio.run(walker.resolve(name, 1)).answer[0].ttl == 20
    assert rrset.ttl == 60
    found.error = (3, "")
    other = dns.name.from_text("other.outside.com")
    assert asyncio.run(walker.resolve(other, 1)).rcode == dns.rcode.SERVFAIL
