"""Which accounts were given their default VPCs."""

from __future__ import annotations

from forecourt.platform.identity.accounts import FIRST
from forecourt.platform.network import defaults
from tests.harness import SECOND, World


def test_each_account_once(world: World) -> None:
    write, read = world.store.write_now, world.store.read_now
    write(defaults.forget)
    assert read(defaults.lacking) == [FIRST, SECOND]
    write(defaults.note, SECOND)
    write(defaults.note, SECOND)
    assert read(defaults.lacking) == [FIRST]
    write(defaults.note, FIRST)
    assert read(defaults.lacking) == []
    write(defaults.forget)
    assert read(defaults.lacking) == [FIRST, SECOND]
