"""Certificates listed and searched for.

https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html
https://docs.aws.amazon.com/acm/latest/APIReference/API_SearchCertificates.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from .certificates import COLUMNS, Certificate, errors
from .documents import origin, search_result, summary

if TYPE_CHECKING:
    from forecourt.aws.types import acm as t
    from forecourt.store.tx import Tx

ops = Operations("acm")
KEY_TYPES = ("RSA_1024", "RSA_2048")  # that are listed where none is asked for
MOST_LISTED, MOST_FOUND = 1000, 100
BATCH = 500  # rows looked at together
SHOWN = COLUMNS.replace("chain, secret", "'', NULL")  # what listings do not show
IN_USE = (
    "EXISTS (SELECT 1 FROM certificate_use AS u WHERE u.certificate ="
    " 'arn:aws:acm:' || region || ':' || account || ':certificate/' || id)"
)
DEEPEST, WIDEST = 8, 15  # of a filter statement


@ops.read
def list_certificates(tx: Tx, req: t.ListCertificatesRequest) -> t.ListCertificatesResponse:
    """The caller's in a region, by when they were made."""
    if ("SortBy" in req) != ("SortOrder" in req):
        raise errors.ValidationException("SortBy and SortOrder have to be given together.")
    descending = req.get("SortOrder") == "DESCENDING"
    size = req.get("MaxItems", MOST_LISTED)
    after = opened(req["NextToken"]) if req.get("NextToken") else None
    found: list[dict[str, Any]] = []
    last = (0.0, "")
    while True:
        wanted = min(BATCH, size - len(found) + 1)
        batch = batch_of(tx, after, descending, wanted)
        for one, used in batch:
            after = (one.created, one.id)
            if not is_wanted(one, req):
                continue
            shown = summary(one, used)
            if not has_purposes(shown, req.get("Includes", {})):
                continue
            if len(found) == size:
                return {"CertificateSummaryList": found, "NextToken": closed(last)}  # type: ignore[typeddict-item]
            found.append(shown)
            last = after
        if len(batch) < wanted:
            return {"CertificateSummaryList": found}  # type: ignore[typeddict-item]


def batch_of(
    tx: Tx, after: tuple[float, str] | None, descending: bool, size: int
) -> list[tuple[Certificate, bool]]:
    """Certificates, and whether each is in use."""
    order, sign = ("DESC", "<") if descending else ("ASC", ">")
    beyond = f"AND (created {sign} :created OR (created = :created AND id {sign} :id))"
    where = "account = :account AND region = :region"
    place = {} if after is None else {"created": after[0], "id": after[1]}
    rows = tx.all(
        f"SELECT {SHOWN}, {IN_USE} FROM acm_certificate WHERE {where} {beyond if after else ''}"
        f" ORDER BY created {order}, id {order} LIMIT :size",
        account=tx.call.account,
        region=tx.call.region,
        size=size,
        **place,
    )
    return [(Certificate.of(row[:-1]), bool(row[-1])) for row in rows]


def is_wanted(one: Certificate, req: t.ListCertificatesRequest) -> bool:
    includes = req.get("Includes", {})
    statuses, origins = req.get("CertificateStatuses"), req.get("CertificateKeyPairOrigins")
    return (
        one.algorithm in includes.get("keyTypes", KEY_TYPES)
        and (not statuses or one.status in statuses)
        and (not origins or origin(one) in origins)
        and includes.get("exportOption", one.spec.get("Export", "DISABLED"))
        == one.spec.get("Export", "DISABLED")
        and includes.get("managedBy", one.spec.get("ManagedBy")) == one.spec.get("ManagedBy")
    )


def has_purposes(shown: dict[str, Any], includes: Mapping[str, Any]) -> bool:
    """Whether a certificate may do what is asked for; ANY is whatever."""
    for member, has in (("extendedKeyUsage", "ExtendedKeyUsages"), ("keyUsage", "KeyUsages")):
        wanted = includes.get(member, [])
        if not wanted or "ANY" in wanted:
            continue
        if not set(wanted) & (set(shown[has]) or {"NONE"}):
            return False
    return True


