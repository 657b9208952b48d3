"""Record sets: ChangeResourceRecordSets and ListResourceRecordSets.

A batch is one transaction: all of it applies, or none, and everything that is wrong with it is said
at once.  Its changes are applied in order to the names they touch; what must hold of a name
(rules.py) is judged when all are applied.  Each name touched is published once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.planes.dns.routing import Routing
from forecourt.planes.dns.snapshot import RRset, pack, unpack
from forecourt.planes.dns.wire import TYPES
from forecourt.platform import quotas
from forecourt.platform.names import publishing
from forecourt.platform.names.geography import places

from . import rules
from .batch import Batch
from .changes import record_change
from .cidr_collections import collections
from .domain_names import Name, parse_target
from .health_checks import checks
from .rdata import to_wire
from .routing_rules import near_problem, point_of
from .zones import errors, get_zone, name_in_request, page_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")

MOST = 300  # record sets on a page
INSERT = (
    "INSERT INTO route53_record_set"
    " (zone, sort_key, type, set_identifier, owner, body, packed, location)"
    " VALUES (:zone, :sort_key, :type, :set_identifier, :owner, :body, :packed, :location)"
    " ON CONFLICT (zone, sort_key, type, set_identifier) DO UPDATE SET"
    " body = excluded.body, packed = excluded.packed, location = excluded.location"
)
KEY = "zone = :zone AND sort_key = :sort_key AND type = :type AND set_identifier = :set_identifier"


@ops.write
def change_resource_record_sets(
    tx: Tx, req: t.ChangeResourceRecordSetsRequest
) -> t.ChangeResourceRecordSetsResponse:
    """Apply a batch of changes to a zone, or say everything that is in the way."""
    changes = req["ChangeBatch"]["Changes"]
    for change in changes:
        problem = rules.shape_problem(change) or near_problem(change["ResourceRecordSet"])
        if problem is not None:
            raise errors.InvalidInput(f"Invalid request: {problem}")
    zone = get_zone(tx, req["HostedZoneId"])
    for change in changes:
        if "TrafficPolicyInstanceId" in change["ResourceRecordSet"]:
            raise errors.InvalidInput(
                "Record sets of traffic policy instances are changed by changing the instance."
            )
        if change["Action"] != "DELETE":
            references_exist(tx, change["ResourceRecordSet"])
    if too_much := rules.too_much(changes):
        raise errors.InvalidChangeBatch(f"[{', '.join(too_much)}]", messages=too_much)

    batch = Batch(tx, zone)
    for change in changes:
        batch.apply(change)
    complaints = batch.complaints + batch.judge()
    most = quotas.limit(tx, "MAX_RRSETS_BY_ZONE")
    if not complaints and batch.growth > 0 and zone.record_sets + batch.growth > most:
        complaints = [f"Exceeded limit MAX_RRSETS_BY_ZONE for zone: {zone.id}"]
    if complaints:
        raise errors.InvalidChangeBatch(f"[{', '.join(complaints)}]", messages=complaints)

    for name in batch.changed():
        delete_sets(tx, zone.id, name, batch.gone(name))
        insert_sets(tx, zone.id, name, batch.new(name))
    if batch.growth:
        tx.run(
            "UPDATE route53_zone SET record_sets = record_sets + :growth WHERE id = :id",
            growth=batch.growth,
            id=zone.id,
        )
    nodes = {name.wire: stored_node(tx, zone.id, name) for name in batch.changed()}
    seq = publishing.publish_names(tx, zone.id, nodes)
    return {"ChangeInfo": record_change(tx, seq, req["ChangeBatch"].get("Comment"))}


def references_exist(tx: Tx, rrset: t.ResourceRecordSet) -> None:
    """What a record set refers to is the caller's.  NoSuchHealthCheck, InvalidInput."""
    if check := rrset.get("HealthCheckId"):
        checks.get(tx, check, f"A health check with id {check} does not exist.")
    if cidr := rrset.get("CidrRoutingConfig"):
        found = collections.find(tx, cidr["CollectionId"])
        if found is None or (
            cidr["LocationName"] != "*" and cidr["LocationName"] not in found.status["Locations"]
        ):
            raise errors.InvalidInput(
                f"The CIDR location {cidr['LocationName']} of the CIDR collection"
                f" {cidr['CollectionId']} does not exist."
            )


