"""forecourt trust: the root in the stores of a file system, and out of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forecourt.cli.trust import DEBIAN, RED_HAT

from .conftest import Running


@pytest.mark.parametrize("store", [DEBIAN, RED_HAT])
def test_in_and_out(up: Running, tmp_path: Path, store: tuple[str, str, tuple[str, ...]]) -> None:
    root, file = ("--root", str(tmp_path)), tmp_path / store[0] / store[1]
    file.parent.mkdir(parents=True)

    def trusted() -> bool:
        (found,) = json.loads(up.run("trust", "status", *root, "--json").output)
        assert found["store"] == str(file)
        return bool(found["trusted"])

    assert not trusted()
    said = up.run("trust", "install", *root)
    assert said.exit_code == 0
    assert "REQUESTS_CA_BUNDLE" in said.output
    assert trusted()
    assert file.read_text() == up.run("trust", "export").output
    assert "trusts it" in up.run("trust", "status", *root).output
    assert json.loads(up.run("trust", "uninstall", *root, "--json").output) == [str(file)]
    assert not trusted()


def test_nowhere(up: Running, alone: Running, tmp_path: Path) -> None:
    assert up.run("trust", "install", "--root", str(tmp_path)).exit_code == 1
    assert alone.run("trust", "export").exit_code == 3
    assert json.loads(up.run("trust", "export", "--json").output)["certificate"].startswith(
        "-----BEGIN"
    )
