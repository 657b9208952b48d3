# mypy: ignore-errors
"""What is run among the clients, by their own Python, where names resolve by the instance's resolver.

python cache_clients.py NAME '{"json": "arguments"}'      prints what it found, as JSON
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

KEYS = 200


def valkey_cluster(host: str, **more: Any) -> Any:
    from valkey.cluster import ValkeyCluster

    client = ValkeyCluster(host=host, port=6379, decode_responses=True, **more)
    for at in range(KEYS):
        client.set(f"valkey:{at}", at)
    good = sum(client.get(f"valkey:{at}") == str(at) for at in range(KEYS))
    return {"good": good, "nodes": sorted(node.name for node in client.get_nodes())}


def redis_cluster(host: str, **more: Any) -> Any:
    from redis.cluster import RedisCluster

    client = RedisCluster(host=host, port=6379, decode_responses=True, **more)
    for at in range(KEYS):
        client.set(f"redis:{at}", at)
    return {"good": sum(client.get(f"redis:{at}") == str(at) for at in range(KEYS))}


def glide_cluster(host: str) -> Any:
    from glide import GlideClusterClient, GlideClusterClientConfiguration, NodeAddress

    async def story() -> int:
        config = GlideClusterClientConfiguration([NodeAddress(host, 6379)])
        client = await GlideClusterClient.create(config)
        for at in range(KEYS):
            await client.set(f"glide:{at}", str(at))
        good = 0
        for at in range(KEYS):
            good += await client.get(f"glide:{at}") == str(at).encode()
        await client.close()
        return good

    return {"good": asyncio.run(story())}


def primary_and_reader(primary: str, reader: str) -> Any:
    import redis
    import valkey

    found: dict[str, Any] = {}
    for library, kind in (("valkey", valkey.Valkey), ("redis", redis.Redis)):
        writer, replica = (
            kind(host=each, decode_responses=True, socket_timeout=5) for each in (primary, reader)
        )
        writer.set(library, "1")
        writer.wait(1, 5000)
        found[library] = replica.get(library)
        found[f"{library} roles"] = [each.info("replication")["role"] for each in (writer, replica)]
    return found


def one_endpoint(host: str, **more: Any) -> Any:
    """What was there, by a client without cluster mode and one with it; and something is there then."""
    import valkey

    plain = valkey.Valkey(host=host, decode_responses=True, **more)
    got = plain.get("a")
    both = valkey.ValkeyCluster(host=host, decode_responses=True, **more)
    return {"got": got, "set": plain.set("a", "1") and both.get("a") == "1"}


def memcached(endpoint: str) -> Any:
    import elasticache_auto_discovery
    from pymemcache.client.base import Client
    from pymemcache.client.hash import HashClient

    found = elasticache_auto_discovery.discover(f"{endpoint}:11211")
    nodes = [(host.decode(), int(port)) for host, _, port in found]
    client = HashClient(nodes)
    for at in range(KEYS):
        client.set(f"m{at}", str(at))
    good = sum(client.get(f"m{at}") == str(at).encode() for at in range(KEYS))
    through = Client((endpoint, 11211))
    through.set("a", b"x" * 100_000)
    return {"good": good, "nodes": len(nodes), "through": len(through.get("a"))}


def memcached_tls(endpoint: str, ca: str) -> Any:
    import socket
    import ssl

    from pymemcache.client.hash import HashClient

    context = ssl.create_default_context(cafile=ca)
    plain = socket.create_connection((endpoint, 11211))
    with context.wrap_socket(plain, server_hostname=endpoint) as secure:
        secure.sendall(b"config get cluster\r\nset b 0 0 1\r\nx\r\n")
        told = b""
        while not told.endswith(b"STORED\r\n"):
            told += secure.recv(65536)
    nodes = [each.split("|") for each in told.decode().splitlines()[2].split()]
    client = HashClient([(host, int(port)) for host, _, port in nodes], tls_context=context)
    for at in range(KEYS):
        client.set(f"t{at}", str(at))
    return {
        "good": sum(client.get(f"t{at}") == str(at).encode() for at in range(KEYS)),
        "nodes": len(nodes),
    }


def django(primary: str, cluster: str, nodes: list[str]) -> Any:
    import django
    from django.conf import settings
    from django.core.cache import caches

    redis_backend = "django.core.cache.backends.redis.RedisCache"
    settings.configure(
        CACHES={
            "default": {"BACKEND": redis_backend, "LOCATION": f"redis://{primary}:6379"},
            "memcached": {
                "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
                "LOCATION": [f"{node}:11211" for node in nodes],
            },
        }
    )
    django.setup()
    for name in ("default", "memcached"):
        caches[name].set("greeting", {"hello": name}, 60)
    return {name: caches[name].get("greeting") for name in ("default", "memcached")}


def writing(host: str, seconds: float, *, clustered: bool) -> Any:
    """Write until time is up: how many, the longest while without, and what failed."""
    import valkey
    from valkey.backoff import ConstantBackoff
    from valkey.cluster import ValkeyCluster
    from valkey.exceptions import ConnectionError, TimeoutError
    from valkey.retry import Retry

    client: Any
    if clustered:
        client = ValkeyCluster(host=host, port=6379, socket_timeout=1)
    else:
        retry = Retry(ConstantBackoff(0.02), 20)
        again = [ConnectionError, TimeoutError]
        client = valkey.Valkey(host=host, socket_timeout=1, retry=retry, retry_on_error=again)
    client.set("k", 0)
    print("started", flush=True)
    writes, errors, gap, last = 0, [], 0.0, time.monotonic()
    end = last + seconds
    while (now := time.monotonic()) < end:
        try:
            client.set(f"k{writes % 1000}", writes)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}"[:100])
            if "not covered" in str(error):  # the library does not look again by itself
                time.sleep(0.1)
                client.nodes_manager.initialize()
            continue
        writes, gap, last = writes + 1, max(gap, time.monotonic() - last), time.monotonic()
    del now
    return {
        "writes": writes,
        "gap": max(gap, end - last),
        "errors": len(errors),
        "first": errors[:1],
    }


if __name__ == "__main__":
    story = globals()[sys.argv[1]]
    print(json.dumps(story(**json.loads(sys.argv[2]))))
