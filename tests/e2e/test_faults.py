"""What goes wrong around an instance: disks, directories, databases.  One sentence, nothing lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.e2e.test_instance import forecourt, lives, tree, wait_until
from tests.store.databases import Server

pytestmark = pytest.mark.e2e

ROOT = os.geteuid() == 0
CREDENTIAL = ("AKIAQAAAAAAAAFAULTSA", "faults-secret")
FORECOURT = (sys.executable, "-m", "forecourt.cli")
UPSERTS = 200
STATUS = re.compile(r"^{\n.*?^}$", re.MULTILINE | re.DOTALL)
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=40)


class Instance:
    """In the foreground, so that what it says and how it ends is ours to see."""

    def __init__(self, data: Path, network: int, *words: str, before: tuple[str, ...] = ()) -> None:
        self.data, self.log = data, data.with_suffix(".log")
        self._words = (
            *before, *FORECOURT, "up", "--json", "--data", str(data), *words,
            "--bind", f"127.{network}.0.1", "--network", f"127.{network}.0.0/16",
        )  # fmt: skip
        self.seen: set[int] = set()

    def start(self) -> None:
        environment = os.environ | {"FORECOURT_ROOT_CREDENTIALS": ":".join(CREDENTIAL)}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self._words, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(lambda: self.process.poll() is not None or self._ready(), 40)
        assert self.process.poll() is None, self.log.read_text()
        self.seen |= tree(self.process.pid).keys()
        self.route53 = boto3.session.Session().client(
            "route53",
            region_name="us-east-1",
            endpoint_url=self.status["api"],
            aws_access_key_id=CREDENTIAL[0],
            aws_secret_access_key=CREDENTIAL[1],
            config=ONCE,
        )

    def _ready(self) -> bool:
        """Its status as it printed it: its data may be where we cannot look."""
        found = STATUS.findall(self.log.read_text())
        if not found:
            return False
        self.status: dict[str, Any] = json.loads(found[-1])
        return int(self.status["pid"]) in tree(self.process.pid)

    def zone(self) -> str:
        made = self.route53.create_hosted_zone(Name="faults.example", CallerReference="1")
        return str(made["HostedZone"]["Id"])

    def put(self, zone: str, name: str, value: str = "10.0.0.1") -> str:
        rrset = {
            "Name": name,
            "Type": "TXT",
            "TTL": 1,
            "ResourceRecords": [{"Value": f'"{value}"'}],
        }
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": rrset}]}
        made = self.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
        return str(made["ChangeInfo"]["Id"])

    def in_sync(self, change: str) -> bool:
        return bool(self.route53.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC")

    def dig(self, name: str) -> str:
        at = next(each for each in self.status["listeners"] if each["name"] == "ns1")
        command = [
            "dig",
            f"@{at['address']}",
            "-p",
            str(at["port"]),
            name,
            "TXT",
            "+short",
            "+tries=2",
        ]
        said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return said.stdout.replace('"', "").strip()

    def stop(self) -> None:
        if hasattr(self, "route53"):
            self.route53.close()
        if self.process.poll() is None:
            self.seen |= tree(self.process.pid).keys()
            self.process.terminate()
            self.process.wait(30)
        wait_until(lambda: not any(lives(pid) for pid in self.seen), 20)

    def clear(self) -> None:
        """What a failed test left."""
        if hasattr(self, "process") and self.process.poll() is None:
            self.seen |= tree(self.process.pid).keys()
            for pid in self.seen:
                if lives(pid):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait(10)

    def said(self) -> str:
        text = self.log.read_text()
        assert "Traceback" not in text
        return text


def one_sentence(said: subprocess.CompletedProcess[str]) -> str:
    """How `up` was refused: the last line, with no traceback above it."""
    assert said.returncode == 1, said.stdout + said.stderr
    assert "Traceback" not in said.stderr
    last = said.stderr.splitlines()[-1]
    assert last.startswith("forecourt: ")
    return last.removeprefix("forecourt: ")


def refusals(instance: Instance, zone: str) -> tuple[set[str], str]:
    """Write until it is refused; what was acknowledged, and the refusal's code."""
    taken: set[str] = set()
    for number in range(20_000):
        name = f"n{number}.faults.example"
        try:
            instance.put(zone, name, "x" * 250)
        except ClientError as refusal:
            return taken, str(refusal.response["Error"]["Code"])
        taken.add(name)
    raise AssertionError("it was never refused")


