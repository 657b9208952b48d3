"""A real instance on a network of its own: asked by dig, killed in parts, ended, started again."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
WITHIN = 20.0  # seconds


def wait_until(condition: Callable[[], Any], seconds: float = WITHIN) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def forecourt(*words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "forecourt.cli", *words],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def tree(pid: int) -> dict[int, str]:
    """A process and its descendants, with their command lines."""
    found, parents = dict[int, str](), dict[int, int]()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if stat[0] != "Z":
                parents[int(entry.name)] = int(stat[1])
                found[int(entry.name)] = words
    ours = {pid} & found.keys()
    while more := {each for each, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return {each: found[each] for each in ours}


def lives(pid: int) -> bool:
    return pid in tree(pid)


@dataclass
class Instance:
    data: Path
    where: tuple[str, ...] = ("--bind", "127.62.0.1", "--network", "127.62.0.0/16")
    status: dict[str, Any] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)  # processes it ever had

    @property
    def pid(self) -> int:
        return int(self.status["pid"])

    def up(self, *words: str) -> None:
        said = forecourt(
            *("up", "--detach", "--testing", "--json", "--data", str(self.data)),
            *(*self.where, *words),
        )
        assert said.returncode == 0, said.stderr
        self.status = json.loads(said.stdout)
        self.processes()

    def down(self) -> None:
        said = forecourt("down", "--data", str(self.data))
        assert said.returncode == 0, said.stderr
        self.nothing_is_left(5.0)

    def processes(self) -> dict[int, str]:
        found = tree(self.pid)
        self.seen |= found.keys()
        return found

    def role(self, name: str) -> list[int]:
        pattern = re.compile(rf"forecourt\.roles {name} ")
        return sorted(pid for pid, words in self.processes().items() if pattern.search(words))

    def nothing_is_left(self, seconds: float) -> None:
        wait_until(lambda: not any(lives(pid) for pid in self.seen), seconds)

    def zone(self, name: str, text: str) -> None:
        """Make a zone hold some records; they are INSYNC on return."""
        words = ("zone", "import", name, "-", "--data", str(self.data))
        said = forecourt(*words, given="$TTL 60\n" + text)
        assert said.returncode == 0, said.stderr

    def dig(self, name: str, *words: str, server: str = "ns1") -> list[str]:
        at = next(each for each in self.status["listeners"] if each["name"] == server)
        said = subprocess.run(
            [
                "dig",
                f"@{at['address']}",
                "-p",
                str(at["port"]),
                name,
                "+short",
                "+time=1",
                "+tries=2",
            ]
            + list(words),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return said.stdout.split("\n")[:-1] if said.returncode == 0 else []

    def kill(self) -> None:
        for pid in self.seen:
            if lives(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    found = Instance(tmp_path / "data")
    found.up()
    yield found
    if lives(found.pid):
        found.processes()
    found.kill()


@pytest.fixture
def name() -> str:
    return f"z{secrets.token_hex(4)}.test"


def test_dig_over_udp_and_tcp_on_every_server(instance: Instance, name: str) -> None:
    long = " ".join(f'"{"x" * 200}"' for _ in range(10))
    instance.zone(name, f"www A 192.0.2.1\nbig TXT {long}\n*.w A 192.0.2.2\nc CNAME www\n")
    for server in ("ns1", "ns2", "ns3", "ns4"):
        for transport in ("+notcp", "+tcp"):
            assert instance.dig(f"www.{name}", transport, server=server) == ["192.0.2.1"]
    assert instance.dig(f"x.w.{name}") == ["192.0.2.2"]
    assert instance.dig(f"c.{name}") == [f"www.{name}.", "192.0.2.1"]
    assert len(instance.dig(f"big.{name}", "TXT")[0]) > 2000  # truncated, then over TCP
    assert not instance.dig(f"big.{name}", "TXT", "+ignore", "+noedns")
    instance.down()


def test_a_killed_dns_process_comes_back_with_the_newest_records(
    instance: Instance, name: str
) -> None:
    instance.zone(name, "www A 192.0.2.1\n")
    before = instance.role("dns")
    assert len(before) == 2
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    instance.zone(name, "www A 192.0.2.2\n")
    wait_until(lambda: len(instance.role("dns")) == 2)
    assert not set(before) & set(instance.role("dns"))
    wait_until(lambda: instance.dig(f"www.{name}") == ["192.0.2.2"])
    for n in range(3, 12):  # nobody answers what is older than INSYNC
        instance.zone(name, f"www A 192.0.2.{n}\n")
        assert {tuple(instance.dig(f"www.{name}")) for _ in range(6)} == {(f"192.0.2.{n}",)}
    instance.down()


@pytest.mark.parametrize("role", ["gateway", "streams", "control"])
def test_other_roles_come_back_too(instance: Instance, name: str, role: str) -> None:
    (pid,) = instance.role(role)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: instance.role(role) not in ([], [pid]))

    def works() -> bool:
        words = ("zone", "import", name, "-", "--data", str(instance.data))
        return forecourt(*words, given="www 60 A 192.0.2.1\n").returncode == 0

    wait_until(works)
    wait_until(lambda: instance.dig(f"www.{name}", "+tcp") == ["192.0.2.1"])
    instance.down()


def test_children_end_with_a_killed_supervisor(instance: Instance, name: str) -> None:
    instance.zone(name, "www A 192.0.2.1\n")
    os.kill(instance.pid, signal.SIGKILL)
    instance.nothing_is_left(10.0)
    assert forecourt("status", "--data", str(instance.data)).returncode == 3
    instance.up()
    assert instance.dig(f"www.{name}") == ["192.0.2.1"]
    instance.down()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_ten_seconds_and_leaves_nobody(instance: Instance, by: int) -> None:
    at = instance.status["listeners"][0]
    import socket

    with socket.create_connection((at["address"], at["port"]), 5):  # an idle client
        os.kill(instance.pid, by)
        instance.nothing_is_left(10.0)
    assert forecourt("status", "--data", str(instance.data)).returncode == 3


def test_a_restart_keeps_zones_keys_and_places(instance: Instance, name: str) -> None:
    instance.zone(name, "www A 192.0.2.1\n")
    before, env = instance.status, forecourt("env", "--data", str(instance.data)).stdout
    instance.down()
    instance.up()
    assert instance.status["listeners"] == before["listeners"]
    assert forecourt("env", "--data", str(instance.data)).stdout == env
    assert instance.dig(f"www.{name}") == ["192.0.2.1"]
    instance.down()


def test_a_second_beside_it_and_none_on_the_same_directory(
    instance: Instance, tmp_path: Path, name: str
) -> None:
    refused = forecourt("up", "--data", str(instance.data), *instance.where)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("forecourt: another instance runs on ")
    second = Instance(tmp_path / "second")  # even on the same addresses
    try:
        second.up()
        instance.zone(name, "www A 192.0.2.1\n")
        second.zone(name, "www A 192.0.2.2\n")
        assert instance.dig(f"www.{name}") == ["192.0.2.1"]
        assert second.dig(f"www.{name}") == ["192.0.2.2"]
        taken = {(each["address"], each["port"]) for each in instance.status["listeners"]}
        assert not taken & {(e["address"], e["port"]) for e in second.status["listeners"]}
        second.down()
        assert instance.dig(f"www.{name}") == ["192.0.2.1"]
    finally:
        second.kill()
    instance.down()


def test_dns_alone_on_the_same_data(instance: Instance, name: str) -> None:
    instance.zone(name, "www A 192.0.2.1\n")
    instance.down()
    instance.up("--roles", "dns")
    names = [each["name"] for each in instance.status["listeners"]]
    assert [each for each in names if each.startswith("ns")] == ["ns1", "ns2", "ns3", "ns4"]
    assert "api" not in names
    assert instance.dig(f"www.{name}", "+notcp") == ["192.0.2.1"]
    assert not instance.role("gateway")
    assert not instance.dig(f"www.{name}", "+tcp")
    instance.down()


def test_zones_go_out_and_in(instance: Instance, name: str) -> None:
    text = '@ MX 10 mail\nwww A 192.0.2.1\n*.w TXT "a;b" "c"\nsub NS ns.sub\nns.sub A 192.0.2.9\n'
    instance.zone(name, text)
    words = ("--data", str(instance.data))
    exported = forecourt("zone", "export", name, *words).stdout
    copy = f"copy-{name}"
    moved = exported.replace(name, copy)
    assert forecourt("zone", "import", copy, "-", *words, given=moved).returncode == 0
    again = forecourt("zone", "export", copy, *words).stdout

    def records(text: str) -> list[str]:
        lines = (line for line in text.splitlines() if " SOA " not in line)
        return sorted(line for line in lines if "awsdns" not in line)

    assert records(again) == records(moved)
    assert len(records(again)) > 5
    instance.down()
