"""The internet as a node's resolvers walk it, and what a stranger is told of a name."""

from __future__ import annotations

import asyncio
from typing import Any

import dns.name
import pytest

from forecourt.config import Config, Dns
from forecourt.planes.resolver.asking import PORT
from forecourt.planes.resolver.cache import BOGUS, Outcome
from forecourt.platform.names import registry
from forecourt.roles.internet import Internet, Outside
from tests.harness import World
from tests.planes.resolver import local
from tests.services.route53.calls import a, bare, change, create


@pytest.fixture
def internet(world: World, tmp_path: Any) -> Internet:
    world.store.write_now(registry.anchors)
    return Internet(Config(tmp_path), world.store)


def test_where_it_begins(world: World, internet: Internet) -> None:
    addresses, anchors = internet.root()
    assert addresses == ["127.53.0.4"]
    assert [each.to_wire() for each in anchors] == world.store.read_now(registry.known_anchors)
    assert internet.port_of("192.0.2.1") == internet.port_of("127.53.1.1") == PORT


def test_the_world_outside(world: World, tmp_path: Any) -> None:
    assert Internet(Config(tmp_path), world.store).upstream() is None
    for upstream in ("root", "192.0.2.53"):
        config = Config(tmp_path, dns=Dns(upstream=(upstream,)))
        found = Internet(config, world.store)
        assert found.upstream() is not None
        assert not found._is_registry(dns.name.from_text("nobody."))


def test_what_a_stranger_is_told(
    world: World, route53: Any, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forecourt.services.route53.delegating import delegate_zone

    zone = bare(create(route53, "example.com"))
    world.store.write_now(delegate_zone, "example.com")
    walker = local.Internet(world).walker
    monkeypatch.setattr(internet, "walker", lambda cache: walker)
    outside = Outside(internet)
    assert asyncio.run(outside("www.example.com.", "A")) == []
    change(route53, zone, ("CREATE", a("www.example.com", "192.0.2.1")))
    assert asyncio.run(outside("www.example.com.", "A")) == [
        "192.0.2.1"
    ]  # that it was not is forgotten
    for failed in (Outcome(2), Outcome(0, security=BOGUS)):

        async def resolve(*_: Any, failed: Outcome = failed) -> Outcome:
            return failed

        monkeypatch.setattr(walker, "resolve", resolve)
        with pytest.raises(OSError, match="cannot be resolved"):
            asyncio.run(outside("www.example.com.", "A"))
