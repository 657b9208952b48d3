"""Alarms, by their names: what their state is, for those who act on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.errors import Errors
from forecourt.store.resources import Kind, Resource, at

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

errors = Errors("cloudwatch")
ALARMS = Kind("cloudwatch", "alarm", errors.ResourceNotFound, separator=":")
OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
CHANGED = "alarm changed"  # the kind of work for those who act on states, keyed by the alarm


def arn_of(account: str, region: str, name: str) -> str:
    return f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"


def state_of(tx: Tx, account: str, region: str, name: str) -> str:
    """What data says of an alarm's metric, whatever state somebody set."""
    found = at(tx, arn_of(account, region, name))
    return str(found.status["Seen"]) if found is not None else INSUFFICIENT


def find(tx: Tx, arn: str) -> Resource | None:
    return at(tx, arn)
