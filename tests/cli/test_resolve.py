"""forecourt resolve: what each kind of system is told, and that it can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from forecourt.cli.resolve import DROP_IN, KEPT, PLAIN, RESOLVED, taken_back, uninstall, written

from .conftest import Running

WHERE = "127.53.0.2", 53
BEFORE = "nameserver 192.0.2.53\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / PLAIN).write_text(BEFORE)
    return tmp_path


def test_resolv_conf(root: Path) -> None:
    for _ in range(2):  # what is kept is what was there at first
        written(root, WHERE, [])
    assert (root / PLAIN).read_text().splitlines()[1:] == ["nameserver 127.53.0.2"]
    assert (root / KEPT).read_text() == BEFORE
    assert taken_back(root) == [root / PLAIN]
    assert (root / PLAIN).read_text() == BEFORE
    assert not (root / KEPT).exists()
    assert taken_back(root) == []


def test_resolv_conf_that_was_not_there(root: Path) -> None:
    (root / PLAIN).unlink()
    written(root, WHERE, [])
    assert taken_back(root) == [root / PLAIN]
    assert not (root / PLAIN).exists()


def test_resolv_conf_that_is_a_link(root: Path) -> None:
    target = root / "run" / "stub"
    target.parent.mkdir()
    (root / PLAIN).rename(target)
    (root / PLAIN).symlink_to(target)
    written(root, WHERE, [])
    assert not (root / PLAIN).is_symlink()
    assert target.read_text() == BEFORE
    taken_back(root)
    assert (root / PLAIN).readlink() == target


@pytest.mark.parametrize(
    ("domains", "said"), [([], "Domains=~."), (["test", "co.kr"], "Domains=~test ~co.kr")]
)
def test_systemd_resolved(root: Path, domains: list[str], said: str) -> None:
    (root / RESOLVED).mkdir(parents=True)
    written(root, ("127.53.0.2", 8053), domains)
    lines = (root / DROP_IN).read_text().splitlines()
    assert lines[1:] == ["[Resolve]", "DNS=127.53.0.2:8053", said]
    assert (root / PLAIN).read_text() == BEFORE
    assert taken_back(root) == [root / DROP_IN]
    assert not (root / DROP_IN).exists()


def test_macos(root: Path) -> None:
    other = root / "etc/resolver/corp"
    other.parent.mkdir()
    other.write_text("nameserver 192.0.2.1\n")
    written(root, ("127.53.0.2", 8053), ["test"], macos=True)
    lines = (root / "etc/resolver/test").read_text().splitlines()
    assert lines[1:] == ["nameserver 127.53.0.2", "port 8053"]
    assert taken_back(root) == [root / "etc/resolver/test"]
    assert other.exists()


@pytest.mark.parametrize(
    ("where", "domains", "macos", "said"),
    [
        (WHERE, ["test"], False, "leave --domain out"),
        (("127.53.0.2", 8053), [], False, "no ports"),
        (WHERE, [], True, "say --domain"),
    ],
)
def test_what_cannot_be_told(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    where: tuple[str, int],
    domains: list[str],
    macos: bool,
    said: str,
) -> None:
    with pytest.raises(SystemExit):
        written(root, where, domains, macos=macos)
    assert said in capsys.readouterr().err
    assert (root / PLAIN).read_text() == BEFORE


def test_by_the_command_line(up: Running, root: Path) -> None:
    (root / RESOLVED).mkdir(parents=True)
    result = up.run("resolve", "install", "--domain", "Test.", "--root", str(root))
    assert result.exit_code == 0, result.output
    assert "~test" in result.output
    assert "Domains=~test" in (root / DROP_IN).read_text()
    said = up.json("resolve", "install", "--domain", "co.kr", "--root", str(root))
    assert said["domains"] == ["co.kr"]
    runner = CliRunner()
    assert runner.invoke(uninstall, ["--root", str(root)]).exit_code == 0
    again = runner.invoke(uninstall, ["--root", str(root)])
    assert again.exit_code == 1
    assert "nothing was installed" in again.output


def test_what_others_wrote_is_left(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(root, WHERE, [])
    (root / PLAIN).write_text("nameserver 192.0.2.99\n")  # since
    assert taken_back(root) == []
    assert (root / PLAIN).read_text() == "nameserver 192.0.2.99\n"
    other = root / "etc/resolver/test"
    other.parent.mkdir()
    other.write_text(BEFORE)
    with pytest.raises(SystemExit):
        written(root, WHERE, ["test"], macos=True)
    assert "not ours" in capsys.readouterr().err
    assert other.read_text() == BEFORE


@pytest.mark.parametrize("domain", ["../x", ".", "a b", ""])
def test_what_is_no_domain(up: Running, root: Path, domain: str) -> None:
    result = up.run("resolve", "install", "--domain", domain, "--root", str(root))
    assert result.exit_code == 1
    assert "is not a domain" in result.output
