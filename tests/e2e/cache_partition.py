"""One zone is cut off, and writers hold against what is left what was acknowledged to them.

    unshare -n python -m tests.e2e.cache_partition FOLDER SECONDS

Everything is in the network namespace it is started in: an instance, two groups of three shards over three
zones, and writers of three kinds on the shard whose primary is cut off, who can reach both sides:

    default     what the engine answered
    wait        what WAIT says that a replica has
    sync        what a group with Durability sync answered

Prints how many were acknowledged and lost, of each kind, and for how long two took writes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import valkey
from valkey.exceptions import ValkeyError

from tests.e2e.starting import client_of, environment_of, running

NUMBER = 80
HOT = "{a}"  # a key's part that decides about its slot
KINDS = ("default", "wait", "sync")
WITHIN = 60.0  # seconds


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=10)


def prepare() -> None:
    """Let rules about addresses come before what is local, and make a way on which everything is lost."""
    ip("link", "set", "lo", "up")
    ip("rule", "add", "pref", "100", "lookup", "local")
    ip("rule", "del", "pref", "0")
    ip("link", "add", "void", "type", "veth", "peer", "name", "end")
    for device in ("end", "void"):
        ip("link", "set", device, "arp", "off", "up")
    for device in ("all", "void"):
        Path(f"/proc/sys/net/ipv4/conf/{device}/route_localnet").write_text("1")
    ip("route", "add", "default", "dev", "void", "table", "66")


@contextmanager
def partition(some: Iterable[str], others: Iterable[str]) -> Iterator[None]:
    """Nothing gets from the ones to the others, nor back."""
    pairs = [pair for a in some for b in others for pair in ((a, b), (b, a))]
    for verb in ("add", "del"):
        rules = [f"rule {verb} pref 10 from {a} to {b} lookup 66" for a, b in pairs]
        subprocess.run(["ip", "-batch", "-"], input="\n".join(rules), text=True, check=True)
        if verb == "add":
            yield


@dataclass
class Node:
    address: str
    shard: str
    zone: str
    role: str


@dataclass
class Writer:
    """Writes to a node until the end, and remembers what was acknowledged."""

    kind: str
    open: Callable[[], Any]
    acknowledged: dict[str, str] = field(default_factory=dict)
    last: float = 0.0  # when something was, by the monotonic clock
    first: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self, name: str) -> None:
        link = self.open()
        for at in count():
            if self.ended.is_set():
                break
            key, value = f"{HOT}{self.kind}:{name}:{at}", f"{name}{at}"
            try:
                link.set(key, value)
                good = self.kind != "wait" or link.wait(1, 200) >= 1
            except (ValkeyError, OSError):
                time.sleep(0.005)
                continue
            if good:
                self.acknowledged[key] = value
                self.last = time.monotonic()
                self.first = self.first or self.last
            time.sleep(0.001)
        link.close()


class Story:
    def __init__(self, instance: dict[str, Any], client: Any) -> None:
        self.instance, self.client = instance, client
        self.ca = f"{instance['data']}/tls/root.pem"

    def group(self, name: str) -> Any:
        said = self.client.describe_replication_groups(ReplicationGroupId=name)
        return said["ReplicationGroups"][0]

    def make(self, name: str, **members: Any) -> None:
        self.client.create_replication_group(
            ReplicationGroupId=name,
            ReplicationGroupDescription="d",
            CacheNodeType="cache.r7g.large",
            Engine="valkey",
            NumNodeGroups=3,
            ReplicasPerNodeGroup=2,
            MultiAZEnabled=True,
            AutomaticFailoverEnabled=True,
            **members,
        )
        self.until(partial(is_available, self, name))

    def until(self, condition: Callable[[], Any]) -> None:
        end = time.monotonic() + WITHIN
        while not condition():
            assert time.monotonic() < end, "that did not come about"
            time.sleep(0.05)

    def nodes(self, name: str) -> list[Node]:
        """The nodes of a group, as the command line tells them."""
        words = [sys.executable, "-m", "forecourt.cli", "cache", "list", "--json"]
        said = subprocess.run(
            [*words, "--data", self.instance["data"]], capture_output=True, text=True, check=True
        )
        return [
            Node(each["address"], each["shard"], each["zone"], each["role"])
            for each in json.loads(said.stdout)
            if each["cache"] == name
        ]

    def link(self, address: str, tls: bool) -> Any:
        options: dict[str, Any] = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}
        if tls:
            options |= {"ssl": True, "ssl_ca_certs": self.ca}
        return valkey.Valkey(address, 6379, decode_responses=True, **options)


def tell(story: Story, seconds: float) -> dict[str, Any]:
    story.make("plain")
    story.make("sync", TransitEncryptionEnabled=True, Durability="sync")
    nodes = {name: story.nodes(name) for name in ("plain", "sync")}
    homes = {}
    for name, tls in (("plain", False), ("sync", True)):
        link = story.link(nodes[name][0].address, tls)
        slot = link.execute_command("CLUSTER KEYSLOT", HOT)
        link.close()
        shards = story.group(name)["NodeGroups"]
        shard = next(each for each in shards if within(slot, each["Slots"]))["NodeGroupId"]
        homes[name] = [each for each in nodes[name] if each.shard == shard]
    old = {name: next(e for e in home if e.role == "primary") for name, home in homes.items()}
    assert len({each.zone for each in old.values()}) == 1
    zone = old["plain"].zone
    everybody = [each for found in nodes.values() for each in found]
    cut = [each.address for each in everybody if each.zone == zone]
    left = [each.address for each in everybody if each.zone != zone]
    writers: list[tuple[Writer, Node]] = []
    for kind in KINDS:
        name = "sync" if kind == "sync" else "plain"
        writers += [  # whoever of them is primary answers
            (Writer(kind, opener(story, node, kind == "sync")), node) for node in homes[name]
        ]
    threads = [
        threading.Thread(target=writer.run, args=(node.address,)) for writer, node in writers
    ]
    for thread in threads:
        thread.start()
    time.sleep(1.0)
    with partition(cut, left):
        time.sleep(seconds)
        told = {name: story.nodes(name) for name in ("plain", "sync")}
    healed = time.monotonic()
    for name, node in old.items():
        story.until(partial(is_replica, story, node, name == "sync"))
        story.until(partial(is_available, story, name))
    recovered = time.monotonic() - healed
    for writer, _ in writers:
        writer.ended.set()
    for thread in threads:
        thread.join()
    result: dict[str, Any] = {"recovered": round(recovered, 2), "kinds": {}}
    for kind in KINDS:
        name = "sync" if kind == "sync" else "plain"
        mine = [(writer, node) for writer, node in writers if writer.kind == kind]
        primary = next(
            e for e in story.nodes(name) if e.shard == homes[name][0].shard and e.role == "primary"
        )
        assert primary.address != old[name].address
        assert primary.address in [e.address for e in told[name] if e.role == "primary"]
        link = story.link(primary.address, kind == "sync")
        acknowledged: dict[str, str] = {}
        for writer, _ in mine:
            acknowledged |= writer.acknowledged
        lost = sum(link.get(key) != value for key, value in acknowledged.items())
        link.close()
        before = next(writer for writer, node in mine if node.address == old[name].address)
        after = next(writer for writer, node in mine if node.address == primary.address)
        result["kinds"][kind] = {
            "acknowledged": len(acknowledged),
            "lost": lost,
            "gap": round(after.first - before.last, 3),  # negative: both took writes for so long
        }
    return result


def opener(story: Story, node: Node, tls: bool) -> Callable[[], Any]:
    return lambda: story.link(node.address, tls)


def is_replica(story: Story, node: Node, tls: bool) -> bool:
    link = story.link(node.address, tls)
    try:
        return bool(link.info("replication")["role"] == "slave")
    except (ValkeyError, OSError):
        return False
    finally:
        link.close()


def is_available(story: Story, name: str) -> bool:
    return bool(story.group(name)["Status"] == "available")


def within(slot: int, text: str) -> bool:
    for part in text.split(","):
        first, _, last = part.partition("-")
        if int(first) <= slot <= int(last or first):
            return True
    return False


def main(folder: str, seconds: float) -> None:
    prepare()
    with (
        running(Path(folder) / "data", NUMBER, "--testing") as instance,
        client_of(environment_of(instance), "elasticache") as client,
    ):
        sys.stdout.write(json.dumps(tell(Story(instance, client), seconds)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
