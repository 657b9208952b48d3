"""What a new cache is to be: requests read, checked against each other and against what is here."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forecourt.platform.network import vpcs
from forecourt.store.resources import Resource

from . import endpoints, logs, node_types, nodes, parameter_groups, parameters, subnet_groups
from .nodes import PRIMARY, REPLICA, Node
from .stored import (
    CLUSTERS,
    CREATING,
    PURPOSE,
    SERVERLESS,
    Installation,
    InvalidParameterCombination,
    InvalidParameterValue,
    base,
    customer,
    errors,
    kind_of,
)

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

MOST_NODES = 500  # of a cluster with shards
MOST_OF_SHARD, MOST_MEMCACHED = 6, 40
MOST_OF_REGION = 300  # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/quota-limits.html
PORT = {"valkey": 6379, "redis": 6379, "memcached": 11211}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOW = re.compile(
    r"(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)-(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)\Z"
)
DAILY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)\Z")


def common(tx: Tx, req: Mapping[str, Any], here: Installation, engine: str) -> dict[str, Any]:
    """What replication groups and clusters have alike."""
    node_type = req.get("CacheNodeType") or ""
    check_type(node_type)
    version = here.version(engine, req.get("EngineVersion"))
    family = family_of(engine, version)
    group = (req.get("CacheParameterGroupName") or f"default.{family}").lower()
    mine, _ = parameter_groups.content(tx, group)
    if mine != family:
        raise InvalidParameterCombination(
            f"Expected a parameter group of family {family} but found one of family {mine}"
        )
    if req.get("CacheSecurityGroupNames"):
        raise InvalidParameterCombination(
            "Use of cache security groups is not permitted in this API version for your account."
        )
    port = req.get("Port", PORT[engine])
    if not 1024 <= port <= 65535 - (10_000 if engine != "memcached" else 0):
        raise InvalidParameterValue(f"Invalid port {port}: it is 1150 to 55535.")
    subnet_group = req.get("CacheSubnetGroupName")
    if subnet_group and subnet_group.lower() != subnet_groups.DEFAULT:
        subnet_groups.get(tx, subnet_group)
    for member in ("NetworkType", "IpDiscovery"):
        if req.get(member, "ipv4") != "ipv4":
            raise InvalidParameterValue(f"{member} {req[member]} is not implemented; ipv4 is.")
    return {
        "NodeType": node_type,
        "Engine": engine,
        "Version": version,
        "ParameterGroup": group,
        "SubnetGroup": (subnet_group or subnet_groups.DEFAULT).lower(),
        "SecurityGroupIds": security_groups(tx, req.get("SecurityGroupIds", ())),
        "Port": port,
        "AutoMinor": req.get("AutoMinorVersionUpgrade", True),
        "Maintenance": window(req.get("PreferredMaintenanceWindow")),
        "Topic": req.get("NotificationTopicArn", ""),
        "LogDelivery": logs.read(req.get("LogDeliveryConfigurations", ()), ()),
    }


def security_groups(tx: Tx, ids: Sequence[str]) -> list[str]:
    for id in ids:
        if vpcs.SECURITY_GROUPS.find(tx, id) is None:
            raise InvalidParameterValue(f"Some security groups are invalid: [{id}]")
    return list(ids)


def family_of(engine: str, version: str) -> str:
    major, minor, _ = version.split(".")
    return f"{engine}{major}.{minor}" if engine == "memcached" else f"{engine}{major}"


def check_type(node_type: str) -> None:
    if not node_type:
        raise InvalidParameterValue(
            "The parameter CacheNodeType must be provided and must not be blank."
        )
    if node_type not in node_types.BYTES:
        raise InvalidParameterValue(f"Invalid Cache Node Type: {node_type}.")


def snapshots(req: Mapping[str, Any]) -> dict[str, Any]:
    retention = req.get("SnapshotRetentionLimit", 0)
    if not 0 <= retention <= 35:
        raise InvalidParameterValue("The SnapshotRetentionLimit is 0 to 35 days.")
    when = req.get("SnapshotWindow") or (daily() if retention else "")
    if when and not DAILY.match(when):
        raise InvalidParameterValue(f"Invalid snapshot window: {when}")
    return {"SnapshotRetention": retention, "SnapshotWindow": when}


def daily() -> str:
    hour = secrets.randbelow(23)
    return f"{hour:02}:00-{hour + 1:02}:00"


def window(given: str | None) -> str:
    """A maintenance window; where none is given, an hour of some night."""
    if given is None:
        hour = secrets.randbelow(8)
        day = secrets.choice(DAYS)
        return f"{day}:{hour:02}:00-{day}:{hour + 1:02}:00"
    found = WINDOW.match(given.lower())
    if found is None:
        raise InvalidParameterValue(f"Invalid maintenance window: {given}")
    day, at, minute, last_day, last_hour, last_minute = found.groups()
    start = (DAYS.index(day) * 24 + int(at)) * 60 + int(minute)
    end = (DAYS.index(last_day) * 24 + int(last_hour)) * 60 + int(last_minute)
    if (end - start) % (7 * 24 * 60) < 60:
        raise InvalidParameterValue("A maintenance window is at least 60 minutes long.")
    return given.lower()


def new_secret(tx: Tx) -> str:
    """The password of the service's own user, sealed."""
    return base64.b64encode(tx.seal.close(secrets.token_hex(24).encode(), PURPOSE)).decode()


