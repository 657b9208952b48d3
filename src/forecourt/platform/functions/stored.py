"""Functions, by their ARNs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import Errors
from forecourt.planes.functions.snapshot import Function
from forecourt.store.resources import Kind, Resource, at

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

errors = Errors("lambda")
FUNCTIONS = Kind("lambda", "function", errors.ResourceNotFoundException, separator=":")
LATEST = "$LATEST"


def find(tx: Tx, arn: str) -> Resource | None:
    """A function of any account, by its ARN, qualified by $LATEST or not at all."""
    if not arn.startswith("arn:aws:lambda:"):
        return None
    return at(tx, arn.removesuffix(f":{LATEST}"))


def function_of(found: Resource) -> Function:
    """What runs when it is invoked."""
    spec: Mapping[str, Any] = found.spec
    return Function(
        found.name,
        found.arn,
        spec.get("Handler", ""),
        spec.get("Path", ""),
        spec.get("Url", ""),
        spec["Timeout"],
        spec["MemorySize"],
        spec.get("Environment", {}),
    )


def everybodys(tx: Tx) -> list[Resource]:
    rows = tx.all("SELECT arn FROM resource WHERE service = 'lambda' ORDER BY arn")
    return [found for (arn,) in rows if (found := at(tx, arn)) is not None]
