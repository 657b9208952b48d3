"""Health checks and CloudWatch: checks that are what an alarm's metric says, and metrics of what checks say.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-cloudwatch.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.platform.measurements import stored
from forecourt.platform.measurements.points import of_values
from forecourt.platform.measurements.stored import Datum, minute_of
from forecourt.platform.names import publishing
from forecourt.store.resources import COLUMNS, Resource

from . import health

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

NAMESPACE, REGION = "AWS/Route53", "us-east-1"


async def reconcile(store: Store, alarm: str) -> None:
    """An alarm's data says something else: the checks that are what it says follow."""
    await store.write(settle, alarm)


def settle(tx: Tx, alarm: str) -> None:
    _, _, _, region, account, _, name = alarm.split(":", 6)
    for check in all_checks(tx):
        watched = check.spec.get("AlarmIdentifier")
        if watched == {"Region": region, "Name": name} and check.arn.split(":")[4] == account:
            health.settle(tx, check)


def all_checks(tx: Tx) -> list[Resource]:
    rows = tx.all(
        f"SELECT {COLUMNS} FROM resource WHERE service = 'route53' AND kind = 'healthcheck'"
    )
    return [Resource.of(row) for row in rows]


def measure(tx: Tx) -> None:
    """What every check says now: its status, and how many of its checkers say so."""
    minute = minute_of(tx.now)
    for check in all_checks(tx):
        status = float(publishing.health(tx, check.name) is not False)
        found = {"HealthCheckStatus": (status, "None")}
        if seen := health.observations(tx, check):
            part = 100 * sum(each.healthy for each in seen) / len(seen)
            found["HealthCheckPercentageHealthy"] = part, "Percent"
        if check.spec["Type"] == "CALCULATED":
            children = check.spec.get("ChildHealthChecks", [])
            healthy = sum(publishing.health(tx, each) is not False for each in children)
            found["ChildHealthCheckHealthyCount"] = float(healthy), "Count"
        dimensions = (("HealthCheckId", check.name),)
        stored.put(
            tx,
            check.arn.split(":")[4],
            REGION,
            NAMESPACE,
            [
                Datum(name, dimensions, unit, of_values(minute, ((value, 1.0),)))
                for name, (value, unit) in found.items()
            ],
        )
