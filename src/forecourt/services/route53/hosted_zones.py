"""Hosted zones: created with the records every zone has, listed, changed, deleted when empty."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from forecourt.aws.arns import Arn
from forecourt.aws.operations import Operations
from forecourt.platform import audit, quotas
from forecourt.platform.names import publishing, registry, server_sets, suffixes

from . import delegation_sets, dnssec, query_logging
from .changes import record_change
from .domain_names import BadName, Name, parse
from .record_sets import insert_sets, node_of
from .vpc_associations import associate, forget_vpcs, own_vpc, vpc_document, zone_in
from .zones import (
    API,
    COLUMNS,
    Zone,
    claim_reference,
    errors,
    get_zone,
    name_in_request,
    new_id,
    page_size,
)

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.platform.names.server_sets import ServerSet
    from forecourt.store.tx import Tx

ops = Operations("route53")

MOST = 100  # zones on a page
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
SOA_TTL, NS_TTL = 900, 172800
SOA_REST = "awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
REQUIRED = 2  # record sets of an empty zone


@ops.write
def create_hosted_zone(tx: Tx, req: t.CreateHostedZoneRequest) -> t.CreateHostedZoneResponse:
    """Create a zone with its SOA and NS records: public ones on a set of name servers of their own,
    private ones in a VPC.
    """
    config = req.get("HostedZoneConfig", {})
    private = "VPC" in req
    if private and "DelegationSetId" in req:
        raise errors.InvalidInput("")
    if config.get("PrivateZone") and not private:
        raise errors.InvalidInput(
            "When you're creating a private hosted zone, you must specify a VPC."
        )
    vpc = own_vpc(tx, req["VPC"]) if private else None
    name = zone_name(req["Name"], private=private)
    if zones_owned(tx) >= quotas.limit(tx, "MAX_HOSTED_ZONES_BY_OWNER"):
        raise errors.TooManyHostedZones(
            "Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more hosted zones."
        )
    claim_reference(
        tx,
        "hostedzone",
        req["CallerReference"],
        errors.HostedZoneAlreadyExists,
        "A hosted zone has already been created with the specified caller reference.",
    )
    if vpc is not None and (other := zone_in(tx, name.sort_key, vpc)) is not None:
        region = Arn.parse(vpc.arn).region
        raise errors.ConflictingDomainExists(
            f"The VPC {vpc.name} in region {region} has already been associated with the hosted"
            f" zone {other} with the same domain name."
        )
    servers = (
        server_sets.private(tx) if private else choose_servers(tx, name, req.get("DelegationSetId"))
    )
    zone = Zone(
        id=new_id("Z"),
        account=tx.call.account,
        name=name.text,
        sort_key=name.sort_key,
        caller_reference=req["CallerReference"],
        comment=config.get("Comment"),
        private=private,
        server_set=servers.number,
        delegation_set=req.get("DelegationSetId"),
        record_sets=REQUIRED,
        features="{}",
        tags="{}",
    )
    insert(tx, zone)
    apex = apex_sets(zone, servers)
    insert_sets(tx, zone.id, name, apex)
    publishing.publish_zone(tx, zone.id, name.wire, zone.sort_key, servers.number)
    seq = publishing.publish_names(tx, zone.id, {name.wire: node_of(apex, zone.id)})
    made: t.CreateHostedZoneResponse = {
        "HostedZone": zone.document,
        "ChangeInfo": record_change(tx, seq),
        "DelegationSet": delegation_sets.shown(tx, zone, servers),
        "Location": f"{API}/hostedzone/{zone.id}",
    }
    if vpc is not None:
        warn_of_hidden(tx, zone)
        seq = associate(tx, zone, vpc)
        made["ChangeInfo"] = record_change(tx, seq)
        made["VPC"] = vpc_document(vpc.arn)
        del made["DelegationSet"]  # type: ignore[misc]  # required by the model, not for these
    return made


def warn_of_hidden(tx: Tx, zone: Zone) -> None:
    """A private zone that hides names somebody registered: an event, as it may not be meant."""
    name = zone.name.rstrip(".")
    registered = suffixes.registrable(name) or name
    if registry.delegation(tx, registered) is not None:
        told = {"hostedZoneId": zone.id, "name": zone.name, "registeredName": registered}
        audit.warn(tx, "PrivateZoneHidesRegisteredName", told)


@ops.read
def get_hosted_zone(tx: Tx, req: t.GetHostedZoneRequest) -> t.GetHostedZoneResponse:
    zone = get_zone(tx, req["Id"])
    if zone.private:
        vpcs = [vpc_document(arn) for arn in publishing.vpcs_of(tx, zone.id)]
        return {"HostedZone": zone.document, "VPCs": vpcs}
    servers = server_sets.get(tx, zone.server_set)
    return {
        "HostedZone": zone.document,
        "DelegationSet": delegation_sets.shown(tx, zone, servers),
    }


@ops.write
def delete_hosted_zone(tx: Tx, req: t.DeleteHostedZoneRequest) -> t.DeleteHostedZoneResponse:
    """Delete a zone that has nothing but its SOA and NS records."""
    zone = get_zone(tx, req["Id"])
    protected = tx.one("SELECT 1 FROM route53_protection WHERE zone = :zone", zone=zone.id)
    if zone.record_sets > REQUIRED or protected:
        raise errors.HostedZoneNotEmpty(
            "The specified hosted zone contains non-required resource record sets"
            " and so cannot be deleted."
        )
    if dnssec.keys_of(tx, zone.id):
        raise errors.HostedZoneNotEmpty(
            "The specified hosted zone contains DNSSEC Key Signing Keys and so cannot be deleted."
        )
    dnssec.forget(tx, zone.id)
    query_logging.forget(tx, zone.id)
    forget_vpcs(tx, zone)
    tx.run("DELETE FROM route53_record_set WHERE zone = :zone", zone=zone.id)
    tx.run("DELETE FROM route53_zone WHERE id = :zone", zone=zone.id)
    seq = publishing.withdraw_zone(tx, zone.id)
    return {"ChangeInfo": record_change(tx, seq)}


@ops.read
def list_hosted_zones(tx: Tx, req: t.ListHostedZonesRequest) -> t.ListHostedZonesResponse:
    """The caller's zones, by id."""
    if "DelegationSetId" in req:
        delegation_sets.get_set(tx, req["DelegationSetId"])
    size = page_size(req.get("MaxItems"), MOST)
    rows = tx.all(
        f"SELECT {COLUMNS} FROM route53_zone WHERE account = :account AND id >= :start"
        " AND (:set = '' OR delegation_set = :set) AND (:private = 0 OR private)"
        " ORDER BY id LIMIT :size",
        account=tx.call.account,
        start=req.get("Marker", ""),
        set=req.get("DelegationSetId", ""),
        private=int(req.get("HostedZoneType") == "PrivateHostedZone"),
        size=size + 1,
    )
    zones = [Zone.of(row) for row in rows]
    page: t.ListHostedZonesResponse = {
        "HostedZones": [zone.document for zone in zones[:size]],
        "Marker": req.get("Marker", ""),
        "IsTruncated": len(zones) > size,
        "MaxItems": str(size),
    }
    if not page["Marker"]:
        del page["Marker"]  # type: ignore[misc]  # required by the model, left out by AWS
    if page["IsTruncated"]:
        page["NextMarker"] = zones[size].id
    return page


