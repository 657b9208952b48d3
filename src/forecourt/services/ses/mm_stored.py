"""What Mail Manager keeps: traffic policies, rule sets, ingress points; named by ids, with names besides.

https://docs.aws.amazon.com/ses/latest/dg/eb.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import Errors
from forecourt.store.resources import Kind, Resource

from .stored import page_size

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

errors = Errors("mailmanager")
POLICIES = Kind("ses", "mailmanager-traffic-policy", errors.ResourceNotFoundException)
RULE_SETS = Kind("ses", "mailmanager-rule-set", errors.ResourceNotFoundException)
INGRESS_POINTS = Kind("ses", "mailmanager-ingress-point", errors.ResourceNotFoundException)
PREFIXES = {POLICIES.name: "tp", RULE_SETS.name: "rs", INGRESS_POINTS.name: "inp"}
MOST = 100  # of each kind
PAGE = 50


def invalid(text: str) -> Exception:
    return errors.ValidationException(text)


def get(tx: Tx, kind: Kind, id: str) -> Resource:
    found = kind.find(tx, id)
    if found is None:
        raise errors.ResourceNotFoundException(f"Resource {id} was not found.")
    return found


def create(
    tx: Tx, kind: Kind, spec: Mapping[str, Any], req: Any, status: Mapping[str, Any] | None = None
) -> Resource:
    """A new one; the same again for the same ClientToken."""
    token = req.get("ClientToken", "")
    known = kind.all(tx)
    if token:
        for each in known:
            if each.status.get("Token") == token:
                return each
    check_name(known, spec["Name"])
    if len(known) >= MOST:
        raise errors.ServiceQuotaExceededException(f"An account has at most {MOST} of them.")
    id = f"{PREFIXES[kind.name]}-{secrets.token_hex(12)}"
    tags = {each["Key"]: each["Value"] for each in req.get("Tags", [])}
    return kind.create(
        tx, id, spec, {"Token": token, "Updated": tx.now.timestamp(), **(status or {})}, tags
    )


def check_name(known: list[Resource], name: str, but: str = "") -> None:
    if any(each.spec["Name"] == name and each.name != but for each in known):
        raise errors.ConflictException(f"{name} already exists.")


def change(tx: Tx, kind: Kind, found: Resource, spec: Mapping[str, Any], **status: Any) -> None:
    check_name(kind.all(tx), spec["Name"], found.name)
    kind.change(
        tx, found, spec=spec, status={**found.status, "Updated": tx.now.timestamp(), **status}
    )


def page(tx: Tx, kind: Kind, req: Any) -> tuple[list[Resource], dict[str, str]]:
    size = page_size(req.get("PageSize"), PAGE)
    found = kind.page(tx, req.get("NextToken", ""), size)
    return found[:size], {"NextToken": found[size].name} if len(found) > size else {}
