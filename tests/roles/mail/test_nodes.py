"""Two mail nodes on one store: what one does, who looks through the other is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import World
from tests.roles.mail.conftest import Names, Running
from tests.roles.mail.talking import Talk, message


@pytest.fixture
def other(world: World, tmp_path: Path, names: Names) -> Iterator[Running]:
    running = Running(world, tmp_path / "other", names)
    yield running
    running.close()


def test_who_waits_at_one_hears_of_the_other(mail: Running, other: Running) -> None:
    mail.person("alice@jpub.co.kr")
    with Talk(mail) as here, Talk(other) as there:
        here.ok("SELECT INBOX")
        here.send(b"x IDLE\r\n")
        assert here.line().startswith("+")
        assert there.append(message()).startswith("OK [APPENDUID")
        assert here.line() == "* 1 EXISTS"
        assert here.line() == "* 1 RECENT"
        there.ok("SELECT INBOX")
        there.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
        assert "\\Deleted" in here.line()
        there.ok("EXPUNGE")
        assert here.line() == "* 1 EXPUNGE"
        here.send(b"DONE\r\n")
        assert here.until("x")[-1].startswith("OK")