@ops.read
def list_hosted_zones_by_name(
    tx: Tx, req: t.ListHostedZonesByNameRequest
) -> t.ListHostedZonesByNameResponse:
    """The caller's zones by reversed labels, from a name (and an id) on."""
    if "HostedZoneId" in req and "DNSName" not in req:
        raise errors.InvalidInput("The input is not valid: HostedZoneId was given without DNSName")
    start = name_in_request(req["DNSName"]).sort_key if req.get("DNSName") else ""
    size = page_size(req.get("MaxItems"), MOST)
    rows = tx.all(
        f"SELECT {COLUMNS} FROM route53_zone WHERE account = :account"
        " AND (sort_key > :start OR (sort_key = :start AND id >= :id))"
        " ORDER BY sort_key, id LIMIT :size",
        account=tx.call.account,
        start=start,
        id=req.get("HostedZoneId", ""),
        size=size + 1,
    )
    zones = [Zone.of(row) for row in rows]
    page: t.ListHostedZonesByNameResponse = {
        "HostedZones": [zone.document for zone in zones[:size]],
        "IsTruncated": len(zones) > size,
        "MaxItems": str(size),
    }
    if "DNSName" in req:
        page["DNSName"] = req["DNSName"]
    if "HostedZoneId" in req:
        page["HostedZoneId"] = req["HostedZoneId"]
    if page["IsTruncated"]:
        page["NextDNSName"] = zones[size].name
        page["NextHostedZoneId"] = zones[size].id
    return page


