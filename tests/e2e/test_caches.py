"""Caches by their names, with other people's clients; and what writers see when nodes fail."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
import valkey

from forecourt.planes.cache.runner import state
from tests.e2e.starting import FORECOURT, client_of, environment_of, listeners, running

NUMBER = 74
CLIENTS = Path(__file__).parents[2] / ".venv-e2e/bin/python"
SCRIPT = Path(__file__).with_name("cache_clients.py")
SMALL = "cache.t3.micro"
WITHIN = 30.0  # seconds


def may_mount() -> bool:
    done = subprocess.run(
        ["unshare", "-m", "mount", "--bind", "/etc/hosts", "/etc/hosts"],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not may_mount(), reason="names can be resolved our way with a mount namespace alone"
    ),
]


@dataclass
class Caches:
    instance: dict[str, Any]
    client: Any
    hosts: Path

    def among_clients(self, words: list[str], **options: Any) -> list[str]:
        """A command that resolves names by the instance's resolver."""
        mount = f'mount --bind {self.hosts} /etc/resolv.conf && exec "$@"'
        return ["unshare", "-m", "sh", "-c", mount, "sh", *words]

    def run(self, story: str, **arguments: Any) -> Any:
        words = [str(CLIENTS), str(SCRIPT), story, json.dumps(arguments)]
        done = subprocess.run(
            self.among_clients(words), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    def start(self, story: str, **arguments: Any) -> subprocess.Popen[str]:
        words = [str(CLIENTS), str(SCRIPT), story, json.dumps(arguments)]
        process = subprocess.Popen(
            self.among_clients(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        stdout: IO[str] | None = process.stdout
        assert stdout is not None and stdout.readline() == "started\n"
        return process

    def wait(self, condition: Callable[[], Any]) -> Any:
        end = time.monotonic() + WITHIN
        while not (found := condition()):
            assert time.monotonic() < end, "that did not come about"
            time.sleep(0.05)
        return found

    def group(self, name: str) -> Any:
        (found,) = self.client.describe_replication_groups(ReplicationGroupId=name)[
            "ReplicationGroups"
        ]
        return found

    def available(self, name: str) -> Any:
        return self.wait(lambda: (g := self.group(name))["Status"] == "available" and g)

    def make(self, name: str, **members: Any) -> Any:
        self.client.create_replication_group(
            ReplicationGroupId=name, ReplicationGroupDescription="d", CacheNodeType=SMALL,
            Engine="valkey", **members,
        )  # fmt: skip
        return self.available(name)

    def addresses(self, name: str) -> dict[str, str]:
        """Where the nodes of a group are."""
        words = [*FORECOURT, "cache", "list", "--json", "--data", self.instance["data"]]
        said = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout
        return {e["cluster"]: e["address"] for e in json.loads(said) if e["cache"] == name}

    def primary(self, name: str, shard: str = "0001") -> tuple[str, int]:
        """The primary of a shard, and its process."""
        store = sqlite3.connect(f"file:{self.instance['data']}/store.db?mode=ro", uri=True)
        (row,) = store.execute(
            "SELECT id, cluster FROM cache_node WHERE owner LIKE ? AND shard = ? AND role = 'primary'",
            (f"%:{name}", shard),
        ).fetchall()
        store.close()
        said = Path(self.instance["data"]) / "caches" / row[0] / "process.json"
        return row[1], int(json.loads(said.read_text())["pid"])


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caches]:
    folder = tmp_path_factory.mktemp("caches")
    with running(folder / "data", NUMBER) as instance:
        hosts = folder / "resolv.conf"
        hosts.write_text(f"nameserver {listeners(instance)['resolver'][0]}\n")
        with client_of(environment_of(instance), "elasticache") as client:
            yield Caches(instance, client, hosts)


@pytest.fixture(scope="module")
def wide(caches: Caches) -> Any:
    """Two shards of three nodes over three zones."""
    started = time.monotonic()
    found = caches.make("wide", NumNodeGroups=2, ReplicasPerNodeGroup=2)
    assert time.monotonic() - started < 10
    return found


@pytest.fixture(scope="module")
def flat(caches: Caches) -> Any:
    """A primary with two replicas."""
    return caches.make(
        "flat", NumCacheClusters=3, AutomaticFailoverEnabled=True, MultiAZEnabled=True
    )


@pytest.fixture(scope="module")
def mem(caches: Caches) -> Any:
    if shutil.which("memcached") is None:
        pytest.skip("memcached is not installed")
    caches.client.create_cache_cluster(
        CacheClusterId="mem",
        Engine="memcached",
        NumCacheNodes=3,
        CacheNodeType=SMALL,
        AZMode="cross-az",
    )

    def found() -> Any:
        (one,) = caches.client.describe_cache_clusters(
            CacheClusterId="mem", ShowCacheNodeInfo=True
        )["CacheClusters"]
        return one["CacheClusterStatus"] == "available" and one

    return caches.wait(found)


def test_cluster_clients_find_every_node_by_the_configuration_endpoint(
    caches: Caches, wide: Any
) -> None:
    for shard in wide["NodeGroups"]:
        assert len({e["PreferredAvailabilityZone"] for e in shard["NodeGroupMembers"]}) == 3
    host = wide["ConfigurationEndpoint"]["Address"]
    assert len(caches.run("valkey_cluster", host=host)["nodes"]) == 6
    for library in ("valkey_cluster", "redis_cluster", "glide_cluster"):
        assert caches.run(library, host=host)["good"] == 200


@pytest.mark.skipif(shutil.which("redis-cli") is None, reason="redis-cli is not installed")
def test_redis_cli_follows_redirections(caches: Caches, wide: Any) -> None:
    host = wide["ConfigurationEndpoint"]["Address"]
    for at in range(20):
        for words in (["SET", f"cli:{at}", "x"], ["GET", f"cli:{at}"]):
            command = caches.among_clients(["redis-cli", "-c", "-h", host, *words])
            said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
            assert said.stdout.strip() in ("OK", "x")


def test_a_primary_takes_writes_and_readers_have_them(caches: Caches, flat: Any) -> None:
    (shard,) = flat["NodeGroups"]
    found = caches.run(
        "primary_and_reader",
        primary=shard["PrimaryEndpoint"]["Address"],
        reader=shard["ReaderEndpoint"]["Address"],
    )
    assert found["valkey"] == found["redis"] == "1"
    assert found["valkey roles"] == found["redis roles"] == ["master", "slave"]


def test_memcached_is_discovered(caches: Caches, mem: Any) -> None:
    found = caches.run("memcached", endpoint=mem["ConfigurationEndpoint"]["Address"])
    assert found == {"good": 200, "nodes": 3, "through": 100_000}


@pytest.mark.skipif(shutil.which("memcached") is None, reason="memcached is not installed")
def test_memcached_over_tls_is_discovered(caches: Caches) -> None:
    caches.client.create_cache_cluster(
        CacheClusterId="memtls", Engine="memcached", NumCacheNodes=2, CacheNodeType=SMALL,
        TransitEncryptionEnabled=True,
    )  # fmt: skip

    def found() -> Any:
        (one,) = caches.client.describe_cache_clusters(CacheClusterId="memtls")["CacheClusters"]
        return one["CacheClusterStatus"] == "available" and one

    made = caches.wait(found)
    assert made["TransitEncryptionMode"] == "required"
    ca = f"{caches.instance['data']}/tls/root.pem"
    endpoint = made["ConfigurationEndpoint"]["Address"]
    assert caches.run("memcached_tls", endpoint=endpoint, ca=ca) == {"good": 200, "nodes": 2}
    caches.client.delete_cache_cluster(CacheClusterId="memtls")


def test_django_keeps_its_cache_in_each(caches: Caches, flat: Any, wide: Any, mem: Any) -> None:
    found = caches.run(
        "django",
        primary=flat["NodeGroups"][0]["PrimaryEndpoint"]["Address"],
        cluster=wide["ConfigurationEndpoint"]["Address"],
        nodes=[each["Endpoint"]["Address"] for each in mem["CacheNodes"]],
    )
    assert found == {"default": {"hello": "default"}, "memcached": {"hello": "memcached"}}


def test_clients_that_want_tls_have_it(caches: Caches) -> None:
    token = "a-token-of-16-characters-or-more"
    found = caches.make(
        "sealed", NumNodeGroups=2, ReplicasPerNodeGroup=1, TransitEncryptionEnabled=True, AuthToken=token,
        MultiAZEnabled=True,
    )  # fmt: skip
    host = found["ConfigurationEndpoint"]["Address"]
    secure = {
        "host": host, "password": token, "ssl": True,
        "ssl_ca_certs": f"{caches.instance['data']}/tls/root.pem",
    }  # fmt: skip
    for library, durability in (("valkey_cluster", "sync"), ("redis_cluster", "disabled")):
        caches.client.modify_replication_group(
            ReplicationGroupId="sealed", Durability=durability, ApplyImmediately=True
        )
        assert caches.available("sealed")["EffectiveDurability"] == durability
        assert caches.run(library, **secure)["good"] == 200
    caches.client.delete_replication_group(ReplicationGroupId="sealed")


def test_a_serverless_cache_is_one_endpoint_that_moves(caches: Caches) -> None:
    def cache(name: str) -> Any:
        (found,) = caches.client.describe_serverless_caches(ServerlessCacheName=name)[
            "ServerlessCaches"
        ]
        return found["Status"] == "available" and found

    limits = {"DataStorage": {"Maximum": 1, "Unit": "GB"}}
    names = ("less", "restored")
    made = caches.client.create_serverless_cache(
        ServerlessCacheName=names[0], Engine="valkey", CacheUsageLimits=limits
    )["ServerlessCache"]
    found = caches.wait(lambda: cache(names[0]))
    secure = {
        "host": found["Endpoint"]["Address"], "ssl": True,
        "ssl_ca_certs": f"{caches.instance['data']}/tls/root.pem",
    }  # fmt: skip
    assert caches.run("one_endpoint", **secure)["set"]
    caches.client.create_serverless_cache_snapshot(
        ServerlessCacheName=names[0], ServerlessCacheSnapshotName="kept"
    )
    caches.wait(lambda: cache(names[0]))
    (snapshot,) = caches.client.describe_serverless_cache_snapshots()["ServerlessCacheSnapshots"]
    assert snapshot["Status"] == "available" and int(snapshot["BytesUsedForCache"]) > 0
    _, pid = caches.primary(names[0])
    os.kill(pid, signal.SIGKILL)
    caches.wait(lambda: caches.primary(names[0])[1] != pid)
    assert caches.run("one_endpoint", **secure)["got"] == "1"
    limits["DataStorage"]["Maximum"] = 2
    caches.wait(lambda: cache(names[0]))
    caches.client.modify_serverless_cache(ServerlessCacheName=names[0], CacheUsageLimits=limits)
    caches.wait(lambda: cache(names[0]))
    caches.client.create_serverless_cache(
        ServerlessCacheName=names[1], Engine="valkey", CacheUsageLimits=limits,
        SnapshotArnsToRestore=[snapshot["ARN"]],
    )  # fmt: skip
    secure["host"] = caches.wait(lambda: cache(names[1]))["Endpoint"]["Address"]
    assert caches.run("one_endpoint", **secure)["got"] == "1"
    (told,) = caches.client.describe_events(
        SourceType="serverless-cache", SourceIdentifier=names[1]
    )["Events"]
    assert "created" in told["Message"] and made["ARN"].endswith(":serverlesscache:less")
    for name in names:
        caches.client.delete_serverless_cache(ServerlessCacheName=name)
    caches.wait(lambda: not caches.client.describe_serverless_caches()["ServerlessCaches"])


@pytest.mark.parametrize("name", ["wide", "flat"])
def test_writers_hardly_notice_that_a_primary_was_killed(
    caches: Caches, wide: Any, flat: Any, name: str
) -> None:
    seen = disturb(caches, wide, flat, name, lambda pid: os.kill(pid, signal.SIGKILL))
    assert seen["gap"] < 1, seen


@pytest.mark.parametrize("name", ["wide", "flat"])
def test_one_that_hangs_is_noticed_in_seconds(
    caches: Caches, wide: Any, flat: Any, name: str
) -> None:
    seen = disturb(caches, wide, flat, name, lambda pid: os.kill(pid, signal.SIGSTOP))
    assert seen["gap"] < 5, seen


@pytest.mark.parametrize("name", ["wide", "flat"])
def test_a_planned_failover_shows_no_error(caches: Caches, wide: Any, flat: Any, name: str) -> None:
    def ask(_: int) -> None:
        caches.client.test_failover(ReplicationGroupId=name, NodeGroupId="0001")

    seen = disturb(caches, wide, flat, name, ask)
    assert seen["gap"] < 1 and seen["errors"] == 0, seen


def disturb(
    caches: Caches, wide: Any, flat: Any, name: str, act: Callable[[int], None]
) -> dict[str, Any]:
    """What a writer sees of something done to a primary; afterwards all is as it was, but for the roles."""
    clustered = name == "wide"
    host = (
        wide["ConfigurationEndpoint"] if clustered else flat["NodeGroups"][0]["PrimaryEndpoint"]
    )["Address"]
    caches.available(name)
    before, pid = caches.primary(name)
    writer = caches.start("writing", host=host, seconds=7, clustered=clustered)
    time.sleep(0.5)
    act(pid)
    caches.wait(lambda: caches.primary(name)[0] != before)
    caches.available(name)
    out, error = writer.communicate(timeout=60)
    assert writer.returncode == 0, error[-2000:]
    seen: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert seen["writes"] > 100
    return seen


def test_resharding_under_load_shows_no_error(caches: Caches, wide: Any) -> None:
    host = wide["ConfigurationEndpoint"]["Address"]
    caches.available("wide")
    writer = caches.start("writing", host=host, seconds=9, clustered=True)
    for count, removed in ((3, []), (2, ["0003"])):
        more = {"NodeGroupsToRemove": removed} if removed else {}
        caches.client.modify_replication_group_shard_configuration(
            ReplicationGroupId="wide", NodeGroupCount=count, ApplyImmediately=True, **more
        )
        caches.wait(lambda: len(caches.group("wide")["NodeGroups"]) == count)  # noqa: B023
        caches.available("wide")
    out, error = writer.communicate(timeout=60)
    assert writer.returncode == 0, error[-2000:]
    seen = json.loads(out.splitlines()[-1])
    assert seen["errors"] == 0 and seen["gap"] < 1, seen
    assert caches.run("valkey_cluster", host=host)["good"] == 200


def test_engines_decide_alone_and_are_taken_up_again(tmp_path: Path) -> None:
    """The supervisor and all its roles are killed, then primaries: a cluster goes on by its gossip, a group
    without shards by Sentinels.
    """
    folder = tmp_path / "data"
    try:
        engines_alone(tmp_path, folder, NUMBER + 1)
    finally:
        for each in (folder / "caches").iterdir():
            with contextlib.suppress(OSError, ValueError):
                os.kill(pid_of(each), signal.SIGKILL)


def engines_alone(tmp_path: Path, folder: Path, number: int) -> None:
    hosts = tmp_path / "resolv.conf"
    with ExitStack() as stack:
        instance = stack.enter_context(running(folder, number))
        stack.pop_all()  # it is killed, and has nothing to stop
        hosts.write_text(f"nameserver {listeners(instance)['resolver'][0]}\n")
        with client_of(environment_of(instance), "elasticache") as client:
            caches = Caches(instance, client, hosts)
            caches.make("wide", NumNodeGroups=3, ReplicasPerNodeGroup=1)
            caches.make("flat", NumCacheClusters=3, AutomaticFailoverEnabled=True)
        _, pid = caches.primary("wide")
        flat, lost = caches.primary("flat")
        others = [pid_of(each) for each in (folder / "caches").iterdir()]
        address = f"127.{number}.32.1"  # of a node that stays
        writer = caches.start("writing", host=address, seconds=9, clustered=True)
        end_all_of(instance["pid"])
        os.kill(pid, signal.SIGKILL)
        os.kill(lost, signal.SIGKILL)
        killed = time.monotonic()
        left = {n: a for n, a in caches.addresses("flat").items() if n != flat}
        winner = caches.wait(lambda: next((n for n, a in left.items() if takes(a)), None))
        assert time.monotonic() - killed < 6
        out, error = writer.communicate(timeout=60)
        assert writer.returncode == 0, error[-2000:]
        seen = json.loads(out.splitlines()[-1])
        assert seen["gap"] < 6, seen
        assert all(Path(f"/proc/{each}").exists() for each in others if each not in (pid, lost))
    with running(folder, number) as instance:
        with client_of(environment_of(instance), "elasticache") as client:
            again = Caches(instance, client, hosts)
            again.available("wide")
            again.available("flat")
            assert again.primary("flat")[0] == winner
            with valkey.Valkey(left[winner]) as link:
                assert link.get("sentinel") == b"decided"
            roles = [again.primary("wide", shard)[1] for shard in ("0001", "0002", "0003")]
        assert set(roles) <= set(others) and pid not in roles
    assert all(state(each) in ("", "Z") for each in roles)  # told to end, they ended


def takes(address: str) -> bool:
    """Whether a node without shards takes a write."""
    try:
        with valkey.Valkey(address, socket_timeout=0.5) as link:
            return bool(link.set("sentinel", "decided"))
    except (valkey.ValkeyError, OSError):
        return False


def pid_of(folder: Path) -> int:
    return int(json.loads((folder / "process.json").read_text())["pid"])


def end_all_of(supervisor: int) -> None:
    """Kill a supervisor and its roles, as when memory runs out; engines are in sessions of their own."""
    said = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(supervisor)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    roles = [int(line.split()[0]) for line in said.splitlines() if "forecourt.roles" in line]
    for pid in (supervisor, *roles):
        os.kill(pid, signal.SIGKILL)
