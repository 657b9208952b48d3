"""forecourt doctor: what works here, what does not, and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forecourt.cli import doctor

from .conftest import Running


def test_findings(alone: Running) -> None:
    findings = {each["name"]: each for each in alone.json("doctor")}
    assert set(findings) >= {"python", "ports", "loopback", "data", *doctor.TOOLS}
    assert findings["python"]["ok"]
    assert findings["data"]["ok"]
    assert all(each["text"] for each in findings.values())


def test_text_has_a_line_for_each(alone: Running) -> None:
    result = alone.run("doctor", env={"COLUMNS": "400"})
    assert result.exit_code == 0
    assert len(result.output.splitlines()) == len(alone.json("doctor"))


def test_a_missing_tool_says_how_to_get_it(alone: Running) -> None:
    findings = {each["name"]: each for each in alone.json("doctor", env={"PATH": "/nowhere"})}
    assert not findings["dig"]["ok"]
    assert "apt install" in findings["dig"]["text"]


def test_a_directory_that_does_not_exist_yet(tmp_path: Path) -> None:
    name, ok, text = doctor.directory(tmp_path / "not" / "yet")
    assert (name, ok) == ("data", True)
    assert str(tmp_path / "not" / "yet") in text
    assert not (tmp_path / "not").exists()


def test_a_directory_that_cannot_be_written() -> None:
    assert not doctor.directory(Path("/proc/1/nowhere"))[1]


def test_what_is_fatal_gives_exit_status_1() -> None:
    result = Running(Path("/proc/1/nowhere"), {}).run("doctor", "--json")
    assert result.exit_code == 1
    assert not {each["name"]: each["ok"] for each in json.loads(result.stdout)}["data"]


@pytest.mark.parametrize("name", ["[bold]", "[/x]"])
def test_names_in_brackets_are_shown(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir(parents=True)
    result = Running(tmp_path / name, {}).run("doctor", env={"COLUMNS": "400"})
    assert result.exit_code == 0
    assert name in result.output
