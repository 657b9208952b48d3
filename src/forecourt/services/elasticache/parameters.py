"""Parameters of each family: defaults, what is allowed, and when a change takes effect.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .stored import InvalidParameterValue

INTEGER, STRING = "integer", "string"
IMMEDIATE, REBOOT = "immediate", "requires-reboot"
POLICIES = (
    "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,"
    "noeviction"
)
HUGE = "0-9223372036854775807"


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    default: str
    allowed: str  # "a,b,c", or "least-most" of a number; empty: any text
    type: str = INTEGER
    change: str = IMMEDIATE
    modifiable: bool = True
    directive: str = ""  # how the engine calls it, where it does so otherwise; "-": it does not
    about: str = ""


def p(name: str, default: str, allowed: str, type: str = INTEGER, **more: object) -> Parameter:
    return Parameter(name, default, allowed, type, **more)  # type: ignore[arg-type]


def yes(name: str, default: str, **more: object) -> Parameter:
    return p(name, default, "yes,no", STRING, **more)


def fixed(name: str, default: str, type: str = INTEGER) -> Parameter:
    """One that is told and not changed; the engine's own."""
    return p(name, default, "", type, modifiable=False, directive="-")


ENGINE = (
    p("acllog-max-len", "128", "1-10000"),
    yes("activedefrag", "no"),
    p("active-defrag-cycle-max", "75", "1-75"),
    p("active-defrag-cycle-min", "5", "1-75"),
    p("active-defrag-ignore-bytes", "104857600", "1048576-9223372036854775807"),
    p("active-defrag-max-scan-fields", "1000", "1-1000000"),
    p("active-defrag-threshold-lower", "10", "1-100"),
    p("active-defrag-threshold-upper", "100", "1-100"),
    yes("activerehashing", "yes", change=REBOOT),
    fixed("appendonly", "no", STRING),
    fixed("appendfsync", "everysec", STRING),
    p("client-output-buffer-limit-normal-hard-limit", "0", HUGE, directive="client-output-buffer-limit"),
    p("client-output-buffer-limit-normal-soft-limit", "0", HUGE, directive="client-output-buffer-limit"),
    p("client-output-buffer-limit-normal-soft-seconds", "0", "0-2147483647", directive="client-output-buffer-limit"),
    p("client-output-buffer-limit-pubsub-hard-limit", "33554432", HUGE, directive="client-output-buffer-limit"),
    p("client-output-buffer-limit-pubsub-soft-limit", "8388608", HUGE, directive="client-output-buffer-limit"),
    p("client-output-buffer-limit-pubsub-soft-seconds", "60", "0-2147483647", directive="client-output-buffer-limit"),
    fixed("client-output-buffer-limit-replica-soft-seconds", "60"),
    p("client-query-buffer-limit", "1073741824", "1048576-1073741824"),
    p("close-on-replica-write", "yes", "yes,no", STRING, directive="-"),
    p("close-on-slave-write", "yes", "yes,no", STRING, directive="-"),
    yes("cluster-allow-pubsubshard-when-down", "yes"),
    yes("cluster-allow-reads-when-down", "no"),
    p("cluster-enabled", "no", "yes,no", STRING, change=REBOOT, directive="-"),
    yes("cluster-require-full-coverage", "no"),
    fixed("databases", "16"),
    p("hash-max-listpack-entries", "512", HUGE),
    p("hash-max-listpack-value", "64", HUGE),
    p("hash-max-ziplist-entries", "512", HUGE, directive="-"),
    p("hash-max-ziplist-value", "64", HUGE, directive="-"),
    p("hll-sparse-max-bytes", "3000", "1-16000"),
    p("io-threads", "1", "1-16", modifiable=False, directive="-"),
    p("latency-tracking", "no", "yes,no", STRING),
    yes("lazyfree-lazy-eviction", "no"),
    yes("lazyfree-lazy-expire", "no"),
    yes("lazyfree-lazy-server-del", "no"),
    yes("lazyfree-lazy-user-del", "no"),
    p("lfu-decay-time", "1", "0-2147483647"),
    p("lfu-log-factor", "10", "1-2147483647"),
    p("list-compress-depth", "0", "0-2147483647"),
    p("list-max-listpack-size", "-2", "-5,-4,-3,-2,-1,1-2147483647"),
    p("list-max-ziplist-size", "-2", "-5,-4,-3,-2,-1,1-2147483647", directive="-"),
    p("lua-time-limit", "5000", "5000-5000", modifiable=False, directive="-"),
    p("maxclients", "65000", "1-65000", change=REBOOT),
    p("maxmemory-policy", "volatile-lru", POLICIES, STRING),
    p("maxmemory-samples", "3", "1-2147483647"),
    p("min-replicas-max-lag", "10", "0-2147483647"),
    p("min-replicas-to-write", "0", "0-2147483647"),
    p("min-slaves-max-lag", "10", "0-2147483647", directive="-"),
    p("min-slaves-to-write", "0", "0-2147483647", directive="-"),
    p("notify-keyspace-events", "", "", STRING),
    p("proto-max-bulk-len", "536870912", "1048576-536870912"),
    p("rename-commands", "", "", STRING, directive="-", modifiable=False),
    p("repl-backlog-size", "1048576", "16384-9223372036854775807"),
    p("repl-backlog-ttl", "3600", "0-2147483647"),
    p("repl-timeout", "60", "11-60"),
    yes("replica-allow-chaining", "no", modifiable=False, directive="-"),
    yes("replica-ignore-maxmemory", "yes", modifiable=False),
    p("replica-lazy-flush", "no", "yes,no", STRING, modifiable=False),
    p("reserved-memory-percent", "25", "0-100", directive="-"),
    p("set-max-intset-entries", "512", HUGE),
    p("slave-allow-chaining", "no", "yes,no", STRING, modifiable=False, directive="-"),
    p("slowlog-log-slower-than", "10000", "-1-9223372036854775807"),
    p("slowlog-max-len", "128", HUGE),
    p("stream-node-max-bytes", "4096", HUGE),
    p("stream-node-max-entries", "100", HUGE),
    p("tcp-keepalive", "300", "0-2147483647"),
    p("timeout", "0", "0,20-2147483647"),
    p("tracking-table-max-keys", "1000000", "1-100000000"),
    p("zset-max-listpack-entries", "128", HUGE),
    p("zset-max-listpack-value", "64", HUGE),
    p("zset-max-ziplist-entries", "128", HUGE, directive="-"),
    p("zset-max-ziplist-value", "64", HUGE, directive="-"),
)  # fmt: skip
VALKEY = (
    *ENGINE,
    p("commandlog-request-larger-than", "1048576", HUGE),
    p("commandlog-reply-larger-than", "1048576", HUGE),
    p("set-max-listpack-entries", "128", HUGE),
    p("set-max-listpack-value", "64", HUGE),
    p("search-enabled", "no", "no", STRING, modifiable=False, directive="-"),
)
MEMCACHED = (
    p("backlog_queue_limit", "1024", "1-10000", change=REBOOT),
    p("binding_protocol", "auto", "auto,ascii", STRING, change=REBOOT),
    p("cas_disabled", "0", "0,1", "boolean", change=REBOOT),
    p("chunk_size", "48", "1-1024", change=REBOOT),
    p("chunk_size_growth_factor", "1.25", "1-2", "float", change=REBOOT),
    p("config_max", "16", "16", modifiable=False),
    p("config_size_max", "65536", "65536", modifiable=False),
    p("disable_flush_all", "0", "0,1", "boolean", change=REBOOT),
    p("error_on_memory_exhausted", "0", "0,1", "boolean", change=REBOOT),
    p("large_memory_pages", "0", "0", "boolean", modifiable=False),
    p("lock_down_paged_memory", "0", "0", "boolean", modifiable=False),
    p("lru_crawler", "0", "0,1", "boolean", change=REBOOT),
    p("max_item_size", "1048576", "1024-1073741824", change=REBOOT),
    p("max_simultaneous_connections", "65000", "3-65000", change=REBOOT),
    p("maxconns_fast", "0", "0,1", "boolean", change=REBOOT),
    p("maximize_core_limit", "0", "0", "boolean", modifiable=False),
    p("memcached_connections_overhead", "100", "0-65000", change=REBOOT),
    p("modern", "1", "0,1", "boolean", change=REBOOT),
    p("requests_per_event", "20", "1-10000", change=REBOOT),
    p("slab_automove", "0", "0,1,2", change=REBOOT),
    p("slab_reassign", "0", "0,1", "boolean", change=REBOOT),
    p("slab_chunk_max", "524288", "1024-524288", change=REBOOT),
)
FAMILIES: Mapping[str, tuple[Parameter, ...]] = {
    "memcached1.6": MEMCACHED,
    "redis7": ENGINE,
    "valkey9": VALKEY,
}


