"""What Route 53 demands of record sets with a routing policy, in its own words (InvalidChangeBatch).

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
Texts as AWS was seen to answer them, its brackets included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.platform.names.geography import places

from .rules import Sets, policy_of

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t

# Sets of one name and type.
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
MOST_NEAR, MOST = 30, 100
NEVER_ROUTED = ("NS", "SOA")
UNCHANGED = "No changes made."


def set_complaints(rrset: t.ResourceRecordSet, *, private: bool) -> list[str]:
    """What is wrong with one routed set by itself."""
    policy = policy_of(rrset)
    if policy is None:
        if "HealthCheckId" not in rrset:
            return []
        return [
            (
                "DNS name must have alternate ResourceRecordSet responses configured via a routing"
                f" policy (e.g., Weight, Region, etc.) if a health check is attached. {UNCHANGED}"
            )
        ]
    who = (
        f"RRSet with DNS name {rrset['Name']}, type {rrset['Type']}, SetIdentifier"
        f" {rrset['SetIdentifier']}"
    )
    multivalue = policy == "MultiValueAnswer"
    if rrset["Type"] in NEVER_ROUTED or (multivalue and rrset["Type"] == "CNAME"):
        return [f"{who} cannot be created because this type of RRSet is not supported."]
    if multivalue and "AliasTarget" in rrset:
        return [f"Multivalue answer rrset should not be an alias rrset. {UNCHANGED}"]
    if policy == "CidrRoutingConfig" and private:
        return [
            f"{who} cannot be created because CIDR RRSet is not supported with private hosted zone."
        ]
    if rrset.get("Failover") == "PRIMARY" and "HealthCheckId" not in rrset:
        if "AliasTarget" not in rrset:
            return [
                (
                    "A non-alias primary ResourceRecordSet must have an associated health check."
                    f" {UNCHANGED}"
                )
            ]
        if not rrset["AliasTarget"]["EvaluateTargetHealth"]:
            return [
                (
                    f"{who} cannot be a primary without EvaluateTargetHealth set to true or an"
                    " associated health check as a secondary would never be returned."
                )
            ]
    return place_complaints(rrset)


def place_complaints(rrset: t.ResourceRecordSet) -> list[str]:
    """Places that are not known."""
    if "Region" in rrset and rrset["Region"] not in places().regions:
        return [f"Cannot find region '{rrset['Region']}'. {UNCHANGED}"]
    if (location := rrset.get("GeoLocation")) is not None and not is_known(location):
        continent, subdivision = location.get("ContinentCode"), location.get("SubdivisionCode")
        where = f"country = {location['CountryCode']}" if "CountryCode" in location else ""
        where += f" continent = {continent}" if continent is not None else ""
        where += f" subdivision = {subdivision}" if subdivision is not None else ""
        return [f"Cannot find location: '{where}'. {UNCHANGED}"]
    if (near := rrset.get("GeoProximityLocation")) is not None and point_of(near) is None:
        member = next((m for m in ("AWSRegion", "LocalZoneGroup") if m in near), "Coordinates")
        given: Any = near
        return [f"Cannot find GeoProximityLocation with {member} = {given[member]}. {UNCHANGED}"]
    return []


def is_known(location: t.GeoLocation) -> bool:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoLocation.html"""
    known = places()
    continent, country = location.get("ContinentCode"), location.get("CountryCode")
    subdivision = location.get("SubdivisionCode")
    if continent is not None:
        return country is None and subdivision is None and continent in known.continents
    if country == "*":
        return subdivision is None
    if country is None or country not in known.countries or country in known.unlisted:
        return False
    return subdivision is None or subdivision in known.subdivisions.get(country, {})


def point_of(location: t.GeoProximityLocation) -> tuple[float, float] | None:
    """Latitude and longitude of a geoproximity location; None where it is unknown."""
    if "AWSRegion" in location:
        return places().regions.get(location["AWSRegion"])
    if "LocalZoneGroup" in location:
        return places().local_zone_groups.get(location["LocalZoneGroup"])
    if "Coordinates" not in location:
        return None
    latitude = float(location["Coordinates"]["Latitude"])
    longitude = float(location["Coordinates"]["Longitude"])
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def near_problem(rrset: t.ResourceRecordSet) -> str | None:
    """Whether a geoproximity location is given in one way (InvalidInput)."""
    near = rrset.get("GeoProximityLocation", {})
    given = [m for m in ("AWSRegion", "LocalZoneGroup", "Coordinates") if m in near]
    if "GeoProximityLocation" not in rrset or len(given) == 1:
        return None
    found = "more than one" if given else "none"
    return (
        "Expected exactly one of [AWSRegion, LocalZoneGroup, or at least one of [Coordinates, or"
        f" all of [Latitude, and Longitude]]], but found {found}"
    )


