"""forecourt env: exports a shell takes, profiles AWS's tools take."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import botocore.session
import pytest

from .conftest import Running

NAMES = (
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
)


def caller(session: botocore.session.Session, **options: str) -> str:
    client = session.create_client("sts", **options)
    try:
        return str(client.get_caller_identity()["Arn"])
    finally:
        client.close()


def test_a_shell_takes_the_exports(up: Running) -> None:
    values = up.json("env")
    assert tuple(values) == NAMES
    script = up.run("env").output + 'printf "%s\\n" ' + " ".join(f'"${name}"' for name in NAMES)
    said = subprocess.run(
        ["sh", "-eu", "-c", script + ' "${AWS_PROFILE-none}"'],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "AWS_PROFILE": "other"},
    )
    assert said.stdout.splitlines() == [*values.values(), "none"]


def test_what_is_exported_works(up: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in up.json("env").items():
        monkeypatch.setenv(name, value)
    assert caller(botocore.session.Session()) == "arn:aws:iam::000000000000:root"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (*NAMES, "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_profile_works_and_spares_the_others(up: Running, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text("[other]\naws_access_key_id = AKIAOTHER\n")
    for _ in range(2):
        assert up.run("env", "--profile", "local").exit_code == 0
    secrets = home / ".aws" / "credentials"
    assert secrets.read_text().count("[local]") == 1
    assert "AKIAOTHER" in secrets.read_text()
    assert caller(botocore.session.Session(profile="local")) == "arn:aws:iam::000000000000:root"


def test_new_files_are_the_owners(up: Running, home: Path) -> None:
    assert up.json("env", "--profile", "local") == {"profile": "local"}
    assert stat.S_IMODE((home / ".aws" / "credentials").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["a]b", "a\nb", "["])
def test_names_no_file_can_hold(up: Running, home: Path, name: str) -> None:
    result = up.run("env", "--profile", name)
    assert result.exit_code == 1
    assert not (home / ".aws").exists()


def test_files_that_are_none_are_not_overwritten(up: Running, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("this is no ini file\n")
    result = up.run("env", "--profile", "local")
    assert result.exit_code == 1
    assert result.output.startswith("forecourt: ")
    assert (home / ".aws" / "config").read_text() == "this is no ini file\n"


def test_an_account_without_a_root(up: Running) -> None:
    result = up.run("env", "--account", "999999999999")
    assert result.exit_code == 1
    assert result.output == "forecourt: account 999999999999 has no root key\n"
