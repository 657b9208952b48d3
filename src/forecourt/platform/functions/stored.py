"""Functions, by their ARNs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import Errors
from forecourt.planes.functions.snapshot import Function
from forecourt.platform.identity.on_behalf import lets_in
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


def for_service(tx: Tx, arn: str, service: str, source: str, account: str) -> Resource | None:
    """A function that a service may invoke for a resource of an account: one of that account, or one
    whose policy lets the service in.
    """
    found = find(tx, arn)
    if found is None or found.arn.split(":")[4] == account:
        return found
    allowed = lets_in(
        policy_of(found), "lambda:InvokeFunction", found.arn, service, source, account
    )
    return found if allowed else None


def policy_of(found: Resource) -> str | None:
    """Who else may invoke it: the JSON of its policy."""
    if not found.status["Policy"]:
        return None
    document = {"Version": "2012-10-17", "Id": "default", "Statement": found.status["Policy"]}
    return json.dumps(document)


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
