"""Operations: what takes its time is asked for, watched, and done by one worker.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_domains_GetOperationDetail.html
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Kind, Resource

from .domains import errors

if TYPE_CHECKING:
    from forecourt.aws.types import route53domains as t
    from forecourt.store.tx import Tx

ops = Operations("route53domains")
operations = Kind("route53domains", "operation", errors.InvalidInput, is_global=True)
WORK = "route53domains-operation"  # keyed "<account> <id>"
SUBMITTED, IN_PROGRESS = "SUBMITTED", "IN_PROGRESS"
SUCCESSFUL, FAILED = "SUCCESSFUL", "FAILED"
MOST = 20  # on a page where none is asked for


def submit(tx: Tx, type_: str, domain: str, **parameters: Any) -> str:
    """Ask for an operation; its id."""
    operation = note(tx, type_, domain, SUBMITTED, parameters)
    tx.enqueue(WORK, f"{tx.call.account} {operation}")
    return operation


def start(tx: Tx, type_: str, domain: str, until: datetime) -> str:
    """Ask for an operation that others have to end, at the latest at a time; its id."""
    operation = note(tx, type_, domain, IN_PROGRESS, {})
    tx.enqueue(WORK, f"{tx.call.account} {operation}", until)
    return operation


def done(tx: Tx, type_: str, domain: str) -> str:
    """Note an operation that was carried out at once; its id."""
    return note(tx, type_, domain, SUCCESSFUL, {})


def note(tx: Tx, type_: str, domain: str, status: str, parameters: dict[str, Any]) -> str:
    operation = str(uuid.uuid4())
    spec = {"Type": type_, "DomainName": domain, "Parameters": parameters}
    seen = {"Status": status, "Message": "", "Updated": tx.now.timestamp()}
    operations.create(tx, operation, spec, seen)
    return operation


def finish(tx: Tx, found: Resource, status: str, message: str = "") -> None:
    changed = {"Status": status, "Message": message, "Updated": tx.now.timestamp()}
    operations.change(tx, found, status=changed)


@ops.read
def get_operation_detail(tx: Tx, req: t.GetOperationDetailRequest) -> t.GetOperationDetailResponse:
    found = operations.get(
        tx,
        req["OperationId"],
        f"Operation {req['OperationId']} not found in {tx.call.account} account.",
    )
    detail: Any = document(found)
    return detail


@ops.read
def list_operations(tx: Tx, req: t.ListOperationsRequest) -> t.ListOperationsResponse:
    """The caller's, the newest first unless asked otherwise."""
    since = req.get("SubmittedSince")
    found = [
        each
        for each in operations.all(tx)
        if (since is None or each.created >= since)
        and (not req.get("Status") or each.status["Status"] in req["Status"])
        and (not req.get("Type") or each.spec["Type"] in req["Type"])
    ]
    descending = req.get("SortOrder", "DESC") == "DESC"
    found.sort(key=lambda each: (each.created, each.name), reverse=descending)
    shown, marker = page(found, req)
    answer: Any = {"Operations": [document(each) for each in shown]}
    if marker:
        answer["NextPageMarker"] = marker
    return answer


def page(found: list[Any], req: Any, most: int = MOST) -> tuple[list[Any], str]:
    """A page from a marker (how many come before it) on, and the marker of the next.  InvalidInput."""
    marker = req.get("Marker") or "0"
    if not (marker.isascii() and marker.isdecimal()):
        raise errors.InvalidInput("The marker is not valid.")
    start, size = int(marker), int(req.get("MaxItems") or most)
    following = str(start + size) if start + size < len(found) else ""
    return found[start : start + size], following


def document(found: Resource) -> dict[str, Any]:
    shown = {
        "OperationId": found.name,
        "Type": found.spec["Type"],
        "DomainName": found.spec["DomainName"],
        "Status": found.status["Status"],
        "SubmittedDate": found.created,
        "LastUpdatedDate": datetime.fromtimestamp(found.status["Updated"], UTC),
    }
    if found.status["Message"]:
        shown["Message"] = found.status["Message"]
    return shown
