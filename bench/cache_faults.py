"""Random faults in a row against two groups that are written to: killed and stopped engines, a killed keeper,
replicas that come and go meanwhile, and zones that are cut off.

python -m bench.cache_faults --rounds 50 --seed 1
unshare -n python -m bench.cache_faults --rounds 50 --seed 1 --partitions

After each both groups are `available` again, all slots are served, each shard has one primary, and the API's
roles are the engines'.  Writes are acknowledged by one engine (the default) or by one replica too (WAIT 1); how
many of the acknowledged ones are gone is counted apart.  All the while every node is asked whether it takes writes:
for how long two of a shard did is told.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sqlite3
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import valkey
from botocore.exceptions import ClientError
from valkey.cluster import ClusterNode, ValkeyCluster

from bench.cache import roles_of, until_available
from forecourt.planes.cache.runner import Local
from tests.e2e.cache_partition import partition, prepare
from tests.e2e.starting import client_of, environment_of, running

NUMBER = 77
SMALL = "cache.t3.micro"
KEYS = 2000
ACROSS = 40.0  # seconds within which all is well again


@dataclass
class Writer(threading.Thread):
    """Writes numbers that grow, and remembers what was acknowledged."""

    addresses: list[str]
    clustered: bool
    wait: bool
    acknowledged: dict[str, int] = field(default_factory=dict)
    writes: int = 0
    failed: int = 0
    stop: bool = False
    lost: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)  # held while it writes
    primary: str = ""

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def connect(self) -> Any:
        if self.clustered:
            nodes = [ClusterNode(each, 6379) for each in self.addresses]  # type: ignore[no-untyped-call]
            return ValkeyCluster(startup_nodes=nodes, socket_timeout=0.5)
        return valkey.Valkey(host=self.primary, socket_timeout=0.5)

    def run(self) -> None:
        client, at = None, 0
        while not self.stop:
            key = f"{'w' if self.wait else 'n'}:{at % KEYS}"
            try:
                with self.turn:
                    client = client or self.connect()
                    client.set(key, at)
                    if self.wait and client.wait(1, 300) < 1:
                        raise TimeoutError("no replica has it")
                    self.acknowledged[key] = at
                    self.writes += 1
            except Exception:  # noqa: BLE001  whatever went wrong: it was not acknowledged
                self.failed += 1
                client = None
                time.sleep(0.02)
            at += 1

    def count_lost(self) -> None:
        """How many keys are older than what was acknowledged last, while nobody writes."""
        with self.turn:
            reader = self.connect()
            for key, value in self.acknowledged.items():
                found = int(read(reader, key) or -1)
                self.lost += found < value
                self.acknowledged[key] = found


def read(reader: Any, key: str) -> Any:
    """A value, from an engine that may have been started a moment ago."""
    for _ in range(50):
        try:
            return reader.get(key)
        except valkey.exceptions.ClusterDownError:
            time.sleep(0.1)
    return reader.get(key)


class Groups:
    def __init__(self, instance: dict[str, Any], client: Any) -> None:
        self.instance, self.client = instance, client
        self.data = Path(instance["data"])
        self.runner = Local(self.data / "caches")

    def rows(self, name: str) -> list[dict[str, Any]]:
        store = sqlite3.connect(f"file:{self.data}/store.db?mode=ro", uri=True)
        store.row_factory = sqlite3.Row
        found = store.execute(
            "SELECT * FROM cache_node WHERE owner LIKE ? ORDER BY shard, cluster", (f"%:{name}",)
        ).fetchall()
        store.close()
        return [dict(each) for each in found]

    def address(self, row: dict[str, Any]) -> str:
        return f"127.{NUMBER}.{row['place'] // 256}.{row['place'] % 256}"

    def signal(self, row: dict[str, Any], number: signal.Signals) -> None:
        if (running := self.runner.adopt(row["id"])) is not None:
            running.send(number)
            running.close()

    def wrong(self, name: str) -> str:
        """What is not as the API says; empty where all is."""
        (group,) = self.client.describe_replication_groups(ReplicationGroupId=name)[
            "ReplicationGroups"
        ]
        if group["Status"] != "available":
            return f"{name} is {group['Status']}"
        slots: set[int] = set()
        for row in self.rows(name):
            try:
                with valkey.Valkey(host=self.address(row), socket_timeout=1) as node:
                    role: Any = node.info("replication")["role"]
                    if {"master": "primary", "slave": "replica"}[role] != row["role"]:
                        return f"{row['cluster']} is {role}, the API says {row['role']}"
                    if group["ClusterEnabled"] and role == "master":
                        said: Any = node.cluster("nodes")
                        mine = next(e for e in said.values() if "myself" in e["flags"])
                        slots |= {
                            s
                            for part in mine["slots"]
                            for s in range(int(part[0]), int(part[-1]) + 1)
                        }
            except (valkey.ValkeyError, OSError) as error:
                return f"{row['cluster']}: {error}"
        if group["ClusterEnabled"] and len(slots) != 16384:
            return f"{name} serves {len(slots)} slots"
        return ""


class Watch(threading.Thread):
    """Asks all nodes again and again who takes writes."""

    def __init__(self, groups: Groups) -> None:
        super().__init__(daemon=True)
        self._groups = groups
        self._links: dict[str, valkey.Valkey] = {}
        self._since: dict[str, float] = {}  # when two of a shard began to
        self.longest = 0.0  # seconds
        self.looks = 0

    def run(self) -> None:
        while True:
            for name in ("wide", "flat"):
                rows = self._groups.rows(name)
                for shard in {row["shard"] for row in rows}:
                    self._look(f"{name} {shard}", [r for r in rows if r["shard"] == shard], name)
            self.looks += 1
            time.sleep(0.01)

    def _look(self, key: str, rows: list[dict[str, Any]], name: str) -> None:
        taking = sum(self._takes(self._groups.address(row), name == "wide") for row in rows)
        now = time.monotonic()
        if taking < 2:
            self._since.pop(key, None)
        else:
            self.longest = max(self.longest, now - self._since.setdefault(key, now))

    def _takes(self, address: str, clustered: bool) -> bool:
        link: Any = self._links.setdefault(address, valkey.Valkey(address, socket_timeout=0.1))
        try:
            if link.info("replication")["role"] != "master":
                return False
            if not clustered:
                return True
            mine = next(e for e in link.cluster("nodes").values() if "myself" in e["flags"])
            return bool(mine["slots"]) and link.cluster("info")["cluster_state"] == "ok"
        except (valkey.ValkeyError, OSError):
            return False


def fault(groups: Groups, chance: random.Random, partitions: bool) -> str:
    name = chance.choice(("wide", "flat"))
    rows = groups.rows(name)
    row = chance.choice([each for each in rows if each["role"] == "primary"] or rows)
    kinds = ["kill", "kill", "stop", "keeper", "both", "replica", "test", "scale", "scale and kill"]
    kind = chance.choice([*kinds, *(["cut", "cut", "cut"] if partitions else [])])
    if kind == "cut":
        everybody = [*groups.rows("wide"), *groups.rows("flat")]
        inside = [groups.address(e) for e in everybody if e["zone"] == row["zone"]]
        outside = [groups.address(e) for e in everybody if e["zone"] != row["zone"]]
        with partition(inside, outside):
            time.sleep(chance.uniform(1.0, 6.0))
        return f"cut {row['zone']}"
    with contextlib.suppress(ClientError):  # it is not available, or has as many
        if kind in ("kill", "both", "scale and kill"):
            groups.signal(row, signal.SIGKILL)
        if kind == "stop":
            groups.signal(row, signal.SIGSTOP)
        keeper = roles_of(groups.instance["pid"]).get("cache")
        if kind in ("keeper", "both") and keeper is not None:
            os.kill(keeper, signal.SIGKILL)
        if kind == "replica":
            groups.signal(chance.choice(rows), signal.SIGKILL)
        if kind == "test":
            groups.client.test_failover(ReplicationGroupId=name, NodeGroupId=row["shard"])
        if kind.startswith("scale"):
            now = len([each for each in rows if each["shard"] == row["shard"]]) - 1
            change = (
                groups.client.increase_replica_count
                if now < 2
                else groups.client.decrease_replica_count
            )
            change(ReplicationGroupId=name, NewReplicaCount=3 - now, ApplyImmediately=True)
    return f"{kind} {row['cluster']}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=50)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--partitions", action="store_true")
    given = options.parse_args()
    if given.partitions:
        prepare()
    chance, slowest = random.Random(given.seed), 0.0
    with (
        running(Path(tempfile.mkdtemp()) / "data", NUMBER) as instance,
        client_of(environment_of(instance), "elasticache") as client,
    ):
        groups = Groups(instance, client)
        for name, members in (
            ("wide", {"NumNodeGroups": 3, "ReplicasPerNodeGroup": 1}),
            ("flat", {"NumCacheClusters": 3, "AutomaticFailoverEnabled": True}),
        ):
            client.create_replication_group(
                ReplicationGroupId=name, ReplicationGroupDescription="d", CacheNodeType=SMALL,
                Engine="valkey", **members,
            )  # fmt: skip
            until_available(client, name)
        addresses = [groups.address(row) for row in groups.rows("wide")]
        writers = [
            Writer(addresses, True, False),
            Writer([], False, False),
            Writer([], False, True),
        ]

        def point() -> None:
            for row in groups.rows("flat"):
                if row["role"] == "primary":
                    for writer in writers[1:]:
                        writer.primary = groups.address(row)

        point()
        watch = Watch(groups)
        watch.start()
        for writer in writers:
            writer.start()
        for at in range(given.rounds):
            time.sleep(chance.uniform(0.1, 1.0))
            what, started = fault(groups, chance, given.partitions), time.monotonic()
            wrong = "not looked"
            while wrong:
                time.sleep(0.1)
                point()
                try:
                    wrong = groups.wrong("wide") or groups.wrong("flat")
                except ClientError as error:
                    wrong = str(error)
                if wrong and time.monotonic() - started > ACROSS:
                    raise SystemExit(f"after {what}: {wrong}")
            before = [writer.lost for writer in writers]
            for writer in writers:
                writer.count_lost()
            gone = [writer.lost - then for writer, then in zip(writers, before, strict=True)]
            slowest = max(slowest, time.monotonic() - started)
            print(
                f"{at + 1:>3}  {what:<28} well again after {time.monotonic() - started:5.2f} s"
                f"{f', lost {gone}' if any(gone) else ''}",
                flush=True,
            )
        for writer in writers:
            writer.stop = True
            writer.join(5)
        for writer, told in zip(writers, ("shards", "no shards", "no shards, WAIT 1"), strict=True):
            print(
                f"{told:<18} {writer.writes:>9,} acknowledged, {writer.failed} failed, {writer.lost} lost"
            )
        print(f"slowest {slowest:.1f} s")
        print(f"two of a shard took writes for at most {watch.longest:.2f} s ({watch.looks} looks)")


if __name__ == "__main__":
    main()
