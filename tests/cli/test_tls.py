"""forecourt tls: a server of the instance's, told to people and to programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forecourt.cli.tls import split

from .conftest import Running


def test_our_own_api(up: Running) -> None:
    apis = next(e for e in up.status["listeners"] if e["name"] == "apis")
    place = f"{apis['address']}:{apis['port']}"
    said = up.run("tls", "localhost", "--connect", place, "--json")
    assert said.exit_code == 0, said.output
    steps = {each["name"]: each for each in json.loads(said.output)}
    assert "it holds" in steps["Revocation"]["told"][0]  # asked of the public side
    assert "Forecourt local root" in " ".join(steps["Certificate"]["told"])
    wrong = up.run("tls", "example.com", "--connect", place)
    assert wrong.exit_code == 1
    assert "not for example.com" in " ".join(wrong.output.split())  # lines are wrapped


def test_lesson_and_mistakes(up: Running, tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("nothing")
    said = up.run("tls", "localhost:1", "--ca", str(tmp_path / "none.pem"))
    assert "holds no certificates" in said.output
    assert "KEY_VALUES_MISMATCH" in up.run("tls", "--lesson").output
    assert up.run("tls").exit_code == 2
    assert up.run("tls", "localhost:1").exit_code == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [("a", ("a", 443)), ("a:1", ("a", 1)), ("[::1]:5", ("::1", 5)), ("::1", ("::1", 443))],
)
def test_servers(text: str, found: tuple[str, int]) -> None:
    assert split(text, 443) == found
