"""Contents: small ones in rows, large ones on disk, and neither longer than somebody needs them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anyio
import pytest

from forecourt.platform.mail import contents
from forecourt.store.blobs import Blobs
from tests.harness import World

TEXT = (
    b"From: =?utf-8?q?J=C3=B6rg?= <j@b.test>\r\nTo: x@y.test\r\nSubject: Hello\r\n"
    b"Date: Thu, 01 Jan 1970 12:00:00 +0000\r\nMessage-ID: <1@b.test>\r\n\r\nHi\r\n"
)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "mail")


def test_what_is_searched_is_read_once(blobs: Blobs) -> None:
    made = contents.prepare(TEXT, blobs)
    assert made.data == TEXT and made.size == len(TEXT)
    assert made.sender == "jörg <j@b.test>" and made.subject == "hello"
    assert made.message_id == "<1@b.test>" and made.sent == 0
    assert made.envelope.startswith(b'("Thu, 01 Jan 1970')


def test_a_large_one_is_on_disk_before_its_row(blobs: Blobs) -> None:
    large = TEXT + b"x" * contents.IN_ROWS
    made = contents.prepare(large, blobs)
    assert made.data is None and contents.read(blobs, made.id) == large
    assert contents.read(blobs, made.id, 100) == large[:100]
    assert contents.prepare(large, None).data == large  # where rows take all


def test_the_start_of_a_content_can_be_read(world: World, blobs: Blobs) -> None:
    made = contents.prepare(TEXT, blobs)
    world.store.write_now(contents.insert, made)
    assert world.store.read_now(contents.start_of, made.id, 5) == TEXT[:5]
    assert world.store.read_now(contents.start_of, made.id, None) == TEXT
    assert world.store.read_now(contents.size_of, made.id) == len(TEXT)


def test_what_nobody_shows_goes_with_its_blob(world: World, blobs: Blobs) -> None:
    made = contents.prepare(TEXT + b"x" * contents.IN_ROWS, blobs)
    world.store.write_now(contents.insert, made)
    anyio.run(contents.clean, world.store, blobs, made.id)
    assert blobs.size(made.id)
    world.store.write_now(contents.release, [made.id])
    due: Any = world.store.read_now(
        lambda tx: tx.all("SELECT key FROM work WHERE kind = :kind", kind=contents.WORK)
    )
    assert due == [(made.id,)]
    anyio.run(contents.clean, world.store, blobs, made.id)
    with pytest.raises(KeyError):
        blobs.size(made.id)


def test_blobs_whose_rows_never_came_are_swept(world: World, blobs: Blobs, tmp_path: Path) -> None:
    large = TEXT + b"x" * contents.IN_ROWS
    kept, lost, fresh = (contents.prepare(large, blobs) for _ in range(3))
    world.store.write_now(contents.insert, kept)
    for each in (kept, lost):
        os.utime(tmp_path / "mail" / each.id[:2] / each.id, (0, 0))
    anyio.run(contents.sweep, world.store, blobs)
    assert blobs.size(kept.id) and blobs.size(fresh.id)
    with pytest.raises(KeyError):
        blobs.size(lost.id)


@pytest.mark.parametrize("zone", ["+0000", "-1100", "+1200"])
def test_a_message_was_sent_on_the_day_it_says(zone: str) -> None:
    """RFC 3501 §6.4.4: disregarding time and time zone."""
    data = f"Date: Wed, 25 Nov 2026 23:30:00 {zone}\r\n\r\n".encode()
    assert contents.prepare(data, None).sent == 20782
