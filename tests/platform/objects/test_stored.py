"""Rows of objects, and the blobs that they are of."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from forecourt.platform.objects import stored
from forecourt.platform.objects.bodies import Stretch
from forecourt.platform.objects.stored import Object, Part
from forecourt.store.blobs import Blobs
from forecourt.store.tx import Tx
from tests.harness import World


def test_a_stretch_of_many_blobs(tmp_path: Path) -> None:
    blobs, chance = Blobs(tmp_path), random.Random(1)
    data = [chance.randbytes(size) for size in (10, 0, 300_000, 1, 5)]
    parts = tuple((blobs.put([each]), len(each)) for each in data)
    whole = b"".join(data)
    for _ in range(200):
        start = chance.randrange(len(whole))
        length = chance.randrange(len(whole) - start + 1)
        found = b"".join(stored.pieces(Stretch(parts, start, length), blobs))
        assert found == whole[start : start + length]


def test_a_blob_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        list(stored.pieces(Stretch((("0" * 32, 5),), 0, 5), Blobs(tmp_path)))


def waiting(tx: Tx) -> set[str]:
    return {key for (key,) in tx.all("SELECT key FROM work WHERE kind = :kind", kind=stored.WORK)}


def one(tx: Tx, blob: str) -> Object:
    made = Object("b", "k", 1, "e", tx.now, {"ContentType": "t"})
    stored.put(tx, made, [(blob, 1, "")])
    return made


def test_what_is_replaced_or_removed_is_let_go(world: World) -> None:
    def change(tx: Tx) -> None:
        one(tx, "a" * 32)
        assert stored.is_claimed(tx, "a" * 32)
        one(tx, "b" * 32)
        assert waiting(tx) >= {"a" * 32}
        assert not stored.is_needed(tx, "a" * 32)
        assert stored.remove(tx, "b", "k")
        assert not stored.remove(tx, "b", "k")
        assert waiting(tx) >= {"a" * 32, "b" * 32}

    world.store.write_now(change)


def test_parts_that_an_object_is_made_of_stay(world: World) -> None:
    def change(tx: Tx) -> None:
        id = stored.new_upload(tx, "b", "k", {}, {})
        for number, blob in ((1, "c"), (2, "d"), (1, "e")):
            stored.put_part(tx, id, Part(number, blob * 32, 1, "e", tx.now, {}))
        assert waiting(tx) >= {"c" * 32}
        kept = [part.blob for part in stored.parts(tx, id)]
        assert kept == ["e" * 32, "d" * 32]
        stored.remove_upload(tx, id, keep=kept[:1])
        assert stored.is_needed(tx, "e" * 32)
        assert not stored.is_needed(tx, "d" * 32)
        assert stored.upload(tx, "b", "k", id) is None

    world.store.write_now(change)


def test_buckets_are_found_by_all_and_listed_by_their_owner(world: World) -> None:
    def change(tx: Tx) -> None:
        made = stored.add_bucket(tx, "name", "us-east-1", {"a": "b"})
        assert stored.owner(tx, "name") == tx.call.account
        assert stored.owner(tx, "other") == ""
        stored.change_bucket(tx, made, settings={"Policy": "p"})
        found = stored.bucket(tx, "name")
        assert found is not None
        assert (found.tags, found.settings) == ({"a": "b"}, {"Policy": "p"})
        assert stored.is_empty(tx, "name")
        assert [each.name for each in stored.buckets(tx, tx.call.account, "", 10)] == ["name"]
        assert stored.buckets(tx, "999999999999", "", 10) == []
        stored.remove_bucket(tx, "name")

    world.store.write_now(change)
