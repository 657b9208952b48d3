"""Pieces of a message, until it is whole."""

from __future__ import annotations

from pathlib import Path

from forecourt.roles.mail import spool
from forecourt.roles.mail.spool import Spool


def test_pieces_become_one(tmp_path: Path) -> None:
    found = Spool(tmp_path)
    assert found.whole(b"alone") == b"alone"
    found.add(b"one ")
    found.add(b"x" * (spool.IN_MEMORY + 1))
    assert found.whole(b" end") == b"one " + b"x" * (spool.IN_MEMORY + 1) + b" end"
    assert found.whole(b"next") == b"next"


def test_what_is_dropped_is_gone(tmp_path: Path) -> None:
    found = Spool(tmp_path)
    found.add(b"x")
    found.drop()
    found.drop()
    assert found.whole(b"") == b"" and list(tmp_path.iterdir()) == []
