"""What nodes count, as CloudWatch names it, out of what their engines say.

    now = sample(engine, told, seconds)
    values = metrics(now, before, cores)        # before: the sample a period ago

What counts since the engine started becomes the count of a period; what is a state stays what it is.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# By the engine's name: states, and what is counted in a period.
STATES = {
    "used_memory": "BytesUsedForCache",
    "connected_clients": "CurrConnections",
    "blocked_clients": "BlockedConnections",
    "mem_fragmentation_ratio": "MemoryFragmentationRatio",
    "tracking_total_keys": "KeysTracked",
    "rdb_bgsave_in_progress": "SaveInProgress",
    "master_repl_offset": "ReplicationBytes",
}
COUNTS = {
    "keyspace_hits": "CacheHits",
    "keyspace_misses": "CacheMisses",
    "evicted_keys": "Evictions",
    "expired_keys": "Reclaimed",
    "total_connections_received": "NewConnections",
    "total_net_input_bytes": "NetworkBytesIn",
    "total_net_output_bytes": "NetworkBytesOut",
    "total_error_replies": "ErrorCount",
    "total_commands_processed": "ProcessedCommands",
    "active_defrag_hits": "ActiveDefragHits",
    "acl_access_denied_auth": "AuthenticationFailures",
    "acl_access_denied_cmd": "CommandAuthorizationFailures",
    "acl_access_denied_key": "KeyAuthorizationFailures",
    "acl_access_denied_channel": "ChannelAuthorizationFailures",
}
MEMCACHED_STATES = {
    "bytes": "BytesUsedForCacheItems",
    "curr_connections": "CurrConnections",
    "curr_items": "CurrItems",
    "hash_bytes": "BytesUsedForHash",
}
MEMCACHED_COUNTS = {
    "bytes_read": "BytesReadIntoMemcached", "bytes_written": "BytesWrittenOutFromMemcached",
    "cas_badval": "CasBadval", "cas_hits": "CasHits", "cas_misses": "CasMisses",
    "cmd_flush": "CmdFlush", "cmd_get": "CmdGet", "cmd_set": "CmdSet", "cmd_touch": "CmdTouch",
    "decr_hits": "DecrHits", "decr_misses": "DecrMisses", "delete_hits": "DeleteHits",
    "delete_misses": "DeleteMisses", "evictions": "Evictions", "get_hits": "GetHits",
    "get_misses": "GetMisses", "incr_hits": "IncrHits", "incr_misses": "IncrMisses",
    "total_connections": "NewConnections", "total_items": "NewItems", "reclaimed": "Reclaimed",
    "touch_hits": "TouchHits", "touch_misses": "TouchMisses", "slabs_moved": "SlabsMoved",
    "evicted_unfetched": "EvictedUnfetched", "expired_unfetched": "ExpiredUnfetched",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """What one engine said at one moment."""

    engine: str
    at: float  # seconds, by the monotonic clock
    told: Mapping[str, float]
    primary: bool = True
    linked: bool = True  # a replica to its primary


def sample(engine: str, said: Mapping[str, str], at: float) -> Sample:
    told: dict[str, float] = {}
    for name, value in said.items():
        try:
            told[name] = float(value)
        except ValueError:
            if name.startswith("db") and value.startswith("keys="):
                keys = value.partition("keys=")[2].partition(",")[0]
                told["keys"] = told.get("keys", 0.0) + float(keys)
    primary = said.get("role", "master") == "master"
    return Sample(engine, at, told, primary, said.get("master_link_status", "up") == "up")


def metrics(now: Sample, before: Sample | None, cores: int) -> dict[str, float]:
    """By CloudWatch's names; counts only where there is a sample before, of an engine that did not end since."""
    memcached = now.engine == "memcached"
    states, counts = (MEMCACHED_STATES, MEMCACHED_COUNTS) if memcached else (STATES, COUNTS)
    told = now.told
    found = {ours: told[theirs] for theirs, ours in states.items() if theirs in told}
    if memcached:
        found["UnusedMemory"] = told.get("limit_maxbytes", 0.0) - told.get("bytes", 0.0)
    else:
        found |= {
            "CurrItems": told.get("keys", 0.0),
            "IsMaster": float(now.primary),
            "ReplicationLag": 0.0 if now.primary else told.get("master_last_io_seconds_ago", -1.0),
        }
        if not now.primary:
            found["MasterLinkHealthStatus"] = float(now.linked)
        if limit := told.get("maxmemory"):
            found["DatabaseMemoryUsagePercentage"] = 100 * told.get("used_memory", 0.0) / limit
    if before is None or told.get(started(now), 0.0) < before.told.get(started(now), 0.0):
        return found
    seconds = max(now.at - before.at, 0.001)

    def grown(*names: str) -> float:
        return sum(told.get(name, 0.0) - before.told.get(name, 0.0) for name in names)

    found |= {ours: max(0.0, grown(theirs)) for theirs, ours in counts.items() if theirs in told}
    cpu = ("rusage_user", "rusage_system") if memcached else ("used_cpu_user", "used_cpu_sys")
    found["CPUUtilization"] = 100 * grown(*cpu) / seconds / cores
    if not memcached:
        main = grown("used_cpu_user_main_thread", "used_cpu_sys_main_thread")
        found["EngineCPUUtilization"] = 100 * main / seconds
        if asked := found["CacheHits"] + found["CacheMisses"]:
            found["CacheHitRate"] = 100 * found["CacheHits"] / asked
    return found


def started(of: Sample) -> str:
    """What grows for as long as an engine runs."""
    return "uptime" if of.engine == "memcached" else "uptime_in_seconds"


def unit_of(name: str) -> str:
    """In which unit CloudWatch counts it."""
    if name.startswith(("CPU", "EngineCPU")) or name.endswith(("Percentage", "HitRate")):
        return "Percent"
    if "Bytes" in name or name.endswith("Memory"):
        return "Bytes"
    return "Seconds" if name == "ReplicationLag" else "Count"
