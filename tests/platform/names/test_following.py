"""Followers: they have what the store has, whether they loaded it or followed it."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from forecourt.planes.dns import wire
from forecourt.planes.dns.snapshot import RRset
from forecourt.platform.names import publishing, server_sets
from forecourt.platform.names.following import Follower, View
from forecourt.store import feed, reset
from forecourt.store.tx import Tx
from tests.harness import World


def address(number: int) -> RRset:
    return RRset(wire.A, 60, (bytes((10, 0, number // 256, number % 256)),))


def publish(world: World, zone: str, origin: str, server_set: int = 1) -> None:
    args = zone, wire.from_text(origin), zone, server_set
    world.store.write_now(publishing.publish_zone, *args)


def put(world: World, zone: str, owners: Iterable[str], number: int | None = 1) -> None:
    rrsets = [address(number)] if number is not None else []
    names = {wire.from_text(owner): rrsets for owner in owners}
    world.store.write_now(publishing.publish_names, zone, names)


Seen = dict[tuple[View, bytes], tuple[dict[bytes, bytes], dict[bytes, int], set[bytes]]]


def state(follower: Follower) -> Seen:
    """Everything a follower has, by set and origin."""
    return {
        (number, origin): (zone.nodes, zone.inner, zone.cuts)
        for number, names in follower.views.items()
        for origin, zone in names.zones.items()
    }


def loaded(world: World) -> Follower:
    follower = Follower(world.store)
    follower.load()
    return follower


def test_following_is_as_good_as_loading(world: World) -> None:
    """Whatever happens, in whatever steps: checked against a follower that has just loaded."""
    chance = random.Random(53)
    follower = loaded(world)
    second = world.store.write_now(lambda tx: server_sets.create(tx)).number
    there: dict[str, str] = {}
    for turn in range(300):
        if not there or chance.random() < 0.1:
            there[f"Z{turn}"] = f"z{turn}.test"
            publish(world, f"Z{turn}", f"z{turn}.test", chance.choice((1, second)))
        zone = chance.choice(list(there))
        owners = [f"{chance.choice('abc.d')}{n}.{there[zone]}".lstrip(".") for n in (0, 1)]
        put(world, zone, owners, chance.choice((None, turn)))
        if chance.random() < 0.05:
            world.store.write_now(publishing.withdraw_zone, zone)
            del there[zone]
        if chance.random() < 0.3:
            follower.advance()
    follower.advance()
    fresh = loaded(world)
    assert state(follower) == state(fresh)
    assert follower.cursor == fresh.cursor == world.store.read_now(feed.head)
    assert any(nodes for nodes, _, _ in state(fresh).values())


def test_advance_says_whether_there_was_anything(world: World) -> None:
    follower = loaded(world)
    assert not follower.advance()
    publish(world, "Z1", "example.com")
    assert follower.advance()
    assert not follower.advance()
    world.store.write_now(lambda tx: tx.publish("another topic", ["x"]))
    assert follower.advance()  # its cursor moves on
    assert follower.cursor == world.store.read_now(feed.head)


def test_more_than_is_read_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST", 7)
    follower = loaded(world)
    publish(world, "Z1", "example.com")
    put(world, "Z1", (f"n{n}.example.com" for n in range(50)))
    follower.advance()
    assert state(follower) == state(loaded(world))


def test_away_for_too_long(world: World) -> None:
    follower = loaded(world)
    publish(world, "Z1", "example.com")
    follower.advance()
    put(world, "Z1", ["a.example.com"])
    publish(world, "Z2", "example.net")
    world.store.write_now(publishing.withdraw_zone, "Z2")
    world.store.write_now(feed.trim, 1)
    assert follower.advance()
    assert state(follower) == state(loaded(world))
    assert follower.cursor == world.store.read_now(feed.head)
    put(world, "Z1", ["b.example.com"])
    follower.advance()
    assert state(follower) == state(loaded(world))


def test_just_not_away_for_too_long(world: World) -> None:
    publish(world, "Z1", "example.com")
    follower = loaded(world)
    put(world, "Z1", ["a.example.com", "b.example.com"])
    world.store.write_now(feed.trim, 2)
    follower.advance()
    assert state(follower) == state(loaded(world))


def test_the_store_of_an_earlier_day(world: World) -> None:
    """A follower that is ahead of a restored store loads it."""
    publish(world, "Z1", "example.com")
    follower = loaded(world)
    follower.cursor += 1000
    put(world, "Z1", ["a.example.com"])
    assert follower.advance()
    assert state(follower) == state(loaded(world))


def test_everything_emptied(world: World) -> None:
    publish(world, "Z1", "example.com")
    put(world, "Z1", ["a.example.com"])
    follower = loaded(world)
    names = follower.views[1]
    seq = world.store.write_now(reset.empty)
    follower.advance()
    assert state(follower) == {}
    assert follower.cursor >= seq
    assert follower.views[1] is names  # responders hold on to it


@pytest.mark.parametrize("loads", [True, False])
def test_a_zone_that_takes_the_place_of_another(world: World, loads: bool) -> None:
    publish(world, "Z1", "example.com")
    put(world, "Z1", ["a.example.com"], 1)
    follower = loaded(world)

    def swap(tx: Tx) -> None:
        publishing.withdraw_zone(tx, "Z1")
        origin = wire.from_text("example.com")
        publishing.publish_zone(tx, "Z2", origin, "com.example.", 1)
        publishing.publish_names(tx, "Z2", {wire.from_text("b.example.com"): [address(2)]})

    world.store.write_now(swap)
    if loads:
        follower.load()
    else:
        follower.advance()
    assert state(follower) == state(loaded(world))
    ((_, (nodes, _, _)),) = state(follower).items()
    assert nodes.keys() == {wire.from_text("b.example.com")}
