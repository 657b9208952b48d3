"""What an engine is started with: pure functions of a node, its users and its parameters.

    text = valkey_conf(node, parameters, users)         # a configuration file
    arguments = memcached_arguments(node, parameters)

The service's own user joins, watches and promotes; callers' users cannot see what it is for, and have no
command that could undo what the service does.  `save` happens when a node is told to end, never else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SERVICE_USER = "forecourt"
NODE_TIMEOUT = 2500  # milliseconds: silence after which engines decide by themselves
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/SupportedCommands.html
RESTRICTED = (
    "acl|setuser", "acl|deluser", "acl|load", "acl|save", "acl|list", "acl|users", "acl|getuser", "acl|log",
    "bgrewriteaof", "bgsave", "config", "debug", "failover", "migrate", "module", "psync", "replicaof",
    "save", "shutdown", "slaveof", "sync", "cluster|addslots", "cluster|addslotsrange", "cluster|bumpepoch",
    "cluster|delslots", "cluster|delslotsrange", "cluster|failover", "cluster|flushslots",
    "cluster|forget", "cluster|meet", "cluster|replicate", "cluster|reset", "cluster|saveconfig",
    "cluster|set-config-epoch", "cluster|setslot",
)  # fmt: skip
VALKEY_ONLY = ("cluster|migrateslots", "cluster|cancelslotmigrations", "cluster|syncslots")
# What is Forecourt's to set, whatever a parameter group says.
NEEDED = (
    "protected-mode no", "daemonize no", 'save ""', "appendonly no", "shutdown-on-sigterm save",
    "dbfilename dump.rdb", "repl-diskless-sync yes", "repl-diskless-sync-delay 0", "rdb-del-sync-files yes", "replica-read-only yes",
    "replica-serve-stale-data yes", "repl-ping-replica-period 1", "rdbcompression yes",
    "enable-debug-command no", "enable-module-command no", "always-show-logo no",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """One engine, as it is configured."""

    engine: str
    directory: str
    address: str
    port: int
    hostname: str  # how its clients know it
    memory: int  # bytes for data
    secret: str  # of the service's own user
    client_port: int = 0  # where its clients come in, where that is before the engine
    clustered: bool = False
    cluster_file: str = "nodes.conf"  # what a node of a cluster writes down of the others
    primary: tuple[str, int] | None = None  # whom it replicates, where there are no shards


def valkey_conf(node: Node, parameters: Mapping[str, str], users: Iterable[str]) -> str:
    """The configuration of a Valkey or Redis node."""
    lines = [
        f"bind {node.address}",
        f"bind-source-addr {node.address}",
        f"port {node.port}",
        f"dir {quoted(node.directory)}",
        f"maxmemory {node.memory}",
        *NEEDED,
        *(f"{name} {quoted(value)}" for name, value in sorted(parameters.items())),
        f"masteruser {SERVICE_USER}",
        f"masterauth {node.secret}",
        f"replica-announce-ip {node.address}",
        *(f"user {line}" for line in (service_user(node.secret), *users)),
    ]
    if node.clustered:
        lines += [
            "cluster-enabled yes",
            f"cluster-config-file {quoted(node.cluster_file)}",
            f"cluster-node-timeout {NODE_TIMEOUT}",
            "cluster-allow-replica-migration no",
            "cluster-replica-validity-factor 0",
            f"cluster-announce-ip {node.address}",
            f"cluster-announce-hostname {node.hostname}",
        ]
        if node.client_port:
            lines += [
                f"cluster-announce-client-port {node.client_port}",
                "cluster-preferred-endpoint-type hostname",
            ]
    if node.primary is not None:
        lines.append(f"replicaof {node.primary[0]} {node.primary[1]}")
    return "\n".join(lines) + "\n"


def service_user(secret: str) -> str:
    """The service's own user: everything is allowed to it, and only its hash is written down."""
    return f"{SERVICE_USER} reset on #{hashed(secret)} ~* &* +@all"


def access(engine: str, name: str, passwords: Iterable[str], rules: str, *, on: bool = True) -> str:
    """A caller's user as the engine has it: passwords (SHA-256, in hex) and an access string.

    What is restricted is taken away last, whatever the access string says.
    """
    said = " ".join(f"#{each}" for each in passwords) or "nopass"
    restricted = RESTRICTED + (VALKEY_ONLY if engine == "valkey" else ())
    less = " ".join(f"-{each}" for each in restricted)
    return f"{name} reset {'on' if on else 'off'} {said} {rules} {less}"


def hashed(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def quoted(value: str) -> str:
    """A value as configuration files have it: escaped, so that it ends where it should."""
    escaped = "".join(
        character
        if character.isalnum() or character in "._-/:*+@|& "
        else f"\\x{ord(character):02x}"
        for character in value
    )
    return f'"{escaped}"'


def memcached_arguments(
    node: Node, parameters: Mapping[str, str], *, user: str = "", connections: int = 65000
) -> list[str]:
    """The command line of a Memcached node; parameters are named as ElastiCache names them.  `user` is
    whom it is to run as where root starts it, `connections` how many this machine allows.
    """
    wanted = int(parameters.get("max_simultaneous_connections", "65000"))
    given = {
        **({"-u": user} if user else {}),
        "-l": node.address,
        "-p": str(node.port),
        "-U": "0",
        "-m": str(max(node.memory // 1024**2, 64)),
        "-c": str(min(wanted, connections)),
        "-I": parameters.get("max_item_size", str(1024**2)),
        "-f": parameters.get("chunk_size_growth_factor", "1.25"),
        "-n": parameters.get("chunk_size", "48"),
        "-b": parameters.get("backlog_queue_limit", "1024"),
        "-t": parameters.get("num-threads", "2"),
        "-R": parameters.get("requests_per_event", "20"),
        "-B": {"auto": "auto", "ascii": "ascii", "binary": "binary"}.get(
            parameters.get("binding_protocol", "auto"), "auto"
        ),
    }
    flags = [
        flag
        for name, flag in (("cas_disabled", "-C"), ("error_on_memory_exhausted", "-M"))
        if parameters.get(name) == "1"
    ]
    options = [
        name
        for name in ("slab_reassign", "modern", "maxconns_fast", "lru_crawler")
        if parameters.get(name, "0") == "1"
    ]
    arguments = [part for pair in given.items() for part in pair] + flags
    return arguments + (["-o", ",".join(options)] if options else [])
