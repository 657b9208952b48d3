"""Traffic policy instances: a version of a policy that answers for a name of a zone.

The name shows one record set with the instance's id; what is answered are the sets that the document
compiles to, published with the name and gone with it.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateTrafficPolicyInstance.html
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.planes.dns.snapshot import pack
from forecourt.platform import quotas
from forecourt.platform.names import publishing
from forecourt.platform.names.server_sets import TOPIC
from forecourt.store.resources import Kind, Resource

from .domain_names import BadName, Name, parse
from .health_checks import checks
from .traffic_documents import Document, checks_of, compile_document, parse_document
from .zones import API, Zone, errors, get_zone, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
instances = Kind(
    "route53", "trafficpolicyinstance", errors.NoSuchTrafficPolicyInstance, is_global=True
)
versions = Kind("route53", "trafficpolicyversion", errors.NoSuchTrafficPolicy, is_global=True)
MOST = 100  # on a page
NONE = "No traffic policy instance exists with the specified ID."
UNSUPPORTED = (
    "This resource record set includes an attribute that is unsupported on this Route 53 API"
    " version. Please consider using a newer API version or a tool that does so."
)


@ops.write
def create_traffic_policy_instance(
    tx: Tx, req: t.CreateTrafficPolicyInstanceRequest
) -> t.CreateTrafficPolicyInstanceResponse:
    """Answer for a name by a policy."""
    zone = get_zone(tx, req["HostedZoneId"])
    name = name_in(zone, req["Name"])
    document = document_of(tx, req["TrafficPolicyId"], req["TrafficPolicyVersion"])
    if instances.count(tx) >= quotas.limit(tx, "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER"):
        raise errors.TooManyTrafficPolicyInstances(
            "Limits Exceeded: MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER - Cannot create more traffic"
            " policy instances."
        )
    taken = tx.one(
        "SELECT 1 FROM route53_record_set WHERE zone = :zone AND sort_key = :key"
        " AND (type = :type OR type = 'CNAME' OR :type = 'CNAME') LIMIT 1",
        zone=zone.id,
        key=name.sort_key,
        type=document.type,
    )
    if taken is not None:
        raise errors.TrafficPolicyInstanceAlreadyExists(
            "There is already a traffic policy instance or a record set with this name and type."
        )
    spec = {
        "HostedZoneId": zone.id,
        "Name": name.text,
        "TTL": req["TTL"],
        "TrafficPolicyId": req["TrafficPolicyId"],
        "TrafficPolicyVersion": req["TrafficPolicyVersion"],
        "TrafficPolicyType": document.type,
    }
    made = instances.create(tx, str(uuid.uuid4()), spec, {})
    seq = put(tx, zone, name, made, document)
    made = instances.change(tx, made, status={"Seq": seq, "Hidden": hidden_of(document, name)})
    tx.run("UPDATE route53_zone SET record_sets = record_sets + 1 WHERE id = :id", id=zone.id)
    return {
        "TrafficPolicyInstance": shown(tx, made),
        "Location": f"{API}/trafficpolicyinstance/{made.name}",
    }


@ops.read
def get_traffic_policy_instance(
    tx: Tx, req: t.GetTrafficPolicyInstanceRequest
) -> t.GetTrafficPolicyInstanceResponse:
    return {"TrafficPolicyInstance": shown(tx, get(tx, req["Id"]))}


@ops.read
def get_traffic_policy_instance_count(
    tx: Tx, req: t.GetTrafficPolicyInstanceCountRequest
) -> t.GetTrafficPolicyInstanceCountResponse:
    return {"TrafficPolicyInstanceCount": instances.count(tx)}


@ops.write
def update_traffic_policy_instance(
    tx: Tx, req: t.UpdateTrafficPolicyInstanceRequest
) -> t.UpdateTrafficPolicyInstanceResponse:
    """Answer by another version, another policy or with another TTL, from one moment on."""
    found = get(tx, req["Id"])
    document = document_of(tx, req["TrafficPolicyId"], req["TrafficPolicyVersion"])
    if document.type != found.spec["TrafficPolicyType"]:
        raise errors.ConflictingTypes(
            "You tried to update a traffic policy instance by using a traffic policy version that"
            f" has a different DNS type: {found.spec['TrafficPolicyType']}, {document.type}"
        )
    spec = {
        **found.spec,
        "TTL": req["TTL"],
        "TrafficPolicyId": req["TrafficPolicyId"],
        "TrafficPolicyVersion": req["TrafficPolicyVersion"],
    }
    zone, name = get_zone(tx, spec["HostedZoneId"]), parse(spec["Name"])
    changed = instances.change(tx, found, spec=spec)
    seq = put(tx, zone, name, changed, document, found.status["Hidden"])
    status = {"Seq": seq, "Hidden": hidden_of(document, name)}
    return {"TrafficPolicyInstance": shown(tx, instances.change(tx, changed, status=status))}


@ops.write
def delete_traffic_policy_instance(
    tx: Tx, req: t.DeleteTrafficPolicyInstanceRequest
) -> t.DeleteTrafficPolicyInstanceResponse:
    """Delete an instance and all that it answered."""
    found = get(tx, req["Id"])
    zone, name = get_zone(tx, found.spec["HostedZoneId"]), parse(found.spec["Name"])
    tx.run(
        "DELETE FROM route53_record_set WHERE zone = :zone AND sort_key = :key AND type = :type",
        zone=zone.id,
        key=name.sort_key,
        type=found.spec["TrafficPolicyType"],
    )
    gone: Any = {bytes.fromhex(each): [] for each in found.status["Hidden"]}
    publishing.publish_names(tx, zone.id, gone | {name.wire: stored(tx, zone.id, name)})
    tx.run("UPDATE route53_zone SET record_sets = record_sets - 1 WHERE id = :id", id=zone.id)
    instances.remove(tx, found)
    return {}


@ops.read
def list_traffic_policy_instances(
    tx: Tx, req: t.ListTrafficPolicyInstancesRequest
) -> t.ListTrafficPolicyInstancesResponse:
    start = (
        req.get("HostedZoneIdMarker", ""),
        req.get("TrafficPolicyInstanceNameMarker", ""),
        req.get("TrafficPolicyInstanceTypeMarker", ""),
    )
    page: Any = listing(tx, req, instances.all(tx), start)
    return page


@ops.read
def list_traffic_policy_instances_by_hosted_zone(
    tx: Tx, req: t.ListTrafficPolicyInstancesByHostedZoneRequest
) -> t.ListTrafficPolicyInstancesByHostedZoneResponse:
    zone = get_zone(tx, req["HostedZoneId"])
    found = [each for each in instances.all(tx) if each.spec["HostedZoneId"] == zone.id]
    start = (
        zone.id,
        req.get("TrafficPolicyInstanceNameMarker", ""),
        req.get("TrafficPolicyInstanceTypeMarker", ""),
    )
    page: Any = listing(tx, req, found, start)
    page.pop("HostedZoneIdMarker", None)
    return page


@ops.read
def list_traffic_policy_instances_by_policy(
    tx: Tx, req: t.ListTrafficPolicyInstancesByPolicyRequest
) -> t.ListTrafficPolicyInstancesByPolicyResponse:
    document_of(tx, req["TrafficPolicyId"], req["TrafficPolicyVersion"])
    start = (
        req.get("HostedZoneIdMarker", ""),
        req.get("TrafficPolicyInstanceNameMarker", ""),
        req.get("TrafficPolicyInstanceTypeMarker", ""),
    )
    found = using(tx, req["TrafficPolicyId"], req["TrafficPolicyVersion"])
    page: Any = listing(tx, req, found, start)
    return page


def listing(tx: Tx, req: Any, found: list[Resource], start: tuple[str, str, str]) -> dict[str, Any]:
    """A page by zone, name and type, from the markers on."""
    size = page_size(req.get("MaxItems"), MOST)
    zone, name, type_ = start
    first = (zone, parse(name).sort_key if name else "", type_)
    left = sorted((each for each in found if order(each) >= first), key=order)
    page: dict[str, Any] = {
        "TrafficPolicyInstances": [shown(tx, each) for each in left[:size]],
        "IsTruncated": len(left) > size,
        "MaxItems": str(size),
    }
    if len(left) > size:
        following = left[size].spec
        page["HostedZoneIdMarker"] = following["HostedZoneId"]
        page["TrafficPolicyInstanceNameMarker"] = following["Name"]
        page["TrafficPolicyInstanceTypeMarker"] = following["TrafficPolicyType"]
    return page


def order(each: Resource) -> tuple[str, str, str]:
    spec = each.spec
    return spec["HostedZoneId"], parse(spec["Name"]).sort_key, spec["TrafficPolicyType"]


def get(tx: Tx, instance_id: str) -> Resource:
    return instances.get(tx, instance_id, NONE)


def using(tx: Tx, policy_id: str, version: int) -> list[Resource]:
    """The instances of a policy's version."""
    wanted = policy_id, version
    return [
        each
        for each in instances.all(tx)
        if (each.spec["TrafficPolicyId"], each.spec["TrafficPolicyVersion"]) == wanted
    ]