def closed(place: tuple[float, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def opened(token: str) -> tuple[float, str]:
    try:
        created, id_ = json.loads(base64.b64decode(token.encode(), b"-_", validate=True))
        return float(created), str(id_)
    except (ValueError, TypeError):
        raise errors.InvalidArgsException("The next token is not valid.") from None


@ops.read
def search_certificates(tx: Tx, req: t.SearchCertificatesRequest) -> t.SearchCertificatesResponse:
    """Those that a statement of filters is true of."""
    statement: Any = req.get("FilterStatement", {})
    check_statement(statement)
    found, after = [], None
    while batch := batch_of(tx, after, False, BATCH):
        last, _ = batch[-1]
        after = (last.created, last.id)
        results = (search_result(*each) for each in batch)
        found += [each for each in results if holds(statement, each)]
    by = req.get("SortBy", "CREATED_AT")
    found.sort(key=lambda each: sort_key(each, by))
    if req.get("SortOrder", "ASCENDING") == "DESCENDING":
        found.reverse()
    token = req.get("NextToken", "0")
    if not token.isdecimal():
        raise errors.ValidationException("The next token is not valid.")
    start, size = int(token), req.get("MaxResults", MOST_FOUND)
    answer: t.SearchCertificatesResponse = {"Results": found[start : start + size]}  # type: ignore[typeddict-item]
    if start + size < len(found):
        answer["NextToken"] = str(start + size)
    return answer


def check_statement(statement: Mapping[str, Any], depth: int = 0) -> None:
    """ValidationException"""
    if len(statement) > 1 or depth > DEEPEST:
        raise errors.ValidationException("A filter statement has one member, and few levels.")
    for name, value in statement.items():
        if name in ("And", "Or"):
            if len(value) > WIDEST:
                raise errors.ValidationException("A filter statement has too many members.")
            for each in value:
                check_statement(each, depth + 1)
        elif name == "Not":
            check_statement(value, depth + 1)


def holds(statement: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    match [*statement.items()]:
        case [("And", members)]:
            return all(holds(each, found) for each in members)
        case [("Or", members)]:
            return any(holds(each, found) for each in members)
        case [("Not", member)]:
            return not holds(member, found)
        case [("Filter", filter_)]:
            return matches(filter_, found)
        case _:
            return True


def matches(filter_: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether a certificate is as a filter's one member says."""
    ((name, wanted),) = filter_.items()
    attributes = found["X509Attributes"]
    metadata = found["CertificateMetadata"]["AcmCertificateMetadata"]
    if name == "CertificateArn":
        return bool(found["CertificateArn"] == wanted)
    ((member, value),) = wanted.items()
    if name == "AcmCertificateMetadataFilter":
        return bool(metadata.get(member) == value)
    match member:
        case "Subject":
            common = attributes.get("Subject", {}).get("CommonName", "")
            return compared(value["CommonName"], [common])
        case "SubjectAlternativeName":
            names = [each["DnsName"] for each in attributes["SubjectAlternativeNames"]]
            return compared(value["DnsName"], names)
        case "ExtendedKeyUsage" | "KeyUsage":
            return value in attributes.get(f"{member}s", [])
        case "NotAfter" | "NotBefore":
            at: datetime | None = attributes.get(member)
            return at is not None and value.get("Start", at) <= at <= value.get("End", at)
        case _:
            return bool(attributes.get(member) == value)


def compared(wanted: Mapping[str, str], values: list[str]) -> bool:
    text = wanted["Value"].lower()
    if wanted["ComparisonOperator"] == "EQUALS":
        return any(each.lower() == text for each in values)
    return any(text in each.lower() for each in values)


def sort_key(found: Mapping[str, Any], by: str) -> tuple[bool, Any, str]:
    """Those without a value come last."""
    name = "".join(word.capitalize() for word in by.split("_"))
    attributes = found["X509Attributes"]
    metadata = found["CertificateMetadata"]["AcmCertificateMetadata"]
    if by == "COMMON_NAME":
        value = attributes.get("Subject", {}).get("CommonName")
    else:
        value = {**attributes, **metadata, **found}.get(name)
    shown = value.timestamp() if isinstance(value, datetime) else value
    return shown is None, "" if shown is None else shown, found["CertificateArn"]
