"""What engines say becomes what CloudWatch would show."""

from __future__ import annotations

from forecourt.services.elasticache import metrics
from forecourt.services.elasticache.metrics import sample

SAID = {
    "role": "master", "uptime_in_seconds": "100", "used_memory": "50", "maxmemory": "200",
    "connected_clients": "3", "keyspace_hits": "10", "keyspace_misses": "10", "evicted_keys": "1",
    "used_cpu_user": "1", "used_cpu_sys": "1", "used_cpu_user_main_thread": "1",
    "used_cpu_sys_main_thread": "0.5", "valkey_version": "9.1.2", "db0": "keys=7,expires=1",
    "db1": "keys=2,expires=0", "mem_allocator": "libc",
}  # fmt: skip


def test_states_are_as_they_are_and_counts_are_of_a_minute() -> None:
    first = sample("valkey", SAID, 1000.0)
    shown = metrics.metrics(first, None, 2)
    assert (shown["CurrItems"], shown["CurrConnections"], shown["IsMaster"]) == (9, 3, 1)
    assert shown["DatabaseMemoryUsagePercentage"] == 25
    assert "CacheHits" not in shown and "CPUUtilization" not in shown
    later = SAID | {
        "uptime_in_seconds": "160", "keyspace_hits": "40", "keyspace_misses": "20", "evicted_keys": "3",
        "used_cpu_user": "7", "used_cpu_sys": "7", "used_cpu_user_main_thread": "4",
    }  # fmt: skip
    shown = metrics.metrics(sample("valkey", later, 1060.0), first, 2)
    assert (shown["CacheHits"], shown["CacheMisses"], shown["Evictions"]) == (30, 10, 2)
    assert (shown["CacheHitRate"], shown["CPUUtilization"]) == (75, 10)
    assert shown["EngineCPUUtilization"] == 5


def test_an_engine_that_began_anew_counts_from_nothing() -> None:
    first = sample("valkey", SAID, 1000.0)
    again = sample("valkey", SAID | {"uptime_in_seconds": "1", "keyspace_hits": "2"}, 1060.0)
    assert "CacheHits" not in metrics.metrics(again, first, 1)


def test_a_replica_tells_how_far_it_is_behind() -> None:
    said = SAID | {
        "role": "slave", "master_link_status": "down", "master_last_io_seconds_ago": "4"
    }  # fmt: skip
    shown = metrics.metrics(sample("valkey", said, 0.0), None, 1)
    assert (shown["IsMaster"], shown["ReplicationLag"], shown["MasterLinkHealthStatus"]) == (
        0,
        4,
        0,
    )


def test_memcached_has_names_of_its_own() -> None:
    said = {
        "uptime": "5",
        "limit_maxbytes": "100",
        "bytes": "30",
        "get_hits": "4",
        "version": "1.6",
    }
    first = sample("memcached", said, 0.0)
    assert metrics.metrics(first, None, 1) == {"BytesUsedForCacheItems": 30, "UnusedMemory": 70}
    later = sample("memcached", said | {"uptime": "65", "get_hits": "9"}, 60.0)
    assert metrics.metrics(later, first, 1)["GetHits"] == 5


def test_units() -> None:
    names = ("CPUUtilization", "DatabaseMemoryUsagePercentage", "BytesUsedForCache", "FreeableMemory",
             "ReplicationLag", "CacheHits")  # fmt: skip
    found = [metrics.unit_of(name) for name in names]
    assert found == ["Percent", "Percent", "Bytes", "Bytes", "Seconds", "Count"]
