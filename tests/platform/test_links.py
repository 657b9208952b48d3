"""Links in mails: known by their token alone, for a while."""

from __future__ import annotations

from collections.abc import Callable

from forecourt.platform import links
from tests.harness import World


def test_a_link(world: World, later: Callable[[float], None]) -> None:
    url = world.store.write_now(links.make, "purpose", "subject", "Do you agree?")
    base, _, token = url.rpartition("/")
    assert base == "http://pki.forecourt.cloud:4568/confirm"
    found = world.store.read_now(links.find, token)
    assert found is not None
    assert (found.spec["Purpose"], found.spec["Subject"]) == ("purpose", "subject")
    assert token not in str(world.store.read_now(links.LINKS.all))
    assert world.store.read_now(links.find, token[:-1]) is None
    later(16)
    assert world.store.read_now(links.find, token) is None
    world.store.write_now(links.forget_old)
    assert world.store.read_now(links.LINKS.count) == 0
