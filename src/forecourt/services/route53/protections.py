"""Record set protections: sets that no batch may touch until the protection is taken away."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform import quotas

from .domain_names import BadName, Name, parse
from .zones import Zone, errors, get_zone, name_in_request, page_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
MOST = 300  # protections on a page


@ops.write
def create_resource_record_set_protections(
    tx: Tx, req: t.CreateResourceRecordSetProtectionsRequest
) -> t.CreateResourceRecordSetProtectionsResponse:
    """Protect some sets, which need not exist yet: all of them, or none."""
    zone = get_zone(tx, req["HostedZoneId"])
    entries = parsed(zone, req["Protections"])

    def taken(name: Name, type_: str) -> str | None:
        return "ProtectionAlreadyExists" if find(tx, zone, name, type_) else None

    problems = check(entries, taken)
    existing = [p for p in problems if p["Code"] == "ProtectionAlreadyExists"]
    if entries and len(existing) == len(entries):
        raise errors.ProtectionAlreadyExists(explain(problems), Errors=problems)
    refuse(problems)
    count = tx.value("SELECT count(*) FROM route53_protection WHERE zone = :zone", zone=zone.id)
    if count + len(entries) > quotas.limit(tx, "MAX_PROTECTIONS_BY_ZONE"):
        raise errors.LimitsExceeded(f"Exceeded limit MAX_PROTECTIONS_BY_ZONE for zone: {zone.id}")
    rows = [
        {
            "zone": zone.id,
            "sort_key": name.sort_key,
            "type": entry["RecordType"],
            "name": name.text,
            "comment": entry.get("Comment"),
        }
        for entry, name in entries
        if isinstance(name, Name)
    ]
    tx.many(
        "INSERT INTO route53_protection (zone, sort_key, type, name, comment)"
        " VALUES (:zone, :sort_key, :type, :name, :comment)",
        rows,
    )
    return {}


@ops.write
def delete_resource_record_set_protections(
    tx: Tx, req: t.DeleteResourceRecordSetProtectionsRequest
) -> t.DeleteResourceRecordSetProtectionsResponse:
    zone = get_zone(tx, req["HostedZoneId"])
    entries = parsed(zone, req["Protections"])

    def absent(name: Name, type_: str) -> str | None:
        return None if find(tx, zone, name, type_) else "ProtectionNotFound"

    refuse(check(entries, absent))
    rows = [
        {"zone": zone.id, "sort_key": name.sort_key, "type": entry["RecordType"]}
        for entry, name in entries
        if isinstance(name, Name)
    ]
    tx.many(
        "DELETE FROM route53_protection"
        " WHERE zone = :zone AND sort_key = :sort_key AND type = :type",
        rows,
    )
    return {}


@ops.read
def list_resource_record_set_protections(
    tx: Tx, req: t.ListResourceRecordSetProtectionsRequest
) -> t.ListResourceRecordSetProtectionsResponse:
    """A zone's protections by reversed labels, then type; from a name and type, or a token, on."""
    zone = get_zone(tx, req["HostedZoneId"])
    if req.get("StartRecordType") and not req.get("StartRecordName"):
        raise errors.InvalidInput("")
    start, type_ = "", str(req.get("StartRecordType", ""))
    if "NextToken" in req:
        start, type_ = open_token(req["NextToken"])
    elif req.get("StartRecordName"):
        start = name_in_request(req["StartRecordName"]).sort_key
    size = page_size(req.get("MaxResults"), MOST)
    rows = tx.all(
        "SELECT sort_key, type, name, comment FROM route53_protection"
        " WHERE zone = :zone AND (sort_key, type) >= (:start, :type)"
        " ORDER BY sort_key, type LIMIT :size",
        zone=zone.id,
        start=start,
        type=type_,
        size=size + 1,
    )
    page: Any = {
        "ResourceRecordSetProtections": [
            {"RecordName": name, "RecordType": kind, **({"Comment": comment} if comment else {})}
            for _, kind, name, comment in rows[:size]
        ]
    }
    if len(rows) > size:
        following = f"{rows[size][0]} {rows[size][1]}"
        page["NextToken"] = base64.urlsafe_b64encode(following.encode()).decode()
    return page


def open_token(token: str) -> tuple[str, str]:
    try:
        start, _, type_ = base64.b64decode(token, b"-_", validate=True).decode().partition(" ")
    except ValueError:
        raise errors.InvalidPaginationToken(
            "The value of NextToken is not valid for this hosted zone."
        ) from None
    return start, type_


Entry = tuple[Any, "Name | str"]  # as given, and its name or what is wrong with it


def parsed(zone: Zone, given: Iterable[Any]) -> list[Entry]:
    origin = parse(zone.name)
    found: list[Entry] = []
    for entry in given:
        try:
            name = parse(entry["RecordName"])
        except BadName as bad:
            found.append((entry, str(bad)))
            continue
        inside = name.within(origin)
        outside = f"RRSet with DNS name {name.text} is not permitted in zone {zone.name}"
        found.append((entry, name if inside else outside))
    return found


def check(entries: list[Entry], test: Callable[[Name, str], str | None]) -> list[Any]:
    """The invalid entries; if there are none, those the test speaks against."""
    seen, invalid, refused = set[tuple[str, str]](), [], []
    for entry, name in entries:
        if isinstance(name, str):
            invalid.append(problem(entry, "InvalidInput", name))
            continue
        key = name.text, entry["RecordType"]
        if key in seen:
            invalid.append(problem(entry, "InvalidInput", "The entry is given twice."))
        elif code := test(name, entry["RecordType"]):
            words = "already exists" if code == "ProtectionAlreadyExists" else "was not found"
            refused.append(problem(entry, code, f"The protection {words}."))
        seen.add(key)
    return invalid or refused


def problem(entry: Any, code: str, message: str) -> dict[str, str]:
    return {
        "RecordName": entry["RecordName"],
        "RecordType": entry["RecordType"],
        "Code": code,
        "Message": message,
    }


def refuse(problems: list[Any]) -> None:
    if problems:
        raise errors.InvalidResourceRecordSetProtectionBatch(explain(problems), Errors=problems)


def explain(problems: list[Any]) -> str:
    return "; ".join(f"{p['RecordName']} {p['RecordType']}: {p['Message']}" for p in problems)


def find(tx: Tx, zone: Zone, name: Name, type_: str) -> bool:
    return bool(
        tx.one(
            "SELECT 1 FROM route53_protection"
            " WHERE zone = :zone AND sort_key = :key AND type = :type",
            zone=zone.id,
            key=name.sort_key,
            type=type_,
        )
    )
