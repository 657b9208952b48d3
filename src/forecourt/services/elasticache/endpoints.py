"""Names of caches, as AWS gives them, and the addresses they have now.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Endpoints.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forecourt.platform.names import registry

from .nodes import PRIMARY, REPLICA, TTL, Node

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


def node(cluster: str, number: str, hash: str, base: str, *, tls: str = "") -> str:
    """A node's; `tls` names its group where that is encrypted."""
    if tls:
        return f"{cluster}.{tls}.{hash}.{base}"
    return f"{cluster}.{hash}.{number}.{base}"


def configuration(group: str, hash: str, base: str, *, tls: bool) -> str:
    return f"clustercfg.{group}.{hash}.{base}" if tls else f"{group}.{hash}.clustercfg.{base}"


def memcached(cluster: str, hash: str, base: str) -> str:
    return f"{cluster}.{hash}.cfg.{base}"


def serverless(name: str, hash: str, base: str) -> str:
    return f"{name}-{hash}.serverless.{base}"


def primary(group: str, hash: str, base: str, *, tls: bool) -> str:
    return f"master.{group}.{hash}.{base}" if tls else f"{group}.{hash}.ng.0001.{base}"


def reader(group: str, hash: str, base: str, *, tls: bool) -> str:
    return f"replica.{group}.{hash}.{base}" if tls else f"{group}-ro.{hash}.ng.0001.{base}"


def point(
    tx: Tx, nodes: Iterable[Node], *, configured: str = "", main: str = "", read: str = ""
) -> None:
    """Let the names of a cache have the addresses of the nodes that have its roles now."""
    known = list(nodes)
    if configured:
        registry.set_hosts(tx, configured, [each.place for each in known], TTL)
    if main:
        registry.set_hosts(tx, main, [e.place for e in known if e.role == PRIMARY], TTL)
    if read:
        replicas = [e.place for e in known if e.role == REPLICA and e.state == "available"]
        registry.set_hosts(tx, read, replicas or [e.place for e in known if e.role == PRIMARY], TTL)


def forget(tx: Tx, names: Iterable[str]) -> None:
    for name in names:
        registry.drop_host(tx, name)
