"""What services put into buckets, and take out."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecourt.platform.objects import exporting, stored
from forecourt.platform.objects.exporting import NotThere
from forecourt.store.blobs import Blobs
from forecourt.store.tx import Tx
from tests.harness import World


def test_into_a_bucket_and_out(world: World, tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    body = exporting.write(blobs, (b"one", b"two"))

    def change(tx: Tx) -> None:
        stored.add_bucket(tx, "mine", "us-east-1", {})
        exporting.keep(tx, exporting.bucket_of(tx, "mine"), "a/b", body, "text/x")
        found = stored.find(tx, "mine", "a/b")
        assert found is not None
        assert (found.size, found.headers) == (6, {"ContentType": "text/x"})
        stretch = exporting.object_of(tx, "arn:aws:s3:::mine/a/b")
        assert b"".join(stored.pieces(stretch, blobs)) == b"onetwo"
        for arn in ("arn:aws:s3:::mine/c", "arn:aws:s3:::mine", "arn:aws:s3:::other/a", "mine/a/b"):
            with pytest.raises(NotThere):
                exporting.object_of(tx, arn)

    world.store.write_now(change)


def test_buckets_of_others(world: World) -> None:
    def change(tx: Tx) -> None:
        stored.add_bucket(tx, "theirs", "us-east-1", {})
        tx.run("UPDATE s3_bucket SET account = '999999999999'")
        with pytest.raises(NotThere):
            exporting.bucket_of(tx, "theirs")

    world.store.write_now(change)


def test_nothing_is_left_of_what_breaks(tmp_path: Path) -> None:
    def broken() -> object:
        yield b"x"
        raise OSError

    with pytest.raises(OSError):
        exporting.write(Blobs(tmp_path), broken())  # type: ignore[arg-type]
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]
