"""Who uses which certificate."""

from __future__ import annotations

from forecourt.platform.certificates.uses import release, use, users
from tests.harness import World

LISTENER, OTHER, CERTIFICATE = "arn:listener/1", "arn:listener/2", "arn:certificate/1"


def test_uses(world: World) -> None:
    for user in (OTHER, LISTENER, LISTENER):
        world.store.write_now(use, user, CERTIFICATE)
    assert world.store.read_now(users, CERTIFICATE) == [LISTENER, OTHER]
    world.store.write_now(release, LISTENER, CERTIFICATE)
    assert world.store.read_now(users, CERTIFICATE) == [OTHER]
    assert world.store.read_now(users, "arn:certificate/2") == []
