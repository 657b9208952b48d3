"""A cache's endpoint against the same engine started by hand, and what keeping many nodes costs.

python -m bench.cache            operations a second, ours : by hand; over TLS; CPU of 30 idle nodes
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import valkey

from forecourt.planes.cache import engines
from forecourt.planes.cache.runner import Local, Process
from tests.e2e.starting import client_of, environment_of, running

NUMBER = 76
SMALL = "cache.t3.micro"
PIPE, ROUNDS = 100, 5
BY_HAND = f"127.{NUMBER}.250.1"


def rate(client: Any, seconds: float) -> float:
    """SETs and GETs a second, PIPE at a time."""
    done, end = 0, time.perf_counter() + seconds
    started = time.perf_counter()
    while time.perf_counter() < end:
        pipe = client.pipeline(transaction=False)
        for at in range(PIPE // 2):
            pipe.set(f"k{at}", "x" * 100)
            pipe.get(f"k{at}")
        pipe.execute()
        done += PIPE
    return done / (time.perf_counter() - started)


@contextlib.contextmanager
def by_hand(folder: Path) -> Iterator[Process]:
    engine = next(each for each in engines.installed() if each.name == "valkey")
    conf = f'bind {BY_HAND}\nport 6379\nsave ""\nprotected-mode no\n'
    process = Local(folder).start("hand", engine.program, ["hand.conf"], {"hand.conf": conf})
    time.sleep(0.3)
    yield process
    subprocess.run(["kill", "-9", str(process.pid)], check=False)


def ticks(pid: int) -> float:
    """CPU seconds of a process."""
    said = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")


def roles_of(supervisor: int) -> dict[str, int]:
    said = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(supervisor)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = (line.split() for line in said.splitlines() if "forecourt.roles" in line)
    return {words[words.index("forecourt.roles") + 1]: int(words[0]) for words in found}


def until_available(client: Any, name: str) -> Any:
    while True:
        (found,) = client.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
        if found["Status"] == "available":
            return found
        time.sleep(0.05)


def make(client: Any, name: str, **members: Any) -> Any:
    client.create_replication_group(
        ReplicationGroupId=name, ReplicationGroupDescription="d", CacheNodeType=SMALL,
        Engine="valkey", **members,
    )  # fmt: skip
    return until_available(client, name)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=2.0)
    seconds = options.parse_args().seconds
    folder = Path(tempfile.mkdtemp())
    with (
        running(folder / "data", NUMBER, "--testing") as instance,
        client_of(environment_of(instance), "elasticache") as client,
        by_hand(folder),
    ):
        make(client, "plain", NumCacheClusters=1)
        make(client, "sealed", NumCacheClusters=1, TransitEncryptionEnabled=True)
        plain, sealed = (address(instance, name) for name in ("plain", "sealed"))
        clients = {
            "by hand": valkey.Valkey(host=BY_HAND),
            "plain": valkey.Valkey(host=plain),
            "TLS": valkey.Valkey(
                host=sealed, ssl=True, ssl_ca_certs=str(folder / "data/tls/root.pem")
            ),
        }
        rates: dict[str, list[float]] = {name: [] for name in clients}
        for _ in range(ROUNDS):
            for name, each in clients.items():
                rates[name].append(rate(each, seconds))
        hand = statistics.median(rates["by hand"])
        for name, found in rates.items():
            middle = statistics.median(found)
            print(f"{name:<8} {middle:>10,.0f} operations/s   {middle / hand:.3f} of by hand")
        make(client, "many", NumNodeGroups=10, ReplicasPerNodeGroup=2)
        pids = roles_of(instance["pid"])
        time.sleep(5)
        before = {name: ticks(pid) for name, pid in pids.items()}
        started = time.monotonic()
        time.sleep(20)
        spent = time.monotonic() - started
        used = {name: (ticks(pid) - before[name]) / spent for name, pid in pids.items()}
        told = ", ".join(f"{name} {part:.1%}" for name, part in sorted(used.items()))
        print(f"32 nodes idle: {sum(used.values()):.1%} of a core for Forecourt ({told})")


def address(instance: dict[str, Any], name: str) -> str:
    from forecourt.cli.common import open_here
    from forecourt.platform.names import registry
    from forecourt.services.elasticache import nodes
    from forecourt.services.elasticache.reconcile import place_of

    store = open_here(Path(instance["data"]))
    try:
        known, network = store.read_now(lambda tx: (nodes.everybodys(tx), registry.network(tx)))
    finally:
        store.close()
    place = next(each.place for each in known if each.owner.endswith(f":{name}"))
    return place_of(str(network.network_address), place)


if __name__ == "__main__":
    main()
