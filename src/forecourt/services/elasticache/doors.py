"""Where clients come in over TLS: the doors of all caches that have it, and who may bring a token.

for one in doors(tx): ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from forecourt.platform.names import registry
from forecourt.store.resources import at

from . import access, documents, nodes, placing
from .documents import durability
from .nodes import behind_tls, inner_port

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Entrance:
    """A node's door, and whose tokens open it."""

    node: str
    owner: str  # the ARN of its replication group
    name: str  # of the group
    address: str
    port: int
    behind: int
    required: bool
    names: tuple[str, ...]
    tokens: Mapping[
        str, tuple[str, str]
    ]  # by user that signs in by IAM: its ARN, what its engine knows
    secret: str = ""  # the service's own
    elsewhere: tuple[tuple[str, int], ...] = ()  # the engines of its shard in other zones


def owners(tx: Tx) -> list[str]:
    """The caches that have TLS."""
    found = dict.fromkeys(each.owner for each in nodes.everybodys(tx))
    return [arn for arn in found if (group := at(tx, arn)) is not None and group.spec.get("Tls")]


def entrances(tx: Tx, arn: str) -> list[Entrance]:
    """The doors of one group, in the name of its owner."""
    found = at(tx, arn)
    if found is None:
        return []
    secret = placing.opened(tx, found.status["Secret"])
    called = tuple(documents.names(tx, found).values())
    tokens = {
        user.spec["Name"]: (user.arn, access.stand_in(secret, user.spec["Name"]))
        for name in found.spec.get("UserGroups", ())
        for user in access.members(tx, name)
        if user.spec["Authentication"] == "iam"
    }
    network = registry.network(tx).network_address
    known = nodes.of(tx, arn)
    engines = {
        node.id: (str(IPv4Address(network) + node.place), inner_port(node, found.spec))
        for node in known
    }
    doors = [
        Entrance(
            node.id,
            arn,
            found.name,
            engines[node.id][0],
            node.port,
            engines[node.id][1],
            found.spec["TlsMode"] == "required",
            (*called, node.host),
            tokens,
            secret,
            tuple(
                engines[each.id]
                for each in known
                if each.shard == node.shard and each.zone != node.zone
            ),
        )
        for node in known
    ]
    if "Place" in found.status:
        where, port = str(IPv4Address(network) + found.status["Place"]), found.spec["Port"]
        behind = port + behind_tls(found.spec)
        doors.append(
            Entrance(found.uid, arn, found.name, where, port, behind, True, called, tokens)
        )
    return doors


def is_sync(tx: Tx, arn: str) -> bool:
    """Whether a group's writes are acknowledged only once they are in two zones."""
    found = at(tx, arn)
    return found is not None and durability(found.spec) == "sync"
