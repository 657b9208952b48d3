"""The nodes of caches: rows that say where each is, and what it is.

for node in nodes.of(tx, arn): ...
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from forecourt.platform.names import registry
from forecourt.platform.network import pools
from forecourt.platform.network.addresses import Exhausted

from .stored import CREATING, errors

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

PRIMARY, REPLICA = "primary", "replica"
TTL = 5  # seconds that a name of a node or an endpoint is remembered


@dataclass(frozen=True, slots=True)
class Node:
    id: str
    owner: str
    account: str
    region: str
    cluster: str
    number: str
    shard: str
    zone: str
    place: int
    port: int
    host: str
    role: str
    state: str
    engine: str
    version: str
    memory: int
    created: float


COLUMNS = ", ".join(each.name for each in fields(Node))
VALUES = ", ".join(f":{each.name}" for each in fields(Node))


def of(tx: Tx, owner: str) -> list[Node]:
    """The nodes of a replication group or a cluster, by cluster and number."""
    rows = tx.all(
        f"SELECT {COLUMNS} FROM cache_node WHERE owner = :owner ORDER BY shard, cluster, number",
        owner=owner,
    )
    return [Node(*row) for row in rows]


def everybodys(tx: Tx) -> list[Node]:
    return [Node(*row) for row in tx.all(f"SELECT {COLUMNS} FROM cache_node ORDER BY id")]


def add(tx: Tx, subnet: str, **known: Any) -> Node:
    """A node with an address of a subnet (an ARN), and its name in DNS."""
    made = secrets.token_hex(8)
    node = Node(
        id=made, place=place(tx, subnet, made), state=CREATING, created=tx.now.timestamp(), **known
    )
    values = dict(zip((each.name for each in fields(Node)), astuple(node), strict=True))
    tx.run(f"INSERT INTO cache_node ({COLUMNS}) VALUES ({VALUES})", **values)
    registry.set_hosts(tx, node.host, [node.place], TTL)
    return node


def place(tx: Tx, subnet: str, user: str) -> int:
    """An address of a subnet, as its place in the network.  InsufficientCacheClusterCapacity."""
    try:
        return pools.take(tx, subnet, f"cache {user}")
    except Exhausted as error:
        raise errors.InsufficientCacheClusterCapacityFault(str(error)) from None


def change(tx: Tx, node: Node, **members: Any) -> Node:
    """The node with other values."""
    changes = ", ".join(f"{name} = :{name}" for name in members)
    tx.run(f"UPDATE cache_node SET {changes} WHERE id = :id", id=node.id, **members)
    return replace(node, **members)


def set_state(tx: Tx, given: Iterable[Node], state: str) -> None:
    for node in given:
        change(tx, node, state=state)


def remove(tx: Tx, node: Node) -> None:
    """A node is no more: nor its address, nor its name."""
    tx.run("DELETE FROM cache_node WHERE id = :id", id=node.id)
    pools.give_back(tx, node.place)
    registry.drop_host(tx, node.host)


def inner_port(node: Node, spec: Mapping[str, Any]) -> int:
    """Where a node's engine listens: one further, where TLS is terminated before it."""
    return node.port + behind_tls(spec)


def behind_tls(spec: Mapping[str, Any]) -> int:
    """How much further something listens than its clients come in."""
    return 1 if spec.get("Tls") else 0


def memory(tx: Tx) -> int:
    """Bytes that all nodes have together."""
    return int(tx.value("SELECT sum(memory) FROM cache_node") or 0)