@ops.read
def list_resource_record_sets(
    tx: Tx, req: t.ListResourceRecordSetsRequest
) -> t.ListResourceRecordSetsResponse:
    """A zone's record sets by reversed labels, then type, then identifier."""
    zone = get_zone(tx, req["HostedZoneId"])
    start_name, start_type = req.get("StartRecordName"), req.get("StartRecordType", "")
    if (start_type and not start_name) or (
        req.get("StartRecordIdentifier") and not (start_name and start_type)
    ):
        raise errors.InvalidInput("")
    size = page_size(req.get("MaxItems"), MOST)
    rows = tx.all(
        "SELECT body FROM route53_record_set WHERE zone = :zone"
        " AND (sort_key, type, set_identifier) >= (:name, :type, :identifier)"
        " ORDER BY sort_key, type, set_identifier LIMIT :size",
        zone=zone.id,
        name=name_in_request(start_name).sort_key if start_name else "",
        type=start_type,
        identifier=req.get("StartRecordIdentifier", ""),
        size=size + 1,
    )
    # One document is read faster than a hundred.
    found = json.loads(f"[{','.join(body for (body,) in rows)}]")
    page: t.ListResourceRecordSetsResponse = {
        "ResourceRecordSets": found[:size],
        "IsTruncated": len(found) > size,
        "MaxItems": str(size),
    }
    if page["IsTruncated"]:
        following = found[size]
        page["NextRecordName"] = following["Name"]
        page["NextRecordType"] = following["Type"]
        if "SetIdentifier" in following:
            page["NextRecordIdentifier"] = following["SetIdentifier"]
    return page


def insert_sets(tx: Tx, zone: str, name: Name, sets: Iterable[t.ResourceRecordSet]) -> None:
    """Keep record sets of one name, in place of those with the same type and identifier."""
    rows = [
        {
            "zone": zone,
            "sort_key": name.sort_key,
            "type": body["Type"],
            "set_identifier": body.get("SetIdentifier", ""),
            "owner": name.wire,
            "body": json.dumps(body, separators=(",", ":")),
            "packed": pack([rrset_of(body, zone)]),
            "location": location_of(body) or None,
        }
        for body in sets
    ]
    tx.many(INSERT, rows)


def delete_sets(tx: Tx, zone: str, name: Name, keys: Iterable[tuple[str, str]]) -> None:
    rows = [
        {"zone": zone, "sort_key": name.sort_key, "type": type_, "set_identifier": identifier}
        for type_, identifier in keys
    ]
    tx.many(f"DELETE FROM route53_record_set WHERE {KEY}", rows)


def stored_node(tx: Tx, zone: str, name: Name) -> list[RRset]:
    """What is kept of a name, as the name servers take it."""
    rows = tx.all(
        "SELECT packed FROM route53_record_set WHERE zone = :zone AND sort_key = :key",
        zone=zone,
        key=name.sort_key,
    )
    return unpack(b"".join(packed for (packed,) in rows))


def node_of(sets: Iterable[t.ResourceRecordSet], zone: str) -> list[RRset]:
    return [rrset_of(body, zone) for body in sets]


def rrset_of(body: t.ResourceRecordSet, zone: str) -> RRset:
    """A record set of a zone in wire form; its values were checked before."""
    type_ = TYPES[body["Type"]]
    routing = routing_of(body)
    if (alias := body.get("AliasTarget")) is not None:
        target = parse_target(alias["DNSName"]).lower()
        elsewhere = alias["HostedZoneId"] if alias["HostedZoneId"] != zone else ""
        evaluate = alias["EvaluateTargetHealth"]
        return RRset(type_, rules.ALIAS_TTL, (), target, elsewhere, evaluate, routing)
    values = tuple(to_wire(body["Type"], r["Value"]) for r in body["ResourceRecords"])
    return RRset(type_, body["TTL"], values, routing=routing)


def routing_of(body: t.ResourceRecordSet) -> Routing | None:
    """When a record set answers; None for a simple one."""
    identifier, check = body.get("SetIdentifier", ""), body.get("HealthCheckId", "")
    match body:
        case {"Weight": weight}:
            return Routing("weighted", identifier, check, weight=weight)
        case {"Region": region}:
            return Routing("latency", identifier, check, point=places().regions.get(region))
        case {"Failover": role}:
            return Routing("failover", identifier, check, primary=role == "PRIMARY")
        case {"MultiValueAnswer": True}:
            return Routing("multivalue", identifier, check)
        case {"GeoLocation": location}:
            return Routing("geolocation", identifier, check, places=(place_of(location),))
        case {"GeoProximityLocation": location}:
            point, bias = point_of(location), location.get("Bias", 0)
            return Routing("geoproximity", identifier, check, point=point, bias=bias)
        case {"CidrRoutingConfig": {"LocationName": "*"}}:
            return Routing("cidr", identifier, check, blocks=("*",))
        case {"CidrRoutingConfig": _}:
            return Routing("cidr", identifier, check, location=location_of(body))
    return None


def place_of(location: t.GeoLocation) -> str:
    """A geolocation as clients are matched by it: "*", "continent:EU", "country:KR", "US-WA"."""
    if "ContinentCode" in location:
        return f"continent:{location['ContinentCode']}"
    country = location["CountryCode"]
    if "SubdivisionCode" in location:
        return f"{country}-{location['SubdivisionCode']}"
    return country if country == "*" else f"country:{country}"


def location_of(body: t.ResourceRecordSet) -> str:
    """The CIDR location a record set is routed by: "collection/location"; empty for none."""
    cidr = body.get("CidrRoutingConfig")
    return f"{cidr['CollectionId']}/{cidr['LocationName']}" if cidr is not None else ""