def document_of(tx: Tx, policy_id: str, version: int) -> Document:
    """A version's document; its health checks are the caller's.  NoSuchTrafficPolicy, InvalidInput."""
    complaint = "No traffic policy exists with the specified ID."
    document = parse_document(
        versions.get(tx, f"{policy_id} {version:04}", complaint).spec["Document"]
    )
    for check in checks_of(document):
        if checks.find(tx, check) is None:
            raise errors.InvalidInput(f"A health check with id {check} does not exist.")
    return document


def name_in(zone: Zone, given: str) -> Name:
    """A name of a zone.  InvalidInput."""
    try:
        name = parse(given)
    except BadName as bad:
        raise errors.InvalidInput(str(bad)) from None
    if not name.within(parse(zone.name)):
        raise errors.InvalidInput(
            f"RRSet with DNS name {name.text} is not permitted in zone {zone.name}"
        )
    return name


def put(
    tx: Tx, zone: Zone, name: Name, instance: Resource, document: Document, before: Any = ()
) -> int:
    """Keep the set that the name shows, and publish what it answers; the feed's sequence number."""
    compiled = compile_document(document, name.wire, instance.spec["TTL"])
    body = {
        "Name": name.text,
        "Type": document.type,
        "ResourceRecords": [{"Value": UNSUPPORTED}],
        "TrafficPolicyInstanceId": instance.name,
    }
    tx.run(
        "INSERT INTO route53_record_set (zone, sort_key, type, set_identifier, owner, body, packed)"
        " VALUES (:zone, :sort_key, :type, '', :owner, :body, :packed)"
        " ON CONFLICT (zone, sort_key, type, set_identifier) DO UPDATE SET"
        " body = excluded.body, packed = excluded.packed",
        zone=zone.id,
        sort_key=name.sort_key,
        type=document.type,
        owner=name.wire,
        body=json.dumps(body),
        packed=pack(compiled.pop(name.wire)),
    )
    gone: Any = {bytes.fromhex(each): [] for each in before}
    return publishing.publish_names(
        tx, zone.id, gone | compiled | {name.wire: stored(tx, zone.id, name)}
    )


def stored(tx: Tx, zone_id: str, name: Name) -> Any:
    from .record_sets import stored_node  # which knows us through no other way

    return stored_node(tx, zone_id, name)


def hidden_of(document: Document, name: Name) -> list[str]:
    """The names that an instance has below its own."""
    return [each.hex() for each in compile_document(document, name.wire, 0) if each != name.wire]


def shown(tx: Tx, found: Resource) -> t.TrafficPolicyInstance:
    """Applied when every name server answers by it."""
    applied = tx.reached(TOPIC) >= found.status["Seq"]
    document: Any = {
        **found.spec,
        "Id": found.name,
        "State": "Applied" if applied else "Creating",
        "Message": "",
    }
    return document
