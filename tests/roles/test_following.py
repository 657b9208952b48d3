"""Following and reporting: what is INSYNC is answered, by every process that answers at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest

from forecourt.config import Config, Dns
from forecourt.platform.names import server_sets
from forecourt.platform.names.server_sets import TOPIC
from forecourt.platform.network.addresses import SERVERS
from forecourt.roles.following import Following, dns_settings
from forecourt.store.feed import LEASE
from forecourt.store.store import Store
from tests.planes.dns.building import START, query, read, shown

from .running import publish, publish_zone

Start = Callable[[], Following]
ONE, TWO = "www A 192.0.2.1", "www A 192.0.2.2"


@pytest.fixture
def start(config: Config) -> Iterator[Start]:
    """Starts a follower that serves the first set's sockets."""
    found: list[Following] = []

    def follow() -> Following:
        following = Following(config, "dns")
        found.append(following)
        following.responder(1)
        for _ in range(SERVERS):
            following.serves(1)
        following.join()
        return following

    yield follow
    for each in found:
        each.leave()
        each.store.close()


def says(following: Following) -> set[str]:
    reply = following.responder(1).message(query("www"), "127.0.0.1")
    return shown(read(reply).answer)


def reached(store: Store) -> int:
    return store.followers.reached(TOPIC)


def test_what_was_there_is_answered_after_joining(store: Store, start: Start) -> None:
    publish_zone(store)
    seq = publish(store, START + ONE)
    following = start()
    assert says(following) == {"www.example. A 192.0.2.1"}
    assert reached(store) == seq


def test_a_change_is_followed_when_the_bell_rings(store: Store, start: Start) -> None:
    publish_zone(store)
    publish(store, START + ONE)
    following = start()
    seq = publish(store, TWO)
    assert reached(store) < seq
    assert following.bell.recv(1)
    following.rung()
    assert reached(store) == seq
    assert says(following) == {"www.example. A 192.0.2.2"}


def test_a_lost_bell_costs_a_second_not_the_truth(store: Store, start: Start) -> None:
    publish_zone(store)
    publish(store, START + ONE)
    following = start()
    seq = publish(store, TWO)
    following.tick()
    assert reached(store) == seq
    assert says(following) == {"www.example. A 192.0.2.2"}


def test_reached_is_what_the_slowest_reached(store: Store, start: Start) -> None:
    publish_zone(store)
    first, second = start(), start()
    seq = publish(store, START + ONE)
    first.tick()
    assert reached(store) < seq
    second.tick()
    assert reached(store) == seq


def test_one_that_leaves_holds_nobody_up(store: Store, start: Start) -> None:
    publish_zone(store)
    first, second = start(), start()
    seq = publish(store, START + ONE)
    second.store.followers.leave(TOPIC, second.name)
    first.tick()
    assert reached(store) == seq


def test_a_set_without_sockets_is_not_reported(store: Store, start: Start) -> None:
    publish_zone(store)
    following = start()
    before = reached(store)
    store.write_now(server_sets.create)
    seq = publish(store, START + ONE)
    following.tick()
    assert before <= reached(store) < seq
    following.responder(2)
    for _ in range(SERVERS - 1):
        following.serves(2)
    following.tick()
    assert before <= reached(store) < seq
    following.serves(2)
    following.tick()
    assert reached(store) >= seq


def test_one_that_was_held_up_catches_up_before_it_answers(store: Store, start: Start) -> None:
    publish_zone(store)
    publish(store, START + ONE)
    late, other = start(), start()
    store.followers.leave(TOPIC, late.name)  # as if its lease had run out
    seq = publish(store, TWO)
    other.tick()
    assert reached(store) == seq
    late.late(LEASE / 2)
    assert says(late) == {"www.example. A 192.0.2.1"}  # not that late: nobody went on without it
    late.late(LEASE)
    assert says(late) == {"www.example. A 192.0.2.2"}
    assert late.name in store.followers.alive(TOPIC)


def test_a_new_set_has_a_responder_of_its_own(store: Store, start: Start) -> None:
    following = start()
    store.write_now(server_sets.create)
    assert following.responder(2) is not following.responder(1)
    assert following.responder(2) is following.responder(2)


def test_settings_are_those_of_the_configuration(config: Config) -> None:
    dns = Dns(rate=5, slip=3, exempt=("10.",), nsid="here")
    found = dns_settings(dataclasses.replace(config, dns=dns))
    assert (found.rate, found.slip, found.exempt, found.nsid) == (5, 3, ("10.",), b"here")
    assert found.cookie_secret == b"s" * 16
