"""Names that are waited for: work is due when one of our zones changes there."""

from __future__ import annotations

from typing import Any

from forecourt.platform.names import awaited
from forecourt.store.tx import Tx
from tests.harness import World
from tests.services.route53.calls import a, bare, change, create, rrset


def due(tx: Tx) -> list[str]:
    return [key for (key,) in tx.all("SELECT key FROM work WHERE kind = 'test' ORDER BY key")]


def test_waited_for(world: World, route53: Any) -> None:
    zone = bare(create(route53, "example.com"))
    world.store.write_now(lambda tx: tx.run("DELETE FROM work WHERE kind = 'test'"))
    for key in ("one", "two", "two"):
        world.store.write_now(awaited.wait_for, "_Here.example.com.", "test", key)
    change(route53, zone, ("CREATE", a("here.example.com", "192.0.2.1")))
    assert world.store.read_now(due) == []
    change(route53, zone, ("CREATE", rrset("_here.example.com", "CNAME", "a.b")))
    assert world.store.read_now(due) == ["one", "two"]
    assert world.store.read_now(awaited.last_change, "test", "one") > 0
    assert world.store.read_now(awaited.last_change, "test", "other") == 0
    world.store.write_now(lambda tx: tx.run("DELETE FROM work WHERE kind = 'test'"))
    world.store.write_now(awaited.wait_no_more, "test", "one")
    change(route53, zone, ("DELETE", rrset("_here.example.com", "CNAME", "a.b")))
    assert world.store.read_now(due) == ["two"]
    world.store.write_now(lambda tx: tx.run("DELETE FROM work WHERE kind = 'test'"))
