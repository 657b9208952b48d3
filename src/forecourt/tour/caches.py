"""A cache: a miss, a hit, a value that went stale, one that was pushed out; then its primary is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valkey import Valkey

from forecourt.planes.cache.runner import Local
from forecourt.tour.routing import wait_for

if TYPE_CHECKING:
    from forecourt.tour import Guide

TITLE = "Caches: results kept near, and a node that fails"
SMALL = "cache.t3.micro"
LARGE = 100_000  # bytes of a value


def chapter(guide: Guide) -> None:
    elasticache = guide.client("elasticache")
    name, made = guide.unique(), False
    try:
        with guide.step("Make a cache: a primary and a replica in two zones") as step:
            elasticache.create_replication_group(
                ReplicationGroupId=name, ReplicationGroupDescription="The tour's",
                Engine="valkey", CacheNodeType=SMALL, NumCacheClusters=2,
                AutomaticFailoverEnabled=True, MultiAZEnabled=True,
            )  # fmt: skip
            made = True
            group = wait_for(lambda: available(elasticache, name))
            step.evidence = "\n".join(
                f"{each['CacheClusterId']} in {each['PreferredAvailabilityZone']}: {each['CurrentRole']}"
                for each in group["NodeGroups"][0]["NodeGroupMembers"]
            )
        with guide.step("A miss, and then a hit") as step:
            step.evidence = miss_and_hit(guide, name)
        with guide.step("A value that is too old, and one that was pushed out") as step:
            step.evidence = stale_and_evicted(guide, name)
        with guide.step("The primary's process is killed: a replica takes its place") as step:
            step.evidence = lose_primary(guide, elasticache, name)
    finally:
        if made:
            elasticache.delete_replication_group(ReplicationGroupId=name)


def available(elasticache: Any, name: str) -> Any:
    (found,) = elasticache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
    return found if found["Status"] == "available" else None


def miss_and_hit(guide: Guide, name: str) -> str:
    """The same question twice: worked out, and remembered."""
    lines = []
    with client_of(guide, name) as cache:
        for _ in range(2):
            started = time.perf_counter()
            found = cache.get("answer")
            if found is None:
                time.sleep(0.05)  # the slow work that is remembered
                cache.set("answer", "42", ex=60)
            told = "a hit" if found else "a miss: worked out and kept"
            lines.append(f"{told}, {(time.perf_counter() - started) * 1000:.1f} ms")
        info: Any = cache.info("stats")
    lines.append(f"hits {info['keyspace_hits']}, misses {info['keyspace_misses']}")
    return "\n".join(lines)


def stale_and_evicted(guide: Guide, name: str) -> str:
    with client_of(guide, name) as cache:
        cache.set("price", "9.90", px=30)
        before = cache.get("price")
        wait_for(lambda: cache.get("price") is None)
        memory: Any = cache.info("memory")
        for at in range(2 * memory["maxmemory"] // LARGE):
            cache.set(f"page:{at}", b"x" * LARGE, ex=600)
        stats: Any = cache.info("stats")
    return (
        f"a price of {before} is not told after its 30 ms\n"
        f"{stats['evicted_keys']} pages were pushed out, the least used first:"
        f" the node has {memory['maxmemory'] // 1024**2} MiB"
    )


def lose_primary(guide: Guide, elasticache: Any, name: str) -> str:
    before = primary_of(guide, name)
    engine = Local(Path(guide.instance["data"]) / "caches").adopt(before["id"])
    if engine is None:
        raise RuntimeError("the primary's process is not here")
    engine.send(signal.SIGKILL)
    engine.close()
    wait_for(lambda: primary_of(guide, name)["id"] != before["id"])
    wait_for(lambda: available(elasticache, name))
    (failover,) = said(guide, "timeline", name)
    return "\n".join(f"{e['seconds'] * 1000:8.1f} ms  {e['name']}" for e in failover["steps"])


def primary_of(guide: Guide, name: str) -> dict[str, Any]:
    return next(e for e in said(guide, "list") if e["cache"] == name and e["role"] == "primary")


def said(guide: Guide, *words: str) -> Any:
    """What `forecourt cache` says."""
    command = [sys.executable, "-m", "forecourt.cli", "cache", *words, "--json"]
    done = subprocess.run(
        [*command, "--data", guide.instance["data"]],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return json.loads(done.stdout)


def client_of(guide: Guide, name: str) -> Valkey:
    """A client of the primary, at its address: this machine may not resolve our names."""
    node = primary_of(guide, name)
    return Valkey(host=node["address"], port=node["port"], decode_responses=True, socket_timeout=10)
