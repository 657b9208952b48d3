"""Two nodes on one PostgreSQL: what one is told both answer; either may be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import dns.message
import dns.query
import pytest

from forecourt.store.opening import open_store
from forecourt.store.store import Store
from tests import postgres

pytestmark = pytest.mark.e2e

FORECOURT = [sys.executable, "-m", "forecourt.cli"]
CREDENTIAL = ("AKIAQAAAAAAATWONODES", "two-nodes-secret")


class Node:
    """A whole instance of its own, on a network of its own."""

    def __init__(self, folder: Path, url: str, key: Path, number: int) -> None:
        self._words = [
            *FORECOURT, "up", "--json", "--data", str(folder), "--store", url,
            "--master-key", str(key), "--bind", f"127.{number}.0.1",
            "--network", f"127.{number}.0.0/16",
        ]  # fmt: skip
        self.folder = folder
        self.start()

    def start(self) -> None:
        environment = {**os.environ, "FORECOURT_ROOT_CREDENTIALS": ":".join(CREDENTIAL)}
        self.process = subprocess.Popen(
            self._words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        status = self.folder / "run/status.json"
        within(30, lambda: status.exists() and self._pid(status) == self.process.pid)
        self.status: dict[str, Any] = json.loads(status.read_text())
        self.route53 = boto3.session.Session().client(
            "route53",
            region_name="us-east-1",
            endpoint_url=self.status["api"],
            aws_access_key_id=CREDENTIAL[0],
            aws_secret_access_key=CREDENTIAL[1],
        )

    def _pid(self, status: Path) -> int:
        return int(json.loads(status.read_text())["pid"])

    def put(self, zone: str, name: str, value: str) -> str:
        rrset = {"Name": name, "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": rrset}]}
        info = self.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
        return str(info["ChangeInfo"]["Id"])

    def in_sync(self, change: str) -> bool:
        return bool(self.route53.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC")

    def ask(self, name: str) -> list[str]:
        at = next(each for each in self.status["listeners"] if each["name"] == "ns1")
        query = dns.message.make_query(name, "A")
        answer = dns.query.udp(query, at["address"], port=at["port"], timeout=5)
        return [rdata.to_text() for rrset in answer.answer for rdata in rrset]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        self.route53.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


def within(seconds: float, condition: Callable[[], object]) -> float:
    """Wait for a condition; the seconds it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "it did not come about in time"
        time.sleep(0.02)
    return time.monotonic() - start


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[list[Node]]:
    folder = tmp_path_factory.mktemp("nodes")
    key = folder / "master.key"
    key.write_bytes(os.urandom(32))
    found = [Node(folder / name, database, key, n) for name, n in (("one", 65), ("two", 66))]
    yield found
    for node in found:
        node.stop()


@pytest.fixture(scope="module")
def zone(nodes: list[Node]) -> str:
    made = nodes[0].route53.create_hosted_zone(Name="nodes.example.com", CallerReference="1")
    return str(made["HostedZone"]["Id"])


def test_insync_means_both_nodes_answer(nodes: list[Node], zone: str) -> None:
    for at in range(20):
        change = nodes[at % 2].put(zone, f"h{at}.nodes.example.com", f"192.0.2.{at}")
        within(5, lambda change=change, at=at: nodes[1 - at % 2].in_sync(change))  # type: ignore[misc]
        for node in nodes:
            assert node.ask(f"h{at}.nodes.example.com") == [f"192.0.2.{at}"]


def test_a_killed_node_is_done_without_and_comes_back(nodes: list[Node], zone: str) -> None:
    one, two = nodes
    acknowledged = [one.put(zone, "before.nodes.example.com", "192.0.2.100")]
    one.kill()
    acknowledged.append(two.put(zone, "after.nodes.example.com", "192.0.2.101"))
    for change in acknowledged:
        within(10, lambda change=change: two.in_sync(change))  # type: ignore[misc]
    assert two.ask("before.nodes.example.com") == ["192.0.2.100"]
    one.start()
    for name, value in (("before", "192.0.2.100"), ("after", "192.0.2.101")):
        assert one.ask(f"{name}.nodes.example.com") == [value]


def test_work_of_a_killed_node_is_taken_over(nodes: list[Node], database: str) -> None:
    """An item leased by a worker that is gone is done by another node within 10 seconds."""
    store: Store = open_store(nodes[1].folder, database, bytes(32))
    try:
        nodes[0].kill()
        store.write_now(lambda tx: tx.enqueue("housekeeping", "feed"))
        within(10, lambda: store.read_now(finished, "feed"))
    finally:
        store.close()
        nodes[0].start()


def finished(tx: Any, key: str) -> bool:
    """Whether housekeeping is done with a key for now: due again in minutes, held by nobody."""
    row = tx.one("SELECT due, owner FROM work WHERE kind = 'housekeeping' AND key = :key", key=key)
    return row is not None and row[0] > time.time() + 60 and row[1] is None


def test_many_writers_on_both_nodes_lose_nothing(nodes: list[Node], zone: str) -> None:
    changes = [
        nodes[at % 2].put(zone, f"w{at}.nodes.example.com", f"198.51.100.{at}") for at in range(60)
    ]
    for change in changes:
        within(5, lambda change=change: nodes[0].in_sync(change))  # type: ignore[misc]
    for at in range(60):
        for node in nodes:
            assert node.ask(f"w{at}.nodes.example.com") == [f"198.51.100.{at}"]
