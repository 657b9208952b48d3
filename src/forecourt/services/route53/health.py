"""One answer out of what checkers, child checks and alarms say, handed to the name servers.

A check is healthy when more than 18 % of its live checkers say so; while none has said anything it
counts as healthy.  A calculated one is when enough of its children are.  Disabled ones are; inverted ones
are the other way round.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecourt.platform.measurements import alarms
from forecourt.platform.names import publishing
from forecourt.store.resources import COLUMNS, Resource

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

ENOUGH = 0.18  # of the live checkers
OUTDATED = 3  # intervals after which a checker that says nothing is gone
LEAST_OUTDATED = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Observation:
    region: str
    address: str
    healthy: bool
    status: str
    checked: float  # when, by the real clock
    failure: str | None
    failed: float | None


def observations(tx: Tx, check: Resource) -> list[Observation]:
    """What the live checkers of a check saw last."""
    age = max(OUTDATED * check.spec.get("RequestInterval", 30), LEAST_OUTDATED)
    rows = tx.all(
        "SELECT region, address, healthy, status, checked, failure, failed"
        " FROM route53_observation WHERE health_check = :id AND checked >= :since"
        " ORDER BY region, checker",
        id=check.name,
        since=time.time() - age,
    )
    return [Observation(*row) for row in rows]


def is_healthy(tx: Tx, check: Resource) -> bool:
    """What a check says now."""
    spec = check.spec
    healthy = True if spec["Disabled"] else said(tx, check)
    return healthy != spec["Inverted"]


def said(tx: Tx, check: Resource) -> bool:
    spec: Any = check.spec
    if spec["Type"] == "CALCULATED":
        states = (publishing.health(tx, child) for child in spec.get("ChildHealthChecks", []))
        return sum(state is not False for state in states) >= spec["HealthThreshold"]
    if spec["Type"] == "CLOUDWATCH_METRIC":
        return alarm_says(tx, check)
    seen = observations(tx, check)
    return not seen or sum(each.healthy for each in seen) / len(seen) > ENOUGH


def alarm_says(tx: Tx, check: Resource) -> bool:
    """A check that is what an alarm's data says; without enough of it, what was configured for that."""
    alarm = check.spec["AlarmIdentifier"]
    account = check.arn.split(":")[4]
    state = alarms.state_of(tx, account, alarm["Region"], alarm["Name"])
    if state != alarms.INSUFFICIENT:
        return state == alarms.OK
    match check.spec.get("InsufficientDataHealthStatus", "LastKnownStatus"):
        case "Unhealthy":
            return False
        case "LastKnownStatus":
            known = publishing.health(tx, check.name) is not False
            return known != check.spec["Inverted"]
    return True


def settle(tx: Tx, check: Resource) -> bool:
    """Publish what a check says if that is new, and what then changes above it; whether it was."""
    healthy = is_healthy(tx, check)
    if (publishing.health(tx, check.name) is not False) == healthy:
        return False
    publishing.publish_health(tx, check.name, healthy)
    settle_parents(tx, check)
    return True


def settle_parents(tx: Tx, check: Resource) -> None:
    """The calculated checks that a check is part of; those are part of no other."""
    rows = tx.all(
        f"SELECT {COLUMNS} FROM resource WHERE service = 'route53' AND kind = 'healthcheck'"
        " AND spec LIKE :child",
        child=f'%"{check.name}"%',
    )
    for parent in map(Resource.of, rows):
        if check.name in parent.spec.get("ChildHealthChecks", []):
            settle(tx, parent)


def unsettled(tx: Tx) -> list[str]:
    """The checks that say something else than is published of them."""
    rows = tx.all(
        f"SELECT {COLUMNS} FROM resource WHERE service = 'route53' AND kind = 'healthcheck'"
    )
    published: dict[str, bool] = dict(tx.all("SELECT id, healthy FROM published_health"))
    return [
        check.name
        for check in map(Resource.of, rows)
        if is_healthy(tx, check) != bool(published.get(check.name, True))
    ]


def settle_by_id(tx: Tx, check_id: str) -> None:
    if (check := find(tx, check_id)) is not None:
        settle(tx, check)


def find(tx: Tx, check_id: str) -> Resource | None:
    """A check, whosever it is."""
    row = tx.one(
        f"SELECT {COLUMNS} FROM resource WHERE service = 'route53' AND kind = 'healthcheck'"
        " AND name = :name",
        name=check_id,
    )
    return Resource.of(row) if row else None
