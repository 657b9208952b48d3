"""forecourt up: ready when it says so, or one sentence why not."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from .conftest import Running, forecourt, processes_of

SERVERS = [
    f"{name}{over}"
    for name in ("resolver", "ns1", "ns2", "ns3", "ns4")
    for over in ("", "-dot", "-doh")
]
REGISTRIES = ["root", "hosts", "tld", "registry-2", "registry-3", "registry-4"]
MAIL = ["smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s"]
OTHER = ["submission-2587", "submissions-2465"]
NAMES = ["api", "apis", "public", *MAIL, *OTHER, *SERVERS[:3], *REGISTRIES, *SERVERS[3:]]


def test_what_it_prints(up: Running) -> None:
    assert up.status["ready"]
    assert [each["name"] for each in up.status["listeners"]] == NAMES
    assert up.status["api"].startswith("http://127.61.0.1:")
    addresses = {each["address"] for each in up.status["listeners"] if each["protocol"] == "dns"}
    assert addresses == {
        *(f"127.61.0.{n}" for n in (2, *range(4, 10))),
        *(f"127.61.1.{n}" for n in (1, 2, 3, 4)),
    }


def test_it_is_ready_when_it_returns(up: Running) -> None:
    with urllib.request.urlopen(up.status["api"] + "/_forecourt/health", timeout=5) as answer:
        assert json.load(answer)["status"] == "ok"


def test_testing_lets_the_clock_be_moved(up: Running) -> None:
    request = urllib.request.Request(
        up.status["api"] + "/_forecourt/clock", b'{"seconds": 0}', method="POST"
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.status == 200


def test_a_second_on_the_same_directory_is_refused(up: Running) -> None:
    said = forecourt("up", "--detach", "--data", str(up.data))
    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr == (
        f"forecourt: another instance runs on {up.data}; stop it with"
        f" `forecourt down --data {up.data}`\n"
    )
    assert up.json("status")["pid"] == up.status["pid"]


def test_the_secret_is_in_no_log(up: Running) -> None:
    secret = up.json("env")["AWS_SECRET_ACCESS_KEY"]
    logs = list((up.data / "log").iterdir())
    assert logs
    assert all(secret not in path.read_text() for path in logs)


HERE, DETACHED = (), ("--detach",)


@pytest.mark.parametrize(
    ("detach", "words", "text"),
    [
        (HERE, ("--bind", "nowhere"), "--bind nowhere is not an IP address"),
        (HERE, ("--bind", "192.0.2.1"), "192.0.2.1 is not an address of this machine"),
        (DETACHED, ("--bind", "192.0.2.1"), "192.0.2.1 is not an address of this machine"),
        (HERE, ("--network", "127.0.0.0/30"), "--network 127.0.0.0/30 is too small"),
        (DETACHED, ("--roles", "mars"), "--roles mars: there is no such role"),
        (DETACHED, ("--store", "mysql://x"), "--store mysql://x"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    tmp_path: Path, detach: tuple[str, ...], words: tuple[str, ...], text: str
) -> None:
    data = tmp_path / "data"
    said = forecourt("up", *detach, *words, "--data", str(data))
    assert said.returncode == 1
    *before, last = said.stderr.splitlines()
    assert last.startswith(f"forecourt: {text}")
    assert all(line.startswith("{") for line in before)  # warnings, in the log's form
    assert not processes_of(data)
