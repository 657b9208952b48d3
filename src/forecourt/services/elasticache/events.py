"""DescribeEvents: what happened in the last hour, or in the last 14 days.

https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeEvents.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from .documents import moment
from .happenings import KEPT
from .stored import InvalidParameterCombination, InvalidParameterValue, page

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
HOUR = 60  # minutes, when nothing is said
SOURCES = (
    "cache-cluster", "cache-parameter-group", "cache-security-group", "cache-subnet-group",
    "replication-group", "serverless-cache", "serverless-cache-snapshot", "user", "user-group",
)  # fmt: skip


@ops.read
def describe_events(tx: Tx, req: t.DescribeEventsMessage) -> t.EventsMessage:
    """The newest last."""
    now = tx.now.timestamp()
    start, end = req.get("StartTime"), req.get("EndTime")
    if start and end and start > end:
        raise InvalidParameterCombination("The StartTime is after the EndTime.")
    until = end.timestamp() if end else now
    duration = req.get("Duration", HOUR) * 60.0
    if not 0 < duration <= KEPT:
        raise InvalidParameterValue("The Duration is 1 to 20160 minutes.")
    since = start.timestamp() if start else until - duration
    if "SourceIdentifier" in req and "SourceType" not in req:
        raise InvalidParameterCombination("SourceIdentifier needs SourceType.")
    if req.get("SourceType", SOURCES[0]) not in SOURCES:
        raise InvalidParameterValue(f"Invalid SourceType: {req['SourceType']}")
    rows = tx.all(
        "SELECT id, source_type, source, message, date FROM cache_event"
        " WHERE account = :account AND region = :region AND date >= :since AND date <= :until",
        account=tx.call.account,
        region=tx.call.region,
        since=max(since, now - KEPT),
        until=until,
    )
    wanted = [
        row
        for row in rows
        if req.get("SourceType", row[1]) == row[1] and req.get("SourceIdentifier", row[2]) == row[2]
    ]
    return page("Events", wanted, req, by=lambda row: f"{row[0]:020}", show=document)  # type: ignore[return-value]


def document(row: Any) -> Any:
    _, source_type, source, message, date = row
    return {
        "SourceIdentifier": source,
        "SourceType": source_type,
        "Message": message,
        "Date": moment(date),
    }
