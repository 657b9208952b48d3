"""Log lines: JSON for machines, text for people, on standard error."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest

from forecourt.processes import logs


@pytest.fixture(autouse=True)
def _own_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_for_machines(capfd: pytest.CaptureFixture[str]) -> None:
    logs.start("dns-0")
    logging.getLogger("a.b").info('said "%s"\n', "ä", extra={"request_id": "r1"})
    (line,) = capfd.readouterr().err.splitlines()
    said = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said.pop("time"))
    assert said == {
        "level": "info",
        "process": "dns-0",
        "logger": "a.b",
        "message": 'said "ä"\n',
        "request_id": "r1",
    }


def test_an_exception_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    logs.start("dns-0")
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("a").exception("it failed")
    (line,) = capfd.readouterr().err.splitlines()
    assert json.loads(line)["exception"].endswith("ValueError: why")
    assert "request_id" not in json.loads(line)


def test_a_line_for_people(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECOURT_LOG", "human")
    logs.start("dns-0")
    logging.getLogger("a").warning("hello")
    assert re.fullmatch(r"\d\d:\d\d:\d\d dns-0\s+WARNING hello\n", capfd.readouterr().err)


@pytest.mark.parametrize(
    ("name", "level", "shown"),
    [("a", logging.INFO, True), ("a", logging.DEBUG, False), ("uvicorn", logging.INFO, False)],
)
def test_what_is_shown(
    name: str, level: int, shown: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.start("dns-0")
    logging.getLogger(name).log(level, "hello")
    assert bool(capfd.readouterr().err) is shown


def test_starting_again_does_not_double_lines(capfd: pytest.CaptureFixture[str]) -> None:
    logs.start("one")
    logs.start("two")
    logging.getLogger("a").error("hello")
    (line,) = capfd.readouterr().err.splitlines()
    assert json.loads(line)["process"] == "two"
