"""Addresses that an account sends nothing to, because they bounced or complained.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from .building import address_of
from .stored import NOT_FOUND, Complaint, answering, keep_setting, page_size, setting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forecourt.aws.types import sesv2 as t
    from forecourt.store.tx import Tx

ops = Operations("sesv2")
PAGE = 1000


@ops.write
@answering(1)
def put_suppressed_destination(tx: Tx, req: t.PutSuppressedDestinationRequest) -> Any:
    put(tx, address_of(req["EmailAddress"]), req["Reason"], "")
    return {}


@ops.read
@answering(1)
def get_suppressed_destination(tx: Tx, req: t.GetSuppressedDestinationRequest) -> Any:
    row = tx.one(
        "SELECT address, reason, at, message FROM ses_suppressed WHERE account = :account"
        " AND region = :region AND address = :address",
        **mine(tx),
        address=req["EmailAddress"].lower(),
    )
    if row is None:
        raise missing(req["EmailAddress"])
    address, reason, at, message = row
    shown: dict[str, Any] = {
        "EmailAddress": address,
        "Reason": reason,
        "LastUpdateTime": datetime.fromtimestamp(at, UTC),
    }
    if message:
        shown["Attributes"] = {"MessageId": message}
    return {"SuppressedDestination": shown}


@ops.write
@answering(1)
def delete_suppressed_destination(tx: Tx, req: t.DeleteSuppressedDestinationRequest) -> Any:
    if not drop(tx, req["EmailAddress"]):
        raise missing(req["EmailAddress"])
    return {}


@ops.read
@answering(1)
def list_suppressed_destinations(tx: Tx, req: t.ListSuppressedDestinationsRequest) -> Any:
    size = page_size(req.get("PageSize"), PAGE)
    rows = tx.all(
        "SELECT address, reason, at FROM ses_suppressed WHERE account = :account"
        " AND region = :region AND address > :after ORDER BY address LIMIT :most",
        **mine(tx),
        after=req.get("NextToken", ""),
        most=size + 1,
    )
    start, end, reasons = req.get("StartDate"), req.get("EndDate"), req.get("Reasons")
    shown = [
        {
            "EmailAddress": address,
            "Reason": reason,
            "LastUpdateTime": datetime.fromtimestamp(at, UTC),
        }
        for address, reason, at in rows[:size]
        if (not reasons or reason in reasons)
        and (start is None or at >= start.timestamp())
        and (end is None or at < end.timestamp())
    ]
    answer: Any = {"SuppressedDestinationSummaries": shown}
    if len(rows) > size:
        answer["NextToken"] = rows[size - 1][0]
    return answer


@ops.write
def put_account_suppression_attributes(
    tx: Tx, req: t.PutAccountSuppressionAttributesRequest
) -> Any:
    keep_setting(tx, SuppressedReasons=req.get("SuppressedReasons", []))
    return {}


def mine(tx: Tx) -> dict[str, str]:
    return {"account": tx.call.account, "region": tx.call.region}


def missing(address: str) -> Complaint:
    return Complaint(NOT_FOUND, f"Email address {address} does not exist on your suppression list.")


def put(tx: Tx, address: str, reason: str, message: str) -> None:
    tx.run(
        "INSERT INTO ses_suppressed (account, region, address, reason, at, message)"
        " VALUES (:account, :region, :address, :reason, :at, :message)"
        " ON CONFLICT (account, region, address) DO UPDATE SET reason = excluded.reason,"
        " at = excluded.at, message = excluded.message",
        **mine(tx),
        address=address.lower(),
        reason=reason,
        at=tx.now.timestamp(),
        message=message,
    )


def drop(tx: Tx, address: str) -> bool:
    """Whether it was there."""
    return bool(
        tx.run(
            "DELETE FROM ses_suppressed WHERE account = :account AND region = :region"
            " AND address = :address",
            **mine(tx),
            address=address.lower(),
        )
    )


def reasons_of(tx: Tx, configuration_set: dict[str, Any] | None) -> list[str]:
    """For which reasons addresses are kept, and not sent to."""
    if configuration_set is not None and "SuppressionOptions" in configuration_set:
        found: list[str] = configuration_set["SuppressionOptions"].get("SuppressedReasons", [])
        return found
    return list(setting(tx).spec["SuppressedReasons"])


def suppressed(tx: Tx, addresses: Iterable[str], reasons: Iterable[str]) -> dict[str, str]:
    """Those of some addresses that are not sent to, with the reason."""
    wanted = frozenset(reasons)
    found = {}
    for each in addresses:
        reason = tx.value(
            "SELECT reason FROM ses_suppressed WHERE account = :account AND region = :region"
            " AND address = :address",
            **mine(tx),
            address=each.lower(),
        )
        if reason in wanted:
            found[each] = str(reason)
    return found