def opened(tx: Tx, sealed: str) -> str:
    return tx.seal.open(base64.b64decode(sealed), PURPOSE).decode()


def places(tx: Tx, spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The zones of a cache, each with the ARN of a subnet there."""
    if spec.get("Subnets"):
        return subnet_groups.of_subnets(tx, spec["Subnets"])
    return subnet_groups.places(tx, spec["SubnetGroup"])


def zones_for(
    places: Sequence[tuple[str, str]], count: int, wanted: Sequence[str] = (), start: int = 0
) -> list[str]:
    """The zones of some nodes: those asked for, else one after the other."""
    known = [zone for zone, _ in places]
    if wanted:
        if len(wanted) != count:
            raise InvalidParameterValue(
                "The number of availability zones does not match the number of nodes."
            )
        for zone in wanted:
            if zone not in known:
                raise InvalidParameterValue(f"{zone} is not a valid availability zone.")
        return list(wanted)
    return [known[(start + at) % len(known)] for at in range(count)]


def member(
    tx: Tx,
    here: Installation,
    cache: Resource,
    cluster: str,
    zone: str,
    *,
    number: str = "0001",
    shard: str = "",
    role: str = "",
) -> Node:
    """One more node of a cache, and its cluster's document where it is of a replication group."""
    spec = cache.spec
    subnets = dict(places(tx, spec))
    hash, ending = customer(tx.call.account, tx.call.region), base(tx.call.region, here.domain)
    host = endpoints.node(
        cluster,
        shard or number,
        hash,
        ending,
        tls=cache.name if spec.get("Tls") and spec["Engine"] != "memcached" else "",
    )
    if cluster != cache.name and kind_of(cache) is not SERVERLESS:
        CLUSTERS.create(tx, cluster, {"Group": cache.name}, {"State": CREATING})
    return nodes.add(
        tx,
        subnets[zone],
        owner=cache.arn,
        account=tx.call.account,
        region=tx.call.region,
        cluster=cluster,
        number=number,
        shard=shard,
        zone=zone,
        port=spec["Port"],
        host=host,
        role=role,
        engine=spec["Engine"],
        version=spec["Version"],
        memory=memory_of(tx, here, spec),
    )


def memory_of(tx: Tx, here: Installation, spec: Mapping[str, Any]) -> int:
    if "Memory" in spec:
        return int(spec["Memory"] * here.scale)
    if spec["Engine"] == "memcached":
        return node_types.memory(spec["NodeType"], here.scale, 0)
    family, values = parameter_groups.content(tx, spec["ParameterGroup"])
    default = parameters.family(family)["reserved-memory-percent"].default
    percent = int(values.get("reserved-memory-percent", default))
    return node_types.memory(spec["NodeType"], here.scale, percent)


def check_capacity(tx: Tx, here: Installation, spec: Mapping[str, Any], count: int) -> None:
    """Whether `count` more nodes fit onto this machine.  InsufficientCacheClusterCapacity."""
    more = memory_of(tx, here, spec) * count
    if nodes.memory(tx) + more > here.memory:
        raise errors.InsufficientCacheClusterCapacityFault(
            f"{count} nodes of {spec['NodeType']} take {more // 1024**2} MiB here, and of"
            f" {here.memory // 1024**2} MiB {nodes.memory(tx) // 1024**2} are taken. Choose a smaller type, or"
            " lower [cache] scale."
        )


def check_quota(tx: Tx, count: int) -> None:
    have = tx.value(
        "SELECT count(*) FROM cache_node WHERE account = :account AND region = :region",
        account=tx.call.account,
        region=tx.call.region,
    )
    if int(have) + count > MOST_OF_REGION:
        raise errors.NodeQuotaForCustomerExceededFault(
            f"The quota of {MOST_OF_REGION} nodes in this region would be exceeded."
        )


def roles(count: int) -> list[str]:
    return [PRIMARY, *[REPLICA] * (count - 1)]
