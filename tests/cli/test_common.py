"""What every verb has: --help, --json, --data, and failing in one clear sentence."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from forecourt.cli import VERBS, cli
from forecourt.cli.common import listeners_table, root_credential
from forecourt.platform.identity import accounts

from .conftest import Running, forecourt

NEED_AN_INSTANCE = [
    ("status",),
    ("down",),
    ("env",),
    ("tour",),
    ("account", "list"),
    ("zone", "export", "example.com"),
]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_json(verb: str) -> None:
    result = CliRunner().invoke(cli, [verb, "--help"])
    assert result.exit_code == 0
    commands = re.findall(r"^  ([\w-]+)  ", result.output.partition("Commands:")[2], re.MULTILINE)
    for words in [[verb, each] for each in commands] or [[verb]]:
        said = CliRunner().invoke(cli, [*words, "--help"]).output
        assert "--json" in said
        assert "--data" in said or words == ["resolve", "uninstall"]  # which needs no instance


def test_the_program_lists_its_verbs() -> None:
    said = forecourt("--help")
    assert said.returncode == 0
    assert all(re.search(rf"^  {verb} ", said.stdout, re.MULTILINE) for verb in VERBS)
    assert forecourt("nonsense").returncode == 2


@pytest.mark.parametrize("words", NEED_AN_INSTANCE)
def test_where_nothing_runs(alone: Running, words: tuple[str, ...]) -> None:
    result = alone.run(*words)
    assert result.exit_code == 3
    assert result.output.count("\n") == 1
    assert str(alone.data) in result.output


def test_data_by_the_environment(up: Running) -> None:
    result = CliRunner().invoke(cli, ["status"], env={"FORECOURT_DATA": str(up.data)})
    assert result.exit_code == 0
    assert (
        CliRunner().invoke(cli, ["status"], env={"FORECOURT_DATA": "/nonexistent"}).exit_code == 3
    )


def test_a_store_that_is_none_is_said(tmp_path: Path, up: Running) -> None:
    for name in ("master.key", "run/config.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((up.data / name).read_bytes())
    (tmp_path / "store.db").write_bytes(b"garbage " * 1000)
    result = Running(tmp_path, {}).run("account", "list")
    assert result.exit_code == 1
    assert result.output.startswith(f"forecourt: {tmp_path / 'store.db'} cannot be opened: ")
    assert result.output.count("\n") == 1


def test_root_credential(up: Running) -> None:
    key = root_credential(up.data)
    assert (key.account, key.active) == (accounts.FIRST, True)
    with pytest.raises(SystemExit) as caught:
        root_credential(up.data, "999999999999")
    assert caught.value.code == 1


def test_listeners_table() -> None:
    listeners: list[dict[str, Any]] = [
        {"name": "ns1", "protocol": "dns", "address": "127.61.1.1", "port": 53}
    ]
    console = Console(file=io.StringIO(), width=80)
    console.print(listeners_table(listeners))
    assert isinstance(console.file, io.StringIO)
    assert re.search(r"ns1 +dns +127\.61\.1\.1 +53", console.file.getvalue())
