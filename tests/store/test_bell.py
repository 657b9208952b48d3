"""Bells: a commit wakes those who wait."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from forecourt.store.bell import Bells, hush


@pytest.fixture
def bells(tmp_path: Path) -> Iterator[Bells]:
    bells = Bells(tmp_path / "bells")
    yield bells
    bells.close()


def rings(bell: socket.socket) -> bool:
    try:
        return bool(bell.recv(16, socket.MSG_PEEK))
    except BlockingIOError:
        return False


def test_everybody_hears(bells: Bells) -> None:
    with bells.listen("a") as first, bells.listen("b") as second:
        assert not rings(first)
        bells.ring()
        assert rings(first)
        assert rings(second)
        hush(first)
        assert not rings(first)
        assert rings(second)


def test_nobody_hears(bells: Bells) -> None:
    bells.ring()


def test_many_rings_do_not_block(bells: Bells) -> None:
    with bells.listen("deaf") as bell, bells.listen("awake") as other:
        for _ in range(5000):
            bells.ring()
            hush(other)
        assert rings(bell)
        hush(bell)
        assert not rings(bell)
        bells.ring()
        assert rings(bell)


def test_a_bell_left_behind_is_taken_away(bells: Bells, tmp_path: Path) -> None:
    bells.listen("dead").close()
    with bells.listen("alive") as bell:
        assert {path.name for path in (tmp_path / "bells").iterdir()} == {"all.dead", "all.alive"}
        bells.ring()
        assert rings(bell)
    assert {path.name for path in (tmp_path / "bells").iterdir()} == {"all.alive"}


def test_a_name_taken_again(bells: Bells) -> None:
    bells.listen("a").close()
    with bells.listen("a") as bell:
        bells.ring()
        assert rings(bell)


def test_other_processes_and_long_paths(tmp_path: Path) -> None:
    """Socket addresses hold 108 bytes; directories may be deeper."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    ours, theirs = Bells(deep), Bells(deep)
    with ours.listen("a") as bell:
        theirs.ring()
        assert rings(bell)
    ours.close()
    theirs.close()