@ops.read
def get_hosted_zone_count(tx: Tx, req: t.GetHostedZoneCountRequest) -> t.GetHostedZoneCountResponse:
    return {"HostedZoneCount": zones_owned(tx)}


@ops.write
def update_hosted_zone_comment(
    tx: Tx, req: t.UpdateHostedZoneCommentRequest
) -> t.UpdateHostedZoneCommentResponse:
    """Set a zone's comment; none takes it away."""
    zone = get_zone(tx, req["Id"])
    tx.run(
        "UPDATE route53_zone SET comment = :comment WHERE id = :id",
        comment=req.get("Comment"),
        id=zone.id,
    )
    return {"HostedZone": get_zone(tx, zone.id).document}


@ops.write
def update_hosted_zone_features(
    tx: Tx, req: t.UpdateHostedZoneFeaturesRequest
) -> t.UpdateHostedZoneFeaturesResponse:
    """Record whether accelerated recovery is wanted: with one region, changes never wait for another."""
    zone = get_zone(tx, req["HostedZoneId"])
    features: dict[str, Any] = json.loads(zone.features)
    if "EnableAcceleratedRecovery" in req:
        on = req["EnableAcceleratedRecovery"]
        features["AcceleratedRecoveryStatus"] = "ENABLED" if on else "DISABLED"
    tx.run(
        "UPDATE route53_zone SET features = :features WHERE id = :id",
        features=json.dumps(features),
        id=zone.id,
    )
    return {}


def zone_name(given: str, *, private: bool = False) -> Name:
    """A new zone's name; private ones may be a single label.  InvalidDomainName."""
    try:
        name = parse(given)
    except BadName as bad:
        raise errors.InvalidDomainName(str(bad)) from None
    if name.wire.startswith(b"\1*"):
        raise errors.InvalidDomainName(
            "Creation of hosted zone with a wildcard domain name is not supported."
        )
    if name.text.count(".") == 1 and not private:
        raise errors.InvalidDomainName(f"{given} is reserved by AWS!")
    return name


def zones_owned(tx: Tx) -> int:
    return int(
        tx.value(
            "SELECT count(*) FROM route53_zone WHERE account = :account", account=tx.call.account
        )
    )


def choose_servers(tx: Tx, name: Name, delegation_set: str | None) -> ServerSet:
    """The name servers of a new zone: any set's on which no name is above or below it, or as asked."""
    if delegation_set is None:
        try:
            return server_sets.choose(tx, name.sort_key)
        except server_sets.NoneLeft as none_left:
            raise errors.DelegationSetNotAvailable(str(none_left)) from None
    servers = delegation_sets.servers_of(tx, delegation_set)
    used = delegation_sets.zones_of(tx, delegation_set)
    if used >= quotas.limit(tx, "MAX_ZONES_BY_REUSABLE_DELEGATION_SET"):
        raise errors.TooManyHostedZones(
            "Limits Exceeded: MAX_ZONES_BY_REUSABLE_DELEGATION_SET - Cannot create more hosted zones."
        )
    if servers.number in server_sets.conflicts(tx, name.sort_key):
        raise errors.ConflictingDomainExists(
            f"Cannot create hosted zone with DelegationSetId DelegationSetId:{delegation_set}"
            f" as the DNSName {name.text} conflicts with existing ones sharing the delegation set"
        )
    return servers


def insert(tx: Tx, zone: Zone) -> None:
    tx.run(
        "INSERT INTO route53_zone (id, account, name, sort_key, caller_reference, comment, private,"
        " server_set, delegation_set, record_sets, features, tags, created) VALUES (:id, :account,"
        " :name, :sort_key, :caller_reference, :comment, :private, :server_set, :delegation_set,"
        " :record_sets, :features, :tags, :created)",
        created=tx.now.timestamp(),
        **{column: getattr(zone, column) for column in COLUMNS.replace(" ", "").split(",")},
    )


def apex_sets(zone: Zone, servers: ServerSet) -> list[t.ResourceRecordSet]:
    """The records every zone has."""
    soa = f"{servers.hosts[0]}. {SOA_REST}"
    return [
        {
            "Name": zone.name,
            "Type": "NS",
            "TTL": NS_TTL,
            "ResourceRecords": [{"Value": f"{host}."} for host in servers.hosts],
        },
        {"Name": zone.name, "Type": "SOA", "TTL": SOA_TTL, "ResourceRecords": [{"Value": soa}]},
    ]
