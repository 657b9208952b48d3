"""What happened to alarms."""

from __future__ import annotations

from typing import Any

from forecourt.services.cloudwatch import history
from forecourt.store.tx import Tx
from tests.harness import World

from .calls import alarm, evaluate, put


def test_history(world: World, cloudwatch: Any, later: Any) -> None:
    alarm(cloudwatch)
    put(cloudwatch, "m", 9.0)
    evaluate(world)
    cloudwatch.delete_alarms(AlarmNames=["a"])
    pages = cloudwatch.get_paginator("describe_alarm_history").paginate(
        AlarmName="a", PaginationConfig={"PageSize": 1}
    )
    found = [each["HistorySummary"] for page in pages for each in page["AlarmHistoryItems"]]
    assert found == [
        'Alarm "a" deleted',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        'Alarm "a" created',
    ]
    only = cloudwatch.describe_alarm_history(HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert len(only) == 1
    assert (
        cloudwatch.describe_alarm_history(AlarmTypes=["CompositeAlarm"])["AlarmHistoryItems"] == []
    )
    later(31)

    def left(tx: Tx) -> int:
        history.forget(tx)
        return int(tx.value("SELECT count(*) FROM cloudwatch_history"))

    assert world.store.write_now(left) == 0


def test_pages_of_one_type(cloudwatch: Any) -> None:
    alarm(cloudwatch)
    for _ in range(3):
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    found = cloudwatch.describe_alarm_history(MaxRecords=1)["AlarmHistoryItems"]
    assert [each["AlarmName"] for each in found] == ["a"]
