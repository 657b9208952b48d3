"""forecourt status: the contract scripts use, and a table for people."""

from __future__ import annotations

import json

from .conftest import Running


def test_json(up: Running) -> None:
    status = up.json("status")
    assert status == up.status
    assert set(status) >= {"ready", "api", "listeners"}
    for listener in status["listeners"]:
        assert set(listener) == {"name", "protocol", "address", "port"}


def test_text(up: Running) -> None:
    result = up.run("status")
    assert result.exit_code == 0
    assert up.status["api"] in result.output
    for listener in up.status["listeners"]:
        assert any(
            line.split() == [str(value) for value in listener.values()]
            for line in result.output.splitlines()
        )


def test_nothing_runs(alone: Running) -> None:
    result = alone.run("status", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout) == {"ready": False, "api": "", "listeners": []}
    assert alone.run("status").output == f"No instance runs on {alone.data}.\n"
