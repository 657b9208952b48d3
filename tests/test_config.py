"""The configuration: read, checked, handed to children; every mistake in one sentence."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from forecourt.config import ROLES, BadConfig, Config, Dns, build, default_data, load, read


def test_defaults(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert config == Config(tmp_path)
    assert config.roles == ROLES
    assert config.addresses == IPv4Network("127.53.0.0/16")
    assert not config.testing


def test_the_file_adds_and_options_win(tmp_path: Path) -> None:
    (tmp_path / "forecourt.toml").write_text(
        'bind = "127.60.0.1"\nnetwork = "127.60.0.0/16"\n'
        '[dns]\nprocesses = 1\nexempt = ["10."]\n[gateway]\nthrottle = {route53 = 5}\n'
    )
    config = read(tmp_path, bind="127.61.0.1", network=None, roles=("dns",))
    assert (config.bind, config.network) == ("127.61.0.1", "127.60.0.0/16")
    assert config.roles == ("dns",)
    assert config.dns == Dns(processes=1, exempt=("10.",))
    assert config.gateway.throttle == {"route53": 5}


def test_what_a_child_loads_is_what_was_dumped(tmp_path: Path) -> None:
    config = build(
        {
            "data": tmp_path,
            "roles": ["dns", "control"],
            "testing": True,
            "dns": {"rate": 7, "exempt": ["10.", "::"]},
            "gateway": {"hosts": ["aws.test"], "throttle": {"route53": 2.5}},
        }
    )
    assert load(config.dump()) == config


def test_a_relative_directory_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(Path("here")).data == tmp_path / "here"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"bind": "localhost"}, "--bind localhost is not an IP address"),
        ({"network": "127.0.0.1/8"}, "--network 127.0.0.1/8 is not an IPv4 network"),
        ({"network": "::/64"}, "--network ::/64 is not an IPv4 network"),
        ({"network": "127.9.0.0/21"}, "--network 127.9.0.0/21 is too small"),
        ({"roles": ("dns", "mars")}, "--roles mars: there is no such role; there are gateway"),
    ],
)
def test_bad_options(tmp_path: Path, options: dict[str, Any], text: str) -> None:
    with pytest.raises(BadConfig) as caught:
        read(tmp_path, **options)
    assert str(caught.value).startswith(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "colour = 1",
        "[dns]\ncolour = 1",
        "[gateway]\ncolour = 1",
        "[dns]\nprocesses = 0",
        "[dns]\nprocesses = 65",
        '[dns]\nprocesses = "two"',
        "[dns]\nrate = -1",
        '[dns]\nrate = "much"',
        "dns = 3",
        "bind = 5",
        'roles = "dns"',
        "[dns",
        "\xff",
    ],
)
def test_bad_files(tmp_path: Path, text: str) -> None:
    (tmp_path / "forecourt.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadConfig) as caught:
        read(tmp_path)
    assert str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "forecourt.toml").mkdir()
    with pytest.raises(BadConfig, match=r"forecourt\.toml cannot be read"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({"FORECOURT_DATA": "/a", "XDG_DATA_HOME": "/b"}, "/a"),
        ({"XDG_DATA_HOME": "/b"}, "/b/forecourt"),
        ({"HOME": "/c"}, "/c/.local/share/forecourt"),
    ],
)
def test_the_default_directory(
    environment: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORECOURT_DATA", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_data() == Path(path)


@pytest.mark.parametrize(
    "text",
    [
        '[transfers]\nkeys = {"k." = "short"}',
        '[transfers]\nkeys = {"k." = 5}',
        '[dns]\nupstream = ["nonsense"]',
        '[dns]\nupstream = ["root", "192.0.2.53"]',
        '[transfers]\nnotify = ["nonsense"]',
        '[transfers]\nnotify = ["127.0.0.1:x"]',
        '[probes]\nregions = ["nowhere"]',
        "[probes]\nconnections = 0",
    ],
)
def test_transfers_and_probes_that_cannot_be(tmp_path: Path, text: str) -> None:
    (tmp_path / "forecourt.toml").write_text(text)
    with pytest.raises(BadConfig):
        read(tmp_path)


def test_secondaries(tmp_path: Path) -> None:
    text = '[transfers]\nnotify = ["127.0.0.1", "127.0.0.2:5353", "[::1]:54", "::1"]'
    (tmp_path / "forecourt.toml").write_text(text)
    assert load(read(tmp_path).dump()).transfers.secondaries == (
        ("127.0.0.1", 53), ("127.0.0.2", 5353), ("::1", 54), ("::1", 53)
    )  # fmt: skip
