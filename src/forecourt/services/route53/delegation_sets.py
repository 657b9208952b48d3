"""Reusable delegation sets: four name servers that several zones share by wish."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.names import server_sets
from forecourt.store.resources import Kind, Resource

from .zones import API, Zone, claim_reference, errors, get_zone, new_id, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.platform.names.server_sets import ServerSet
    from forecourt.store.tx import Tx

ops = Operations("route53")
sets = Kind("route53", "delegationset", errors.NoSuchDelegationSet, is_global=True)
MOST = 100  # sets on a page


@ops.write
def create_reusable_delegation_set(
    tx: Tx, req: t.CreateReusableDelegationSetRequest
) -> t.CreateReusableDelegationSetResponse:
    """A new set, or that of a zone made reusable."""
    if sets.count(tx) >= quotas.limit(tx, "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER"):
        raise errors.LimitsExceeded(
            "Limits Exceeded: MAX_REUSABLE_DELEGATION_SETS_BY_OWNER"
            " - Cannot create more reusable delegation sets."
        )
    claim_reference(
        tx,
        "delegationset",
        req["CallerReference"],
        errors.DelegationSetAlreadyCreated,
        "A delegation set has already been created with the specified caller reference.",
    )
    set_id = new_id("N")
    if "HostedZoneId" in req:
        number = take_over(tx, req["HostedZoneId"], set_id)
    else:
        try:
            number = server_sets.create(tx, reserved=True).number
        except server_sets.NoneLeft as none_left:
            raise errors.DelegationSetNotAvailable(str(none_left)) from None
    made = sets.create(
        tx, set_id, {"CallerReference": req["CallerReference"]}, {"ServerSet": number}
    )
    return {
        "DelegationSet": document(tx, made),
        "Location": f"{API}/delegationset/{set_id}",
    }


@ops.read
def get_reusable_delegation_set(
    tx: Tx, req: t.GetReusableDelegationSetRequest
) -> t.GetReusableDelegationSetResponse:
    return {"DelegationSet": document(tx, get_set(tx, req["Id"]))}


@ops.write
def delete_reusable_delegation_set(
    tx: Tx, req: t.DeleteReusableDelegationSetRequest
) -> t.DeleteReusableDelegationSetResponse:
    found = get_set(tx, req["Id"])
    if zones_of(tx, found.name):
        raise errors.DelegationSetInUse(
            "The specified delegation set contains associated hosted zones."
        )
    sets.remove(tx, found)
    if not users_of(tx, found.status["ServerSet"]):
        server_sets.reserve(tx, found.status["ServerSet"], reserved=False)
    return {}


@ops.read
def list_reusable_delegation_sets(
    tx: Tx, req: t.ListReusableDelegationSetsRequest
) -> t.ListReusableDelegationSetsResponse:
    size = page_size(req.get("MaxItems"), MOST)
    found = sets.page(tx, req.get("Marker", ""), size)
    page: t.ListReusableDelegationSetsResponse = {
        "DelegationSets": [document(tx, each) for each in found[:size]],
        "Marker": req.get("Marker", ""),
        "IsTruncated": len(found) > size,
        "MaxItems": str(size),
    }
    if page["IsTruncated"]:
        page["NextMarker"] = found[size].name
    return page


@ops.read
def get_reusable_delegation_set_limit(
    tx: Tx, req: t.GetReusableDelegationSetLimitRequest
) -> t.GetReusableDelegationSetLimitResponse:
    found = get_set(tx, req["DelegationSetId"])
    most = quotas.limit(tx, "MAX_ZONES_BY_REUSABLE_DELEGATION_SET")
    return {"Limit": {"Type": req["Type"], "Value": most}, "Count": zones_of(tx, found.name)}


def get_set(tx: Tx, set_id: str) -> Resource:
    return sets.get(tx, set_id, f"No delegation set found with ID: {set_id}")


def servers_of(tx: Tx, set_id: str) -> ServerSet:
    """A reusable set's servers.  NoSuchDelegationSet."""
    return server_sets.get(tx, get_set(tx, set_id).status["ServerSet"])


def zones_of(tx: Tx, set_id: str) -> int:
    return int(
        tx.value("SELECT count(*) FROM route53_zone WHERE delegation_set = :set", set=set_id)
    )


def users_of(tx: Tx, server_set: int) -> int:
    """How many reusable delegation sets, of any account, are these servers."""
    return int(
        tx.value(
            "SELECT count(*) FROM resource WHERE service = :service AND kind = :kind"
            " AND status = :status",
            service=sets.service,
            kind=sets.name,
            status=json.dumps({"ServerSet": server_set}),
        )
    )


def take_over(tx: Tx, zone_id: str, set_id: str) -> int:
    """Make the set of a zone reusable; new zones then get it only when they ask for it."""
    try:
        zone = get_zone(tx, zone_id)
    except errors.NoSuchHostedZone:
        raise errors.HostedZoneNotFound(
            f"The specified HostedZone can't be found: {zone_id}"
        ) from None
    if zone.delegation_set is not None:
        raise errors.DelegationSetAlreadyReusable(
            "The specified delegation set has already been marked as reusable."
        )
    server_sets.reserve(tx, zone.server_set, reserved=True)
    tx.run(
        "UPDATE route53_zone SET delegation_set = :set WHERE id = :zone", set=set_id, zone=zone.id
    )
    return zone.server_set


def document(tx: Tx, found: Resource) -> t.DelegationSet:
    return {
        "Id": f"/delegationset/{found.name}",
        "CallerReference": found.spec["CallerReference"],
        "NameServers": list(server_sets.get(tx, found.status["ServerSet"]).hosts),
    }


def shown(tx: Tx, zone: Zone, servers: ServerSet) -> t.DelegationSet:
    """A zone's delegation set: with its id where it is a reusable one."""
    if zone.delegation_set is not None:
        return document(tx, get_set(tx, zone.delegation_set))
    return {"NameServers": list(servers.hosts)}