def group_complaints(name: str, sets: Sets, changed: Iterable[tuple[str, str]]) -> list[str]:
    """What must not be of the sets that share a name and a type, said of those that were changed."""
    found = []
    for type_, identifier in changed:
        if (rrset := sets.get((type_, identifier))) is None:
            continue
        others = [each for (t_, i), each in sets.items() if t_ == type_ and i != identifier]
        if not others:
            continue
        who = f"RRSet with DNS name {name}, type {type_}"
        policy = policy_of(rrset)
        if policy is None:
            found.append(
                f"{who} cannot be created as other RRSets exist with the same name and type."
            )
            continue
        who += f", SetIdentifier {identifier}"
        if any(policy_of(each) != policy for each in others):
            found.append(who + mixed(policy, rrset))
        elif (complaint := clash(policy, name, rrset, others)) is not None:
            found.append(complaint if complaint.startswith("Exceeded") else who + complaint)
    return found


def mixed(policy: str, rrset: t.ResourceRecordSet) -> str:
    """Sets of another policy are there."""
    match policy:
        case "Weight":
            return " cannot be created as a non-weighted set exists with the same name and type."
        case "MultiValueAnswer":
            return (
                " cannot be created because a non multivalue answer rrset exists with the same"
                " name and type."
            )
    return (
        f"{said(policy, rrset)} cannot be created because a non-{CALLED[policy]} RRSet with the"
        " same name and type already exists."
    )


def clash(
    policy: str, name: str, rrset: t.ResourceRecordSet, others: list[t.ResourceRecordSet]
) -> str | None:
    """What must not be among sets of one policy."""
    if policy == "GeoProximityLocation":
        if len(others) >= MOST_NEAR:
            return (
                f"Exceeded limit on number of geo-proximity RRSets for {name}, type"
                f" {rrset['Type']} in this zone."
            )
        return None
    if len(others) >= MOST:
        return (
            f"Exceeded limit on number of {CALLED[policy]} RRSets for {name}, type {rrset['Type']}"
            " in this zone."
        )
    if policy == "Weight":
        ttl = rrset.get("TTL")
        if ttl is not None and any(each.get("TTL", ttl) != ttl for each in others):
            return " cannot be created as weighted sets must contain the same TTL."
        return None
    if policy == "CidrRoutingConfig":
        collection = rrset["CidrRoutingConfig"]["CollectionId"]
        other = next((o["CidrRoutingConfig"]["CollectionId"] for o in others), collection)
        if other != collection:
            return (
                f"{said(policy, rrset)} cannot be created because a CIDR RRSets with a different"
                f" collection id ({other}) already exist"
            )
    value = value_of(policy, rrset)
    if policy != "MultiValueAnswer" and any(value_of(policy, each) == value for each in others):
        what = WHAT[policy] or said(policy, rrset).removeprefix(", and ")
        return (
            f"{said(policy, rrset)} cannot be created because a {CALLED[policy]} RRSet with the"
            f" same name, type and {what} already exists."
        )
    return None


CALLED: Mapping[str, str] = {
    "Weight": "weighted",
    "Region": "latency",
    "Failover": "failover",
    "GeoLocation": "GEO",
    "MultiValueAnswer": "multivalue answer",
    "GeoProximityLocation": "geo-proximity",
    "CidrRoutingConfig": "CIDR",
}
# What two sets of a group may not share, as it is called; empty: by its value.
WHAT: Mapping[str, str] = {
    "Region": "region",
    "Failover": "failover",
    "GeoLocation": "",
    "CidrRoutingConfig": "",
}


def value_of(policy: str, rrset: Any) -> Any:
    return rrset[policy]


def said(policy: str, rrset: t.ResourceRecordSet) -> str:
    """What a set is for, as complaints name it."""
    match policy:
        case "Region":
            return f", and Region Name={rrset['Region']}"
        case "Failover":
            return f", and Failover={rrset['Failover']}"
        case "GeoLocation":
            return f", and routing to {place_said(rrset['GeoLocation'])}"
        case "CidrRoutingConfig":
            cidr = rrset["CidrRoutingConfig"]
            return (
                f", and routing to CidrCollectionId={cidr['CollectionId']}"
                f" CidrLocationId={cidr['LocationName']}"
            )
    return ""


def place_said(location: t.GeoLocation) -> str:
    """AWS opens with a bracket and closes with a brace."""
    known = places()
    if "ContinentCode" in location:
        code = location["ContinentCode"]
        return f"[continent = ({code}, {known.continents.get(code, code)})}}"
    code = location["CountryCode"]
    name = "Default" if code == "*" else known.countries[code].name
    shown = f"country = ({code}, {name})"
    if "SubdivisionCode" in location:
        part = location["SubdivisionCode"]
        state = known.subdivisions.get(code, {}).get(part, (part, (0.0, 0.0)))[0]
        shown += f", subdivision = ({part}, {state})"
    return f"[{shown}}}"
