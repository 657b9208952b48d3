"""Replication groups and clusters as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.store.resources import Resource

from . import endpoints, logs, nodes
from .nodes import Node
from .stored import AVAILABLE, CREATING, GROUPS, SERVERLESS, base, customer, installation, kind_of

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

LANDING = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clients.html"


def names(tx: Tx, cache: Resource) -> dict[str, str]:
    """The names of a cache beside its nodes': `configured`, or `main` and `read`."""
    spec = cache.spec
    hash = customer(tx.call.account, tx.call.region)
    ending = base(tx.call.region, installation(tx).domain)
    if spec["Engine"] == "memcached":
        return {"configured": endpoints.memcached(cache.name, hash, ending)}
    if "Shards" not in spec:
        return {}
    if kind_of(cache) is SERVERLESS:
        return {"main": endpoints.serverless(cache.name, hash, ending)}
    tls = bool(spec["Tls"])
    if spec["Clustered"]:
        return {"configured": endpoints.configuration(cache.name, hash, ending, tls=tls)}
    return {
        "main": endpoints.primary(cache.name, hash, ending, tls=tls),
        "read": endpoints.reader(cache.name, hash, ending, tls=tls),
    }


def endpoint(host: str, port: int) -> dict[str, Any]:
    return {"Address": host, "Port": port}


def group(tx: Tx, found: Resource) -> Any:
    """A ReplicationGroup."""
    spec, status = found.spec, found.status
    known = nodes.of(tx, found.arn)
    ready = status["State"] != CREATING
    called = names(tx, found)
    shown: dict[str, Any] = {
        "ReplicationGroupId": found.name,
        "Description": spec["Description"],
        "GlobalReplicationGroupInfo": {
            "GlobalReplicationGroupId": spec["Global"],
            "GlobalReplicationGroupMemberRole": "PRIMARY",
        }
        if "Global" in spec
        else {},
        "Status": status["State"],
        "PendingModifiedValues": pending(status.get("Pending", {})),
        "MemberClusters": [each.cluster for each in known],
        "AutomaticFailover": "enabled" if spec["AutomaticFailover"] else "disabled",
        "MultiAZ": "enabled" if spec["MultiAZ"] else "disabled",
        "SnapshotRetentionLimit": spec["SnapshotRetention"],
        "SnapshotWindow": spec["SnapshotWindow"],
        "ClusterEnabled": spec["Clustered"],
        "CacheNodeType": spec["NodeType"],
        "AuthTokenEnabled": bool(spec.get("AuthTokens")),
        "TransitEncryptionEnabled": bool(spec["Tls"]),
        "AtRestEncryptionEnabled": spec.get("AtRest", False),
        "ARN": found.arn,
        "LogDeliveryConfigurations": logs.document(spec),
        "ReplicationGroupCreateTime": found.created,
        "DataTiering": "disabled",
        "AutoMinorVersionUpgrade": spec["AutoMinor"],
        "NetworkType": "ipv4",
        "IpDiscovery": "ipv4",
        "ClusterMode": spec["ClusterMode"],
        "Engine": spec["Engine"],
        "UserGroupIds": spec.get("UserGroups", []),
    }
    if spec["Engine"] == "valkey":
        shown["Durability"] = spec.get("Durability", "default")
        shown["EffectiveDurability"] = durability(spec)
    if spec.get("AtRest"):
        shown["StorageEncryptionType"] = "sse-elasticache"
    if spec["Tls"]:
        shown["TransitEncryptionMode"] = spec["TlsMode"]
    if spec.get("AuthChanged"):
        shown["AuthTokenLastModifiedDate"] = moment(spec["AuthChanged"])
    if spec.get("Snapshotting"):
        shown["SnapshottingClusterId"] = spec["Snapshotting"]
    if ready or known:
        shown["NodeGroups"] = [
            node_group(spec, status, each, known, called, ready) for each in spec["Shards"]
        ]
    if spec["Clustered"] and ready:
        shown["ConfigurationEndpoint"] = endpoint(called["configured"], spec["Port"])
    return shown


