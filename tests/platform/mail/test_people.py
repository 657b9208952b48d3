"""People, and the addresses that reach them."""

from __future__ import annotations

import pytest

from forecourt.platform.mail import domains, mailboxes, people
from forecourt.store.tx import Tx
from tests.harness import World
from tests.roles.mail.conftest import KEY


def host(tx: Tx, name: str = "jpub.co.kr") -> None:
    domains.add(tx, name, "000000000000", KEY)


@pytest.fixture
def alice(world: World) -> people.Person:
    world.store.write_now(host)
    return world.store.write_now(people.create, "Alice@jpub.co.kr", "Alice", "digest")


def test_an_address_reaches_its_person_whatever_its_case(
    world: World, alice: people.Person
) -> None:
    assert alice.address == "alice@jpub.co.kr"
    for address in ("alice@jpub.co.kr", "ALICE@JPUB.CO.KR", "alice+label@jpub.co.kr"):
        assert world.store.read_now(people.reach, address) == [alice.id]
    assert world.store.read_now(people.reach, "bob@jpub.co.kr") == []


def test_an_address_is_one_person_s(world: World, alice: people.Person) -> None:
    with pytest.raises(people.Taken):
        world.store.write_now(people.create, "alice@jpub.co.kr", "Other", "digest")


def test_postmaster_and_abuse_reach_who_came_first(world: World, alice: people.Person) -> None:
    for address in ("postmaster@jpub.co.kr", "abuse@jpub.co.kr"):
        assert world.store.read_now(people.reach, address) == [alice.id]
    assert world.store.read_now(people.reach, "postmaster@elsewhere.test") == []


def test_an_empty_domain_s_postmaster_is_the_sink(world: World) -> None:
    world.store.write_now(host)
    assert world.store.read_now(people.reach, "postmaster@jpub.co.kr") == [people.SINK]


def test_aliases_and_groups(world: World, alice: people.Person) -> None:
    bob = world.store.write_now(people.create, "bob@jpub.co.kr", "Bob", "digest")
    world.store.write_now(people.give, alice.id, "a@jpub.co.kr", people.ALIAS)
    for each in (alice, bob):
        world.store.write_now(people.give, each.id, "all@jpub.co.kr", people.GROUP)
    assert world.store.read_now(people.reach, "a@jpub.co.kr") == [alice.id]
    assert world.store.read_now(people.reach, "all@jpub.co.kr") == sorted((alice.id, bob.id))
    assert world.store.read_now(people.addresses_of, alice.id) == {
        "alice@jpub.co.kr": "primary",
        "a@jpub.co.kr": "alias",
    }
    world.store.write_now(people.take, alice.id, "a@jpub.co.kr")
    assert world.store.read_now(people.reach, "a@jpub.co.kr") == []


def test_one_sends_as_oneself(world: World, alice: people.Person) -> None:
    world.store.write_now(people.give, alice.id, "all@jpub.co.kr", people.GROUP)

    def may(address: str) -> bool:
        return world.store.read_now(people.may_send_as, alice.id, address)

    assert may("alice@jpub.co.kr") and may("alice+x@jpub.co.kr")
    assert not may("bob@jpub.co.kr") and not may("all@jpub.co.kr")


def test_who_is_disabled_neither_gets_mail_nor_signs_in(world: World, alice: people.Person) -> None:
    assert world.store.read_now(people.signing_in, "alice@jpub.co.kr") is not None
    world.store.write_now(people.set_enabled, alice.id, enabled=False)
    assert world.store.read_now(people.signing_in, "alice@jpub.co.kr") is None
    assert world.store.read_now(people.reach, "alice@jpub.co.kr") == []


def test_without_a_password_nobody_signs_in(world: World, alice: people.Person) -> None:
    world.store.write_now(people.set_password, alice.id, "")
    assert world.store.read_now(people.signing_in, "alice@jpub.co.kr") is None
    assert world.store.read_now(people.signing_in, "no address") is None


def test_removing_somebody_takes_all_their_mail(world: World, alice: people.Person) -> None:
    assert len(world.store.read_now(mailboxes.listed, alice.id)) == 6
    world.store.write_now(people.remove, alice.id)
    assert world.store.read_now(mailboxes.listed, alice.id) == []
    assert world.store.read_now(people.get, alice.id) is None
