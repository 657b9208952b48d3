"""What Route 53 demands of changes, in its own words.

Structure first (InvalidInput), then limits, values and the sets of a name (InvalidChangeBatch).
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .domain_names import BadName
from .rdata import BadValue, to_wire

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t

# The members that make a record set routed.
POLICIES = (
    "Weight",
    "Region",
    "Failover",
    "GeoLocation",
    "MultiValueAnswer",
    "GeoProximityLocation",
    "CidrRoutingConfig",
)
MOST_RECORDS = 1000  # in a batch, UPSERT's counting twice
MOST_CHARACTERS = 32_000  # in a batch's values, UPSERT's counting twice
MOST_VALUES = 400  # in a record set
ALIAS_TTL = 60  # of an alias whose target is a service's; others take their target's
SINGLE = ("CNAME", "SOA")
MAY_BE_ALIAS = frozenset(
    ("A", "AAAA", "CAA", "CNAME", "HTTPS", "MX", "NAPTR", "PTR", "SPF", "SRV", "SSHFP", "SVCB",
     "TLSA", "TXT")
)  # fmt: skip
COMPARED = ("TTL", "AliasTarget", "HealthCheckId", *POLICIES)
Sets = Mapping[tuple[str, str], "t.ResourceRecordSet"]  # of one name, by type and identifier


def shape_problem(change: t.Change) -> str | None:
    """What is wrong with a change's structure."""
    rrset = change["ResourceRecordSet"]
    where = (
        f"Change with [Action={change['Action']}, Name={rrset['Name']}, Type={rrset['Type']},"
        f" SetIdentifier={rrset.get('SetIdentifier', 'null')}]"
    )
    records = bool(rrset.get("ResourceRecords"))
    plain = "TTL" in rrset and records
    kinds = (
        ("AliasTarget" in rrset)
        + ("TTL" in rrset or records)
        + ("TrafficPolicyInstanceId" in rrset)
    )
    choices = "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
    if kinds > 1:
        return f"Expected exactly one of {choices}, but found more than one in {where}"
    if kinds == 0 or (("TTL" in rrset or records) and not plain):
        return f"Expected exactly one of {choices}, but found none in {where}"
    policies = [name for name in POLICIES if rrset.get(name, False) is not False]
    choices = f"[{', '.join(POLICIES[:-1])}, or {POLICIES[-1]}]"
    if len(policies) > 1:
        return f"Expected exactly one of {choices}, but found more than one in {where}"
    if "SetIdentifier" in rrset and not policies:
        return f"Expected exactly one of {choices}, but found none in {where}"
    if policies and "SetIdentifier" not in rrset:
        return f"Missing field 'SetIdentifier' in {where}"
    return None


def policy_of(rrset: Mapping[str, Any]) -> str | None:
    """The member by which a record set is routed, if it is not simple."""
    return next((name for name in POLICIES if rrset.get(name, False) is not False), None)


def too_much(changes: Iterable[t.Change]) -> list[str]:
    """Which limits of a batch are exceeded."""
    records = characters = 0
    most_values = False
    for change in changes:
        times = 2 if change["Action"] == "UPSERT" else 1
        values = change["ResourceRecordSet"].get("ResourceRecords", [])
        records += times * max(1, len(values))
        characters += times * sum(len(record["Value"]) for record in values)
        most_values |= len(values) > MOST_VALUES
    found = []
    if records > MOST_RECORDS:
        found.append(f"Number of records limit of {MOST_RECORDS} exceeded.")
    if characters > MOST_CHARACTERS:
        found.append(f"RDATA character limit of {MOST_CHARACTERS} exceeded.")
    if most_values:
        found.append(f"Cannot have more than {MOST_VALUES} records in a RRSet.")
    return found


def value_complaints(rrset: t.ResourceRecordSet) -> list[str]:
    """What is wrong with a record set's values, each by itself and together."""
    found, seen = [], set[bytes]()
    for record in rrset.get("ResourceRecords", []):
        value = record["Value"]
        try:
            wire = to_wire(rrset["Type"], value)
        except (BadValue, BadName) as bad:
            found.append(f"Invalid Resource Record: '{bad}'")
            continue
        if wire in seen:
            found.append(f"Duplicate Resource Record: '{value}'")
        seen.add(wire)
    if rrset["Type"] in SINGLE and len(seen) > 1:
        found.append(
            f"RRSet of type {rrset['Type']} with DNS name {rrset['Name']}"
            " can have only one resource record."
        )
    return found


def name_complaints(
    zone: str, name: str, sets: Sets, changed: Iterable[tuple[str, str]]
) -> list[str]:
    """What must not be of the sets a name has in the end, said of those that were changed."""
    types = {type_ for type_, _ in sets}
    found = []
    for type_, identifier in changed:
        if (type_, identifier) not in sets:
            continue
        if name == zone and type_ in ("CNAME", "DS"):
            found.append(
                f"RRSet of type {type_} with DNS name {name} is not permitted at apex in zone {zone}"
            )
        elif type_ == "NS" and name.startswith("\\052."):
            found.append("Changing wildcard NS record sets are not supported. No changes made.")
        elif type_ == "SOA" and name != zone:
            found.append(f"RRSet of type SOA with DNS name {name} is not permitted in zone {zone}")
        elif type_ == "CNAME" and types != {"CNAME"}:
            found.append(
                f"RRSet of type CNAME with DNS name {name} is not permitted as it conflicts"
                f" with other records with the same DNS name in zone {zone}"
            )
        elif type_ != "CNAME" and "CNAME" in types:
            found.append(
                f"RRSet of type {type_} with DNS name {name} is not permitted because a"
                " conflicting RRSet of type  CNAME with the same DNS name already exists in zone"
                f" {zone}"
            )
    # AWS ends these sentences with the zone's final dot and no other.
    return found


def apex_complaints(sets: Sets) -> list[str]:
    """What a zone must have at its apex."""
    types = {type_ for type_, _ in sets}
    found = []
    if "NS" not in types:
        found.append("A HostedZone must contain at least one NS record for the zone itself.")
    if "SOA" not in types:
        found.append("A HostedZone must contain exactly one SOA record.")
    return found


def same_values(given: t.ResourceRecordSet, kept: t.ResourceRecordSet) -> bool:
    """Whether a DELETE gives the set as it is; the order of values does not matter."""
    if any(given.get(member) != kept.get(member) for member in COMPARED):
        return False
    return wires(given) == wires(kept)


def wires(rrset: t.ResourceRecordSet) -> list[bytes]:
    """A set's values as they mean: the final dot of a name may be left out."""
    return sorted(to_wire(rrset["Type"], r["Value"]) for r in rrset.get("ResourceRecords", []))
