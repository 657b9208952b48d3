"""Sets of name servers: which zones may share one, and what their servers are called."""

from __future__ import annotations

import re

import pytest

from forecourt.planes.dns import wire
from forecourt.platform.names import publishing, server_sets
from forecourt.store.tx import Tx
from tests.harness import World


def publish(tx: Tx, name: str, server_set: int) -> None:
    publishing.publish_zone(tx, f"Z{name}", wire.from_text(name), key(name), server_set)


def key(name: str) -> str:
    return ".".join(reversed(name.split("."))) + "."


@pytest.mark.parametrize(
    ("there", "asked", "conflict"),
    [
        ("example.com", "example.com", True),
        ("example.com", "www.example.com", True),
        ("example.com", "a.b.c.example.com", True),
        ("www.example.com", "example.com", True),
        ("a.b.example.com", "com", True),
        ("example.com", "example.net", False),
        ("example.com", "badexample.com", False),
        ("example.com", "example-x.com", False),
        ("example.com", "example0.com", False),
        ("a.example.com", "b.example.com", False),
        ("aa.example.com", "a.example.com", False),
    ],
)
def test_conflicts(world: World, there: str, asked: str, conflict: bool) -> None:
    def ask(tx: Tx) -> tuple[set[int], int]:
        publish(tx, there, 1)
        return server_sets.conflicts(tx, key(asked)), server_sets.choose(tx, key(asked)).number

    found, chosen = world.store.write_now(ask)
    assert found == ({1} if conflict else set())
    assert (chosen == 1) == (not conflict)


def test_the_first_set_that_is_free(world: World) -> None:
    def use(tx: Tx) -> list[int]:
        chosen = []
        for at, name in enumerate(["a.test", "b.a.test", "c.b.a.test", "c.test", "b.test"]):
            found = server_sets.choose(tx, key(name)).number
            publishing.publish_zone(tx, str(at), wire.from_text(name), key(name), found)
            chosen.append(found)
        return chosen

    assert world.store.write_now(use) == [1, 2, 3, 1, 1]


def test_reserved_sets_are_only_for_those_who_ask(world: World) -> None:
    def use(tx: Tx) -> tuple[int, int, int]:
        server_sets.reserve(tx, 1, reserved=True)
        other = server_sets.choose(tx, "test.a.").number
        made = server_sets.create(tx, reserved=True).number
        server_sets.reserve(tx, 1, reserved=False)
        return other, made, server_sets.choose(tx, "test.a.").number

    other, made, again = world.store.write_now(use)
    assert other != 1
    assert again == 1
    assert made in world.store.read_now(server_sets.numbers)


def test_a_new_set_is_followed(world: World) -> None:
    made = world.store.write_now(lambda tx: server_sets.create(tx))
    assert world.store.read_now(server_sets.get, made.number) == made
    assert world.ask("example.com", view=made.number).rcode() == wire.REFUSED


def test_names_of_servers() -> None:
    """One on each top-level domain, as AWS numbers them, and none twice."""
    seen: set[str] = set()
    for number in range(1, 1500):
        hosts = server_sets.hosts_of(number)
        matches = [re.fullmatch(r"ns-(\d+)\.awsdns-(\d\d)\.(.+)", host) for host in hosts]
        assert {match[3] for match in matches if match} == set(server_sets.SUFFIXES)
        for match in matches:
            assert match
            assert int(match[1]) % 512 // 8 == int(match[2])
            if number < 512:
                assert int(match[1]) // 512 == server_sets.SUFFIXES.index(match[3])
        seen.update(hosts)
    assert len(seen) == 4 * 1499


@pytest.mark.parametrize(
    ("given", "above"), [("com.example.www.", ["com.example.", "com."]), ("com.", [])]
)
def test_ancestors(given: str, above: list[str]) -> None:
    assert list(server_sets.ancestors(given)) == above
