"""Roles, as those who assume them find them: by ARN, in any account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecourt.aws.arns import Arn
from forecourt.aws.errors import common
from forecourt.platform.identity.principals import arn_of

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

AccessDenied = common("AccessDenied", 403)
ValidationError = common("ValidationError", 400)


@dataclass(frozen=True, slots=True)
class Role:
    id: str
    account: str
    name: str
    trust: str  # JSON
    longest: int  # seconds of a session
    tags: Mapping[str, str]


def find_role(tx: Tx, arn: str) -> Role | None:
    """The role an ARN names; None where there is none.  ValidationError: it is no ARN."""
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        parsed = None
    if parsed is None or not (parsed.partition and parsed.service and parsed.resource):
        raise ValidationError(f"{arn} is invalid")
    row = tx.one(
        "SELECT id, name, path, trust, longest, tags FROM iam_role"
        " WHERE account = :account AND folded = :folded",
        account=parsed.account,
        folded=parsed.resource.rpartition("/")[2].lower(),
    )
    if row is None or arn_of("role", parsed.account, row[2], row[1]) != arn:
        return None
    role_id, name, _, trust, longest, tags = row
    return Role(role_id, parsed.account, name, trust, longest, json.loads(tags))
