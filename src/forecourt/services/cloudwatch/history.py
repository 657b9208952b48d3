"""What happened to alarms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

KEPT = timedelta(days=30)


def note(
    tx: Tx, arn: str, composite: bool, kind: str, summary: str, data: Mapping[str, Any]
) -> None:
    _, _, _, region, account, _, name = arn.split(":", 6)
    tx.run(
        "INSERT INTO cloudwatch_history (account, region, alarm, composite, kind, at, summary, data)"
        " VALUES (:account, :region, :alarm, :composite, :kind, :at, :summary, :data)",
        account=account,
        region=region,
        alarm=name,
        composite=int(composite),
        kind=kind,
        at=tx.now.timestamp(),
        summary=summary,
        data=json.dumps({"version": "1.0", **data}),
    )


def page(
    tx: Tx,
    name: str,
    kinds: tuple[int, ...],
    kind: str,
    start: float,
    end: float,
    before: int | None,
    most: int,
    *,
    newest_first: bool,
) -> list[Any]:
    """Items with their ids, one more than `most` where there are more."""
    if not kinds:
        return []
    sign, order = ("<", "DESC") if newest_first else (">", "ASC")
    rows = tx.all(
        "SELECT id, alarm, composite, kind, at, summary, data FROM cloudwatch_history WHERE"
        " account = :account AND region = :region AND (:name = '' OR alarm = :name)"
        " AND (:kind = '' OR kind = :kind) AND at >= :start AND at < :end"
        " AND composite >= :low AND composite <= :high"
        f" AND (:before = 0 OR id {sign} :before) ORDER BY id {order} LIMIT :most",
        account=tx.call.account,
        region=tx.call.region,
        name=name,
        kind=kind,
        start=start,
        end=end,
        before=before or 0,
        low=min(kinds),
        high=max(kinds),
        most=most + 1,
    )
    return [
        (
            id,
            {
                "AlarmName": alarm,
                "AlarmType": "CompositeAlarm" if composite else "MetricAlarm",
                "HistoryItemType": kind_,
                "Timestamp": datetime.fromtimestamp(at, UTC),
                "HistorySummary": summary,
                "HistoryData": data,
            },
        )
        for id, alarm, composite, kind_, at, summary, data in rows
    ]


def forget(tx: Tx) -> None:
    tx.run("DELETE FROM cloudwatch_history WHERE at < :before", before=(tx.now - KEPT).timestamp())