@pytest.mark.skipif(not ROOT, reason="only root mounts a small disk of its own (unshare -m)")
@pytest.mark.skipif(not shutil.which("unshare"), reason="there is no unshare here")
def test_a_full_disk(tmp_path: Path) -> None:
    """Calls are refused while it is full; what was answered is kept; room again, and all goes on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size=6m tmpfs "{disk}" && exec "$@"'
    before = ("unshare", "-m", "--propagation", "private", "sh", "-c", mount, "sh")
    instance = Instance(disk / "data", 74, before=before)
    instance.log = tmp_path / "log"
    try:
        instance.start()
        zone = instance.zone()
        change = instance.put(zone, "first.faults.example", "first")
        wait_until(lambda: instance.in_sync(change))
        inside = Path(f"/proc/{instance.process.pid}/root") / str(disk).lstrip("/")
        filler = inside / "filler"
        fill(filler)
        taken, code = refusals(instance, zone)
        assert code == "ServiceUnavailable"
        assert instance.dig("first.faults.example") == "first"  # names are answered all the while
        filler.unlink()
        wait_until(lambda: puts(instance, zone, "after.faults.example"))
        change = instance.put(zone, "last.faults.example", "last")
        wait_until(lambda: instance.in_sync(change))
        assert instance.dig("last.faults.example") == "last"
        for name in sorted(taken)[:20]:
            assert instance.dig(name) == "x" * 250
        assert taken <= names(instance, zone)
        instance.said()
        instance.stop()
    finally:
        instance.clear()


def fill(path: Path) -> None:
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def puts(instance: Instance, zone: str, name: str) -> bool:
    try:
        instance.put(zone, name)
    except (ClientError, BotoCoreError):
        return False
    return True


def names(instance: Instance, zone: str) -> set[str]:
    pages = instance.route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    return {each["Name"].rstrip(".") for page in pages for each in page["ResourceRecordSets"]}


@pytest.mark.skipif(not ROOT, reason="only root mounts a directory read-only (unshare -m)")
def test_a_read_only_data_directory(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    mount = f'mount --bind "{data}" "{data}" && mount -o remount,ro,bind "{data}" && exec "$@"'
    command = ("unshare", "-m", "--propagation", "private", "sh", "-c", mount, "sh", *FORECOURT)
    where = ("--bind", "127.74.0.1", "--network", "127.74.0.0/16", "--data", str(data))
    said = subprocess.run(
        [*command, "up", *where], capture_output=True, text=True, timeout=60, check=False
    )
    text = one_sentence(said)
    assert str(data) in text
    assert "Read-only file system" in text
    assert list(data.iterdir()) == []


def test_two_on_one_data_directory(tmp_path: Path) -> None:
    instance = Instance(tmp_path / "data", 74)
    try:
        instance.start()
        zone = instance.zone()
        other = forecourt("up", "--data", str(instance.data), "--bind", "127.75.0.1", "--network",
                          "127.75.0.0/16")  # fmt: skip
        assert one_sentence(other).startswith(f"another instance runs on {instance.data}")
        change = instance.put(zone, "a.faults.example", "still")
        wait_until(lambda: instance.in_sync(change))
        assert instance.dig("a.faults.example") == "still"
        instance.said()
        instance.stop()
    finally:
        instance.clear()


def test_a_data_directory_of_a_newer_version(tmp_path: Path) -> None:
    instance = Instance(tmp_path / "data", 74)
    try:
        instance.start()
        instance.stop()
        with closing(sqlite3.connect(instance.data / "store.db", isolation_level=None)) as raw:
            raw.execute("UPDATE alembic_version SET version_num = '9999'")
        before = (instance.data / "store.db").read_bytes()
        for words in ((), ("--detach",)):
            said = forecourt("up", *words, "--data", str(instance.data), "--bind", "127.74.0.1",
                             "--network", "127.74.0.0/16")  # fmt: skip
            assert "was written by a newer Forecourt (schema 9999" in one_sentence(said)
        said = forecourt("backup", str(tmp_path / "b"), "--data", str(instance.data))
        assert "newer Forecourt" in one_sentence(said)
        assert (instance.data / "store.db").read_bytes() == before
    finally:
        instance.clear()


@pytest.mark.parametrize(
    "torn", [b"", bytes(2000), os.urandom(5000)], ids=["cut", "zeros", "noise"]
)
def test_a_torn_last_page(tmp_path: Path, torn: bytes) -> None:
    """Power that fails in the middle of a write leaves a part of a page, and no answer was given."""
    instance = Instance(tmp_path / "data", 74)
    try:
        instance.start()
        zone = instance.zone()
        taken = [f"n{number}.faults.example" for number in range(20)]
        for name in taken:
            instance.put(zone, name, name)
        for pid in reversed(tree(instance.process.pid)):
            os.kill(pid, signal.SIGKILL)
        instance.process.wait(10)
        wait_until(lambda: not any(lives(pid) for pid in instance.seen), 20)
        log = instance.data / "store.db-wal"
        with open(log, "ab") as file:
            file.write(torn or log.read_bytes()[32 : 32 + 2000])  # of a page that was there before
        instance.start()
        assert {*taken} <= names(instance, zone)
        for name in taken:
            assert instance.dig(name) == name
        change = instance.put(zone, "last.faults.example", "last")
        wait_until(lambda: instance.in_sync(change))
        instance.said()
        instance.stop()
    finally:
        instance.clear()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def test_the_database_goes_and_comes_back(tmp_path: Path, server: Server) -> None:
    """Refused meanwhile, and soon; names are answered; afterwards nothing has to be done."""
    instance = Instance(tmp_path / "data", 74, "--store", server.database())
    try:
        instance.start()
        zone = instance.zone()
        taken = [f"n{number}.faults.example" for number in range(20)]
        for name in taken:
            change = instance.put(zone, name, name)
        wait_until(lambda: instance.in_sync(change))
        server.kill()
        try:
            for _ in range(3):
                asked = time.monotonic()
                with pytest.raises(ClientError) as refused:
                    instance.put(zone, "meanwhile.faults.example")
                assert refused.value.response["Error"]["Code"] == "ServiceUnavailable"
                assert time.monotonic() - asked < 10
            assert instance.dig(taken[0]) == taken[0]
            said = forecourt("status", "--data", str(instance.data))
            assert said.returncode == 0
        finally:
            server.start()
        wait_until(lambda: puts(instance, zone, "after.faults.example"))
        change = instance.put(zone, "last.faults.example", "last")
        wait_until(lambda: instance.in_sync(change))
        for name in taken:
            assert instance.dig(name) == name
        assert instance.dig("last.faults.example") == "last"
        assert {*taken, "after.faults.example"} <= names(instance, zone)
        instance.said()
        instance.stop()
    finally:
        instance.clear()


def test_a_start_without_its_database(tmp_path: Path, server: Server) -> None:
    url = server.database()
    server.kill()
    said = forecourt("up", "--data", str(tmp_path / "data"), "--store", url, "--bind",
                     "127.74.0.1", "--network", "127.74.0.0/16")  # fmt: skip
    assert one_sentence(said).startswith("the database ")


def test_a_backup_under_load_restores_all_that_was_answered(tmp_path: Path) -> None:
    """Every record that was answered before the backup began is answered by what it restores."""
    instance, stop = Instance(tmp_path / "data", 74), threading.Event()
    taken: list[str] = []
    restored = Instance(tmp_path / "restored", 75)
    try:
        instance.start()
        zone = instance.zone()

        def write() -> None:
            number = 0
            while not stop.is_set():
                name = f"n{number}.faults.example"
                instance.put(zone, name, name)
                taken.append(name)
                number += 1

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        try:
            wait_until(lambda: len(taken) >= UPSERTS, 60)
            before = taken[:]
            said = forecourt("backup", str(tmp_path / "b"), "--data", str(instance.data))
            assert said.returncode == 0, said.stderr
            during = len(taken) - len(before)
        finally:
            stop.set()
            writer.join(20)
        assert during > 0
        instance.said()
        instance.stop()
        said = forecourt("restore", str(tmp_path / "b"), "--data", str(restored.data))
        assert said.returncode == 0, said.stderr
        restored.start()
        for name in before:
            assert restored.dig(name) == name
        assert set(before) <= names(restored, zone)
        change = restored.put(zone, "new.faults.example", "new")
        wait_until(lambda: restored.in_sync(change))
        assert restored.dig("new.faults.example") == "new"
        restored.said()
        restored.stop()
    finally:
        instance.clear()
        restored.clear()