def family(name: str) -> dict[str, Parameter]:
    """The parameters of a family by name.  InvalidParameterValue."""
    if name not in FAMILIES:
        raise InvalidParameterValue(
            f"CacheParameterGroupFamily {name} is not a valid parameter group family; there are"
            f" {', '.join(FAMILIES)}"
        )
    return {each.name: each for each in FAMILIES[name]}


def defaults(name: str) -> list[tuple[str, str]]:
    """The default groups of a family, each with its description."""
    known = [(f"default.{name}", f"Default parameter group for {name}")]
    if not name.startswith("memcached"):
        known.append(
            (
                f"default.{name}.cluster.on",
                f"Customized default parameter group for {name} with cluster mode on",
            )
        )
    return known


def check(name: str, parameter: str, value: str) -> None:
    """Whether a parameter of a family may have a value.  InvalidParameterValue."""
    known = family(name)
    if parameter not in known:
        raise InvalidParameterValue(f"Could not find parameter with name: {parameter}")
    found = known[parameter]
    if not found.modifiable:
        raise InvalidParameterValue(f"The parameter {parameter} cannot be modified.")
    if found.allowed and not fits(found, value):
        raise InvalidParameterValue(
            f"The parameter {parameter} has an invalid value {value}; allowed: {found.allowed}"
        )
    if parameter == "notify-keyspace-events" and set(value) - set("KEg$lshzxentdmA"):
        raise InvalidParameterValue(f"The parameter {parameter} has an invalid value {value}")


def fits(parameter: Parameter, value: str) -> bool:
    for choice in parameter.allowed.split(","):
        if value == choice:
            return True
        least, dash, most = choice[1:].partition("-")
        if dash and parameter.type in (INTEGER, "float"):
            try:
                number = float(value) if parameter.type == "float" else int(value)
            except ValueError:
                continue
            if float(choice[0] + least) <= number <= float(most):
                return True
    return False


def immediate(name: str) -> set[str]:
    """What an engine takes while it runs, as it calls it."""
    return {e.directive or e.name for e in FAMILIES[name] if e.change == IMMEDIATE}


def directives(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """What of a group's values the engine is told, as it calls it."""
    known = family(name)
    merged = {each.name: values.get(each.name, each.default) for each in known.values()}
    told = {
        each.directive or each.name: merged[each.name]
        for each in known.values()
        if each.directive != "-" and each.directive != "client-output-buffer-limit"
    }
    if not name.startswith("memcached"):
        start = "client-output-buffer-limit"
        ends = ("hard-limit", "soft-limit", "soft-seconds")
        told[start] = " ".join(
            f"{kind} {' '.join(merged[f'{start}-{kind}-{end}'] for end in ends)}"
            for kind in ("normal", "pubsub")
        )
    return told