def node_group(
    spec: Mapping[str, Any],
    status: Mapping[str, Any],
    shard: Mapping[str, Any],
    known: Sequence[Node],
    called: Mapping[str, str],
    ready: bool,
) -> Any:
    mine = [each for each in known if each.shard == shard["Id"]]
    shown: dict[str, Any] = {
        "NodeGroupId": shard["Id"],
        "Status": AVAILABLE if all(e.state == AVAILABLE for e in mine) else status["State"],
    }
    if spec["Clustered"]:
        shown["Slots"] = shard["Slots"]
    elif ready:
        shown["PrimaryEndpoint"] = endpoint(called["main"], spec["Port"])
        shown["ReaderEndpoint"] = endpoint(called["read"], spec["Port"])
    shown["NodeGroupMembers"] = [
        {
            "CacheClusterId": each.cluster,
            "CacheNodeId": each.number,
            "PreferredAvailabilityZone": each.zone,
            **(
                {}
                if spec["Clustered"]
                else {
                    "ReadEndpoint": endpoint(each.host, each.port),
                    "CurrentRole": each.role,
                }
            ),
        }
        for each in mine
    ]
    return shown


def durability(spec: Mapping[str, Any]) -> str:
    """What is in effect: sync, async or disabled."""
    wanted = spec.get("Durability", "default")
    return "disabled" if wanted == "default" else wanted


def pending(found: Mapping[str, Any]) -> Any:
    return dict(found)


def cluster(tx: Tx, found: Resource, *, with_nodes: bool) -> Any:
    """A CacheCluster: one of its own, or a node of a replication group."""
    cache = found
    if "Group" in found.spec:
        cache = GROUPS.get(tx, found.spec["Group"], "The replication group is gone.")
    spec = cache.spec
    known = [each for each in nodes.of(tx, cache.arn) if each.cluster == found.name]
    zones = {each.zone for each in known}
    state = found.status["State"]
    shown: dict[str, Any] = {
        "CacheClusterId": found.name,
        "ClientDownloadLandingPage": LANDING,
        "CacheNodeType": spec["NodeType"],
        "Engine": known[0].engine if known else spec["Engine"],
        "EngineVersion": known[0].version if known else spec["Version"],
        "CacheClusterStatus": state,
        "NumCacheNodes": len(known),
        "PreferredAvailabilityZone": zones.pop() if len(zones) == 1 else "Multiple",
        "CacheClusterCreateTime": found.created,
        "PreferredMaintenanceWindow": spec["Maintenance"],
        "PendingModifiedValues": pending(cache.status.get("Pending", {})) if cache is found else {},
        "CacheSecurityGroups": [],
        "CacheParameterGroup": {
            "CacheParameterGroupName": spec["ParameterGroup"],
            "ParameterApplyStatus": cache.status.get("ParameterStatus", "in-sync"),
            "CacheNodeIdsToReboot": [
                each.number for each in known if cache.status.get("ParameterStatus")
            ],
        },
        "CacheSubnetGroupName": spec["SubnetGroup"],
        "AutoMinorVersionUpgrade": spec["AutoMinor"],
        "SecurityGroups": [
            {"SecurityGroupId": id, "Status": "active"} for id in spec["SecurityGroupIds"]
        ],
        "SnapshotRetentionLimit": spec.get("SnapshotRetention", 0),
        "AuthTokenEnabled": bool(spec.get("AuthTokens")),
        "TransitEncryptionEnabled": bool(spec.get("Tls")),
        "AtRestEncryptionEnabled": spec.get("AtRest", False),
        "ARN": found.arn,
        "ReplicationGroupLogDeliveryEnabled": cache is not found and bool(spec.get("LogDelivery")),
        "LogDeliveryConfigurations": logs.document(spec),
        "NetworkType": "ipv4",
        "IpDiscovery": "ipv4",
    }
    if spec.get("Tls"):
        shown["TransitEncryptionMode"] = spec["TlsMode"]
    if spec.get("SnapshotWindow"):
        shown["SnapshotWindow"] = spec["SnapshotWindow"]
    if "Group" in found.spec:
        shown["ReplicationGroupId"] = found.spec["Group"]
    if spec["Topic"]:
        shown["NotificationConfiguration"] = {"TopicArn": spec["Topic"], "TopicStatus": "active"}
    if spec["Engine"] == "memcached" and state != CREATING:
        shown["ConfigurationEndpoint"] = endpoint(names(tx, found)["configured"], spec["Port"])
    if with_nodes:
        shown["CacheNodes"] = [node(each, cache.status) for each in known]
    return shown


def node(found: Node, status: Mapping[str, Any]) -> Any:
    shown = {
        "CacheNodeId": found.number,
        "CacheNodeStatus": found.state,
        "CacheNodeCreateTime": moment(found.created),
        "ParameterGroupStatus": status.get("ParameterStatus", "in-sync"),
        "CustomerAvailabilityZone": found.zone,
    }
    if found.state != CREATING:
        shown["Endpoint"] = endpoint(found.host, found.port)
    return shown


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
