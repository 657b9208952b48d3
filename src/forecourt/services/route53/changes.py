"""Changes: PENDING until every name server process answers by them, then INSYNC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.platform.names.server_sets import TOPIC

from .zones import errors, new_id

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")


@ops.read
def get_change(tx: Tx, req: t.GetChangeRequest) -> t.GetChangeResponse:
    row = tx.one(
        "SELECT id, comment, submitted, seq FROM route53_change"
        " WHERE id = :id AND account = :account",
        id=req["Id"],
        account=tx.call.account,
    )
    if row is None:
        raise errors.NoSuchChange(f"Could not find resource with ID: {req['Id']}")
    change_id, comment, submitted, seq = row
    in_sync = tx.reached(TOPIC) >= seq
    moment = datetime.fromtimestamp(submitted, UTC)
    return {"ChangeInfo": info(change_id, comment, moment, in_sync=in_sync)}


def record_change(tx: Tx, seq: int, comment: str | None = None) -> t.ChangeInfo:
    """A change that is done when every name server has reached `seq` of the feed."""
    change_id = new_id("C")
    tx.run(
        "INSERT INTO route53_change (id, account, comment, submitted, seq)"
        " VALUES (:id, :account, :comment, :submitted, :seq)",
        id=change_id,
        account=tx.call.account,
        comment=comment,
        submitted=tx.now.timestamp(),
        seq=seq,
    )
    return info(change_id, comment, tx.now, in_sync=False)


def info(
    change_id: str, comment: str | None, submitted: datetime, *, in_sync: bool
) -> t.ChangeInfo:
    shown: t.ChangeInfo = {
        "Id": f"/change/{change_id}",
        "Status": "INSYNC" if in_sync else "PENDING",
        "SubmittedAt": submitted,
    }
    if comment is not None:
        shown["Comment"] = comment
    return shown
