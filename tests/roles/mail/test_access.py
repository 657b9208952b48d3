"""Signing in: right, wrong, often, and known again without another computation."""

from __future__ import annotations

import anyio
import pytest

from forecourt.platform.identity import passwords
from forecourt.platform.mail import people
from forecourt.roles.mail import access
from forecourt.roles.mail.access import Access, TooMany
from forecourt.store.tx import Tx
from tests.harness import World
from tests.roles.mail.conftest import DIGEST, PASSWORD

ALICE = "alice@jpub.co.kr"
ANOTHER = passwords.digest("another")


def add(tx: Tx) -> str:
    return people.create(tx, ALICE, "Alice", DIGEST).id


def sign_in(found: Access, password: str, user: str = ALICE, client: str = "192.0.2.1") -> bool:
    return anyio.run(found.sign_in, client, user, password, "IMAP") is not None


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that are computed from now on."""
    computed: list[str] = []
    digest = passwords.digest

    def counted(password: str, salt: bytes | None = None) -> str:
        computed.append(password)
        return digest(password, salt)

    monkeypatch.setattr(passwords, "digest", counted)
    return computed


def test_the_right_password_is_the_only_one(world: World) -> None:
    world.store.write_now(add)
    found = Access(world.store)
    assert sign_in(found, PASSWORD)
    for wrong in ("", PASSWORD + " ", "x" * 100_000):
        assert not sign_in(found, wrong)
    assert not sign_in(found, PASSWORD, "bob@jpub.co.kr")


def test_a_password_that_was_right_is_not_computed_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = world.store.write_now(add)
    found = Access(world.store)
    assert sign_in(found, PASSWORD)
    computed = counting(monkeypatch)
    assert sign_in(found, PASSWORD) and computed == []
    world.store.write_now(people.set_password, person, ANOTHER)
    assert not sign_in(found, PASSWORD) and computed == [PASSWORD]


def test_guessing_is_slowed_for_its_client_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "FAILURES", 2)
    world.store.write_now(add)
    found = Access(world.store)
    for _ in range(2):
        assert not sign_in(found, "wrong")
    with pytest.raises(TooMany):
        sign_in(found, PASSWORD)
    assert sign_in(found, PASSWORD, client="192.0.2.2")


def test_who_is_not_there_costs_the_same_computation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Access(world.store)
    sign_in(found, "x", "nobody@jpub.co.kr")
    computed = counting(monkeypatch)
    assert not sign_in(found, "y", "nobody@jpub.co.kr") and computed == ["y"]
