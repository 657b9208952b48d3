"""Sealed secrets open with the same key, for the same purpose, unharmed; else not."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecourt.store.seal import Seal
from tests.harness import FIRST_KEY, World

KEY, PURPOSE = bytes(range(32)), "access key A"


@pytest.mark.parametrize("secret", [b"", b"s", b"secret" * 1000])
def test_there_and_back(secret: bytes) -> None:
    sealed = Seal(KEY).close(secret, PURPOSE)
    assert Seal(KEY).open(sealed, PURPOSE) == secret
    assert len(secret) < 2 or secret not in sealed


def test_never_the_same_twice() -> None:
    seal = Seal(KEY)
    assert len({seal.close(b"secret", PURPOSE) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("key", "purpose"), [(bytes(32), PURPOSE), (KEY, "access key B"), (KEY, "")]
)
def test_another_key_or_purpose(key: bytes, purpose: str) -> None:
    sealed = Seal(KEY).close(b"secret", PURPOSE)
    with pytest.raises(ValueError, match=f"^{purpose} was sealed with another master key"):
        Seal(key).open(sealed, purpose)


@pytest.mark.parametrize("at", [0, 11, 12, 17, 33])
def test_harmed(at: int) -> None:
    sealed = bytearray(Seal(KEY).close(b"secret", PURPOSE))
    sealed[at] ^= 1
    with pytest.raises(ValueError, match="master key"):
        Seal(KEY).open(bytes(sealed), PURPOSE)


@pytest.mark.parametrize("length", [0, 5, 12, 20, 33])
def test_cut_short(length: int) -> None:
    sealed = Seal(KEY).close(b"secret", PURPOSE)
    with pytest.raises(ValueError):
        Seal(KEY).open(sealed[:length], PURPOSE)


def test_no_secret_lies_open_in_the_store(world: World, store_url: str) -> None:
    if store_url != "sqlite":
        pytest.skip("the files are the database's own")
    (row,) = world.store.read_now(lambda tx: tx.all("PRAGMA database_list"))
    files = list(Path(row[2]).parent.glob("store.db*"))
    everything = b"".join(path.read_bytes() for path in files)
    assert FIRST_KEY[0].encode() in everything
    assert FIRST_KEY[1].encode() not in everything
