"""Publishing: rows for the names, and one feed entry for each of them."""

from __future__ import annotations

import pytest

from forecourt.planes.dns import wire
from forecourt.planes.dns.snapshot import RRset, pack
from forecourt.platform.names import publishing
from forecourt.platform.names.server_sets import TOPIC
from forecourt.store import feed
from forecourt.store.tx import Row, Tx
from tests.harness import World

ORIGIN = wire.from_text("example.com")
WWW, MAIL = wire.from_text("www.example.com"), wire.from_text("mail.example.com")
ONE = RRset(wire.A, 60, (b"\xc0\0\2\1",))
TWO = RRset(wire.A, 60, (b"\xc0\0\2\2",))


def keys(world: World, cursor: int) -> list[str]:
    entries, _ = world.store.read_now(feed.after, TOPIC, cursor)
    return [entry.key for entry in entries]


def rows(tx: Tx) -> list[Row]:
    return tx.all("SELECT owner, node FROM published_name ORDER BY owner")


@pytest.fixture
def cursor(world: World) -> int:
    """Where the feed stands when the zone is known."""
    world.store.write_now(publishing.publish_zone, "Z1", ORIGIN, "com.example.", 1)
    return world.store.read_now(feed.head)


def test_names_are_set_changed_and_taken_away(world: World, cursor: int) -> None:
    publish = publishing.publish_names
    world.store.write_now(publish, "Z1", {WWW: [ONE], MAIL: [ONE, TWO]})
    assert world.store.read_now(rows) == [(WWW, pack([ONE])), (MAIL, pack([ONE, TWO]))]
    world.store.write_now(publish, "Z1", {WWW: [TWO], MAIL: []})
    assert world.store.read_now(rows) == [(WWW, pack([TWO]))]


def test_a_change_publishes_what_it_touches(world: World, cursor: int) -> None:
    seq = world.store.write_now(publishing.publish_names, "Z1", {WWW: [ONE], MAIL: []})
    assert keys(world, cursor) == [f"name:Z1:{WWW.hex()}", f"name:Z1:{MAIL.hex()}"]
    assert cursor < seq <= world.store.read_now(feed.head)


def test_a_zone_is_withdrawn_with_its_names(world: World, cursor: int) -> None:
    world.store.write_now(publishing.publish_names, "Z1", {WWW: [ONE]})
    assert world.ask("www.example.com").answer
    seq = world.store.write_now(publishing.withdraw_zone, "Z1")
    assert keys(world, seq - 1) == ["zone:Z1"]
    assert world.store.read_now(rows) == []
    assert world.ask("www.example.com").rcode() == wire.REFUSED


def test_what_is_rolled_back_was_not_published(world: World, cursor: int) -> None:
    def fail(tx: Tx) -> None:
        publishing.publish_names(tx, "Z1", {WWW: [ONE]})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        world.store.write_now(fail)
    assert (keys(world, cursor), world.store.read_now(rows)) == ([], [])
