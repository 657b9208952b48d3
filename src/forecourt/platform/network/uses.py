"""Who uses what: a record that something of one service stands on something of another.

    uses.record(tx, listener_arn, subnet.arn)     the listener uses the subnet
    uses.users(tx, subnet.arn)                    -> (listener_arn,)

What is used is not deleted: EC2 answers DependencyViolation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.errors import AwsError
from forecourt.store.resources import Kind

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

USES = Kind("network", "use", AwsError, is_global=True, is_shared=True)


def record(tx: Tx, user: str, used: str) -> None:
    """Note that one ARN uses another; twice is the same as once."""
    if USES.find(tx, f"{used} {user}") is None:
        USES.create(tx, f"{used} {user}", {}, {})


def drop(tx: Tx, user: str, used: str) -> None:
    """Forget it."""
    if found := USES.find(tx, f"{used} {user}"):
        USES.remove(tx, found)


def users(tx: Tx, used: str) -> tuple[str, ...]:
    """The ARNs of what uses an ARN."""
    found = USES.between(tx, f"{used} ", f"{used}!")  # the character after the space
    return tuple(each.name.removeprefix(f"{used} ") for each in found)
