"""Names as mail asks them: believed for a moment, and begun anew with a new root."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import dns.rcode
import dns.rrset
import pytest

from forecourt.config import Config
from forecourt.planes.mail.asking import Found, TryLater
from forecourt.planes.resolver.cache import BOGUS, SECURE, Outcome
from forecourt.platform.names import registry
from forecourt.roles.internet import Internet
from forecourt.roles.mail import resolving
from forecourt.roles.mail.resolving import Resolving
from tests.harness import World


class Walker:
    """What a walk came to, as the test says."""

    def __init__(self) -> None:
        self.outcome = Outcome()
        self.asked = 0
        self.started = 0

    async def resolve(self, name: Any, type_: int) -> Outcome:
        self.asked += 1
        return self.outcome

    def start_at(self, *_: Any) -> None:
        self.started += 1


@pytest.fixture
def walker(monkeypatch: pytest.MonkeyPatch) -> Walker:
    found = Walker()
    monkeypatch.setattr(Internet, "walker", lambda *_: found)
    return found


@pytest.fixture
def lookup(world: World, tmp_path: Path, walker: Walker) -> Iterator[Resolving]:
    world.store.write_now(registry.ensure)
    yield Resolving(Config(tmp_path), world.store)


def ask(lookup: Resolving, name: str = "b.test", type_: str = "MX") -> Found:
    return anyio.run(lookup, name, type_)


def answer(text: str, **more: Any) -> Outcome:
    rrset = dns.rrset.from_text("b.test.", 60, "IN", *text.split(" ", 1))
    return Outcome(answer=[rrset], **more)


def test_records_are_told_with_how_sure_they_are(lookup: Resolving, walker: Walker) -> None:
    walker.outcome = answer("MX 10 mx.b.test.", security=SECURE)
    found = ask(lookup)
    assert [record.preference for record in found.records] == [10]
    assert found.secure and found.exists and not found.held


def test_a_domain_that_is_delegated_here_is_held(
    lookup: Resolving, walker: Walker, world: World
) -> None:
    world.store.write_now(registry.delegate, "b.test", ["ns-1.awsdns-01.com"])
    assert ask(lookup).held and ask(lookup, "deep.b.test").held and not ask(lookup, "c.test").held


def test_an_answer_is_believed_for_a_moment(lookup: Resolving, walker: Walker) -> None:
    walker.outcome = answer("MX 10 mx.b.test.", expires=time.time() + 60)
    for _ in range(3):
        ask(lookup)
    assert walker.asked == 1
    walker.outcome = answer("A 192.0.2.1")  # that does not say for how long
    for _ in range(3):
        ask(lookup, "c.test", "A")
    assert walker.asked == 4


@pytest.mark.parametrize("outcome", [Outcome(dns.rcode.SERVFAIL), Outcome(security=BOGUS)])
def test_what_failed_is_to_be_asked_later(
    lookup: Resolving, walker: Walker, outcome: Outcome
) -> None:
    walker.outcome = outcome
    with pytest.raises(TryLater):
        ask(lookup)


def test_a_name_that_is_none_fails(lookup: Resolving) -> None:
    with pytest.raises(TryLater):
        ask(lookup, "a..b")


def test_a_new_root_is_a_new_beginning(
    lookup: Resolving, walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "ROOT_FOR", 0.0)
    monkeypatch.setattr(Internet, "root", lambda _: ([], ["another"]))
    ask(lookup)
    assert walker.started == 1
