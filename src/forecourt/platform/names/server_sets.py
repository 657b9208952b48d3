"""Sets of four name servers, as Route 53 delegates zones to.

Zones whose names are equal, or one above the other, are never on one set, so that a parent really
refers to its child and equal names do not collide.  Sets are made as they are needed.

The names: ns-N.awsdns-M.<com|net|org|co.uk>, N in blocks of 512 by suffix and M = (N mod 512) / 8, as
in AWS's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

TOPIC = "names"
REGISTRY = "registry"  # the kind of work that registry.py does
BINDING = "server-sets"  # what the supervisors wait for, who bind
SUFFIXES = ("com", "net", "org", "co.uk")
BLOCK = 512
PRIVATE = 0  # stands for the servers of all private zones: VPCs' resolvers
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
PRIVATE_HOSTS = (
    "ns-1536.awsdns-00.co.uk",
    "ns-0.awsdns-00.com",
    "ns-1024.awsdns-00.org",
    "ns-512.awsdns-00.net",
)
MOST = 900  # sets: the smallest network that is allowed has addresses for so many


class NoneLeft(Exception):
    """Every set is taken, and no more can be made."""


@dataclass(frozen=True, slots=True)
class ServerSet:
    number: int
    hosts: tuple[str, ...]


def get(tx: Tx, number: int) -> ServerSet:
    hosts = tx.value("SELECT hosts FROM server_set WHERE number = :number", number=number)
    return ServerSet(number, tuple(json.loads(hosts)))


def numbers(tx: Tx) -> list[int]:
    return [
        number
        for (number,) in tx.all("SELECT number FROM server_set WHERE number > 0 ORDER BY number")
    ]


def private(tx: Tx) -> ServerSet:
    """What private zones name as their servers; nothing listens there."""
    tx.run(
        "INSERT INTO server_set (number, hosts, reserved) VALUES (:number, :hosts, :reserved)"
        " ON CONFLICT DO NOTHING",
        number=PRIVATE,
        hosts=json.dumps(PRIVATE_HOSTS),
        reserved=True,
    )
    return ServerSet(PRIVATE, PRIVATE_HOSTS)


def create(tx: Tx, *, reserved: bool = False) -> ServerSet:
    """A new set; the supervisor gives it addresses when it sees it."""
    number = int(tx.value("SELECT coalesce(max(number), 0) + 1 FROM server_set"))
    if number > MOST:
        raise NoneLeft(
            f"There are {MOST} delegation sets, as many as the network has addresses for."
        )
    made = ServerSet(number, hosts_of(number))
    tx.run(
        "INSERT INTO server_set (number, hosts, reserved) VALUES (:number, :hosts, :reserved)",
        number=number,
        hosts=json.dumps(made.hosts),
        reserved=reserved,
    )
    tx.publish(TOPIC, [f"set:{number}"])
    tx.publish(BINDING, [str(number)])
    tx.enqueue(REGISTRY, str(number))  # lets its servers be found by their names
    return made


def reserve(tx: Tx, number: int, *, reserved: bool) -> None:
    tx.run(
        "UPDATE server_set SET reserved = :reserved WHERE number = :number",
        reserved=reserved,
        number=number,
    )


def choose(tx: Tx, sort_key: str) -> ServerSet:
    """The first set that holds nothing equal to, above or below a name."""
    taken = conflicts(tx, sort_key)
    rows = tx.all("SELECT number FROM server_set WHERE NOT reserved AND number > 0 ORDER BY number")
    for (number,) in rows:
        if number not in taken:
            return get(tx, number)
    return create(tx)


def conflicts(tx: Tx, sort_key: str) -> set[int]:
    """The sets that hold a zone equal to, above or below a name."""
    rows = tx.all(
        "SELECT DISTINCT server_set FROM published_zone"
        " WHERE sort_key >= :first AND sort_key < :beyond",
        first=sort_key,
        beyond=sort_key[:-1] + "/",  # the character after the dot that ends the key
    )
    found = {number for (number,) in rows}
    for above in ancestors(sort_key):
        rows = tx.all("SELECT server_set FROM published_zone WHERE sort_key = :key", key=above)
        found |= {number for (number,) in rows}
    return found


def ancestors(sort_key: str) -> Iterable[str]:
    """ "com.example.www." -> "com.example.", "com."."""
    parts = sort_key.rstrip(".").split(".")
    return (".".join(parts[:count]) + "." for count in range(len(parts) - 1, 0, -1))


def hosts_of(number: int) -> tuple[str, ...]:
    """The names of a set's servers: each number gives others, spread over the blocks."""
    turn, place = divmod(number, BLOCK)
    hosts = []
    for block, suffix in enumerate(SUFFIXES):
        within = (place * 37 + block * 101 + 11) % BLOCK  # 37 is odd: a permutation
        n = within + BLOCK * block + BLOCK * len(SUFFIXES) * turn
        hosts.append(f"ns-{n}.awsdns-{within // 8:02}.{suffix}")
    start = number % len(hosts)
    return tuple(hosts[start:] + hosts[:start])
