"""What views share: zones shown in several, and answers that hang on other zones, checks and locations."""

from __future__ import annotations

import pytest

from forecourt.planes.dns import wire
from forecourt.planes.dns import world as worlds
from forecourt.planes.dns.names import Names
from forecourt.planes.dns.protocol import Responder, Settings
from forecourt.planes.dns.routing import Client, Routing
from forecourt.planes.dns.snapshot import RRset, pack
from forecourt.planes.dns.wire import A
from forecourt.planes.dns.world import World

from .building import APEX, START, absolute, nodes, query, read, shown


def asked(names: Names, name: str) -> set[str]:
    reply = Responder(names, Settings(rate=0)).datagram(query(name), "198.51.100.1")
    return {each.split()[-1] for each in shown(read(reply).answer)}


def fill(world: World, zone_id: str, text: str) -> None:
    zone = world.zones[zone_id]
    for owner, node in nodes(text).items():
        world.put(zone, owner, node)


def test_a_zone_in_two_views() -> None:
    world = World()
    zone = world.add_zone("Z1", APEX)
    one, two, none = Names(world), Names(world), Names(world)
    one.show(zone)
    two.show(zone)
    fill(world, "Z1", START + "www A 192.0.2.1")
    assert asked(one, "www") == asked(two, "www") == {"192.0.2.1"}
    assert asked(none, "www") == set()
    world.put(zone, absolute("www"), nodes("www A 192.0.2.2")[absolute("www")])
    assert asked(one, "www") == asked(two, "www") == {"192.0.2.2"}
    two.hide(zone)
    assert (asked(one, "www"), asked(two, "www")) == ({"192.0.2.2"}, set())
    world.drop_zone(zone)
    assert asked(one, "www") == set()
    assert zone.views == []


def test_an_alias_into_another_zone_follows_it() -> None:
    world = World()
    names, other = Names(world), Names(world)
    names.show(world.add_zone("Z1", APEX))
    target = wire.from_text("www.other")
    fill(world, "Z1", START)
    world.put(world.zones["Z1"], absolute("a"), pack([RRset(A, 60, (), target, "Z2")]))
    assert asked(names, "a") == set()
    zone = world.add_zone("Z2", wire.from_text("other"))
    other.show(zone)
    assert asked(names, "a") == set()
    world.put(zone, target, pack([RRset(A, 60, (bytes((192, 0, 2, 1)),))]))
    assert asked(names, "a") == {"192.0.2.1"}
    world.put(zone, target, pack([RRset(A, 60, (bytes((192, 0, 2, 2)),))]))
    assert asked(names, "a") == {"192.0.2.2"}
    world.put(zone, target, None)
    assert asked(names, "a") == set()
    world.put(zone, wire.from_text("*.other"), pack([RRset(A, 60, (bytes((192, 0, 2, 3)),))]))
    assert asked(names, "a") == {"192.0.2.3"}
    world.drop_zone(zone)
    assert asked(names, "a") == set()


def test_locations() -> None:
    world = World()
    names = Names(world)
    names.show(world.add_zone("Z1", APEX))
    fill(world, "Z1", START)
    world.put(
        world.zones["Z1"],
        absolute("c"),
        pack(
            [
                RRset(
                    A, 60, (bytes((192, 0, 2, 1)),), routing=Routing("cidr", "x", location="c/x")
                ),
                RRset(A, 60, (bytes((192, 0, 2, 2)),), routing=Routing("cidr", "*", blocks=("*",))),
            ]
        ),
    )
    here = Client(address=0x0A000000, prefix=24)

    def found() -> bytes:
        return names.answer(absolute("c") + b"\0\1\0\1", here)[1][-4:]

    assert found() == bytes((192, 0, 2, 2))
    world.set_blocks("c/x", ("10.0.0.0/8",))
    assert found() == bytes((192, 0, 2, 1))
    world.set_blocks("c/x", ())
    assert found() == bytes((192, 0, 2, 2))


def test_what_hangs_on_one_thing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "MOST_USERS", 3)
    world = World()
    names = Names(world)
    names.show(world.add_zone("Z1", APEX))
    fill(world, "Z1", START + "www A 192.0.2.1\n" + "\n".join(f"c{n} CNAME www" for n in range(9)))
    for n in range(9):
        assert "192.0.2.1" in asked(names, f"c{n}")
    assert all(len(users) <= 3 for users in world._users.values())
    world.put(world.zones["Z1"], absolute("www"), nodes("www A 192.0.2.2")[absolute("www")])
    for n in range(9):
        assert "192.0.2.2" in asked(names, f"c{n}")
