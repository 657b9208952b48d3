"""The principals of roles' trust policies: ARNs as callers write them, unique ids as they are kept.

A user or role that is deleted and made again is another one, and no longer trusted; its id is then
shown in place of its ARN.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from forecourt.platform.identity.accounts import ID, root_arn
from forecourt.platform.identity.grammar import problem
from forecourt.platform.identity.principals import ROLE, USER, arn_of

from .entities import errors, within
from .policies import refuse_malformed, size

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

ENTITY = re.compile(r"arn:aws:iam::(\d{12}):(user|role)(/(?:.*/)?)([^/]+)\Z", re.ASCII)
ROOT = re.compile(r"arn:aws:iam::(\d{12}):root\Z", re.ASCII)
SESSION = re.compile(r"arn:aws:sts::(\d{12}):assumed-role/([^/*?]+)/([^/*?]+)\Z", re.ASCII)
FEDERATED_USER = re.compile(r"arn:aws:sts::\d{12}:federated-user/[^/*?]+\Z", re.ASCII)
UNIQUE_ID = re.compile(r"(AIDA|AROA)[A-Z2-7]{17}\Z")
SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com)\Z")
# Those of everybody; identity providers of an account there are none.
PROVIDERS = frozenset(
    (
        "accounts.google.com",
        "cognito-identity.amazonaws.com",
        "graph.facebook.com",
        "www.amazon.com",
    )
)
TABLES = {"user": "iam_user", "role": "iam_role", USER: "user", ROLE: "role"}


def kept(tx: Tx, document: str) -> str:
    """A trust policy as the store keeps it.  MalformedPolicyDocument, LimitExceeded."""
    refuse_malformed(problem(document, kind="trust"))
    within(tx, "ACLSizePerRole", size(document))
    return rewritten(document, lambda kind, value: resolved(tx, kind, value))


def shown(tx: Tx, trust: str) -> str:
    """A trust policy as callers see it."""
    return rewritten(trust, lambda kind, value: arn_now(tx, value) if kind == "AWS" else value)


def rewritten(document: str, change: Callable[[str, str], str]) -> str:
    """A policy with other principals; the very text where they stay the same."""
    parsed = json.loads(document)
    statements = parsed["Statement"]
    before = json.dumps(statements)
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in ("Principal", "NotPrincipal"):
            if isinstance(given := statement.get(element), dict):
                statement[element] = {
                    kind: [change(kind, each) for each in values]
                    if isinstance(values, list)
                    else change(kind, values)
                    for kind, values in given.items()
                }
    return document if json.dumps(statements) == before else json.dumps(parsed)


def resolved(tx: Tx, kind: str, value: str) -> str:
    """A principal as it is kept.  MalformedPolicyDocument where there is no such one."""
    found = RESOLVERS[kind](tx, value) if kind in RESOLVERS else None
    if found is None:
        raise errors.MalformedPolicyDocumentException(
            f'Invalid principal in policy: "{"AWS" if kind == "AWS" else kind.upper()}":"{value}"'
        )
    return found


def resolve_aws(tx: Tx, value: str) -> str | None:
    """An account, a user, a role, or a session; accounts need not be of this installation."""
    if value == "*" or ROOT.match(value) or FEDERATED_USER.match(value):
        return value
    if ID.match(value):
        return root_arn(value)
    if UNIQUE_ID.match(value):
        return value if arn_now(tx, value) != value else None
    if match := SESSION.match(value):
        return value if find(tx, match[1], "role", match[2]) is not None else None
    if match := ENTITY.match(value):
        account, kind, path, name = match.groups()
        row = find(tx, account, kind, name)
        return row[0] if row is not None and row[1:] == (path, name) else None
    return None


RESOLVERS: dict[str, Callable[[Tx, str], str | None]] = {
    "AWS": resolve_aws,
    "Service": lambda tx, value: value if SERVICE.match(value) else None,
    "Federated": lambda tx, value: value if value in PROVIDERS else None,
}


def find(tx: Tx, account: str, kind: str, name: str) -> tuple[Any, ...] | None:
    """The id, path and name of a user or role of any account."""
    return tx.one(
        f"SELECT id, path, name FROM {TABLES[kind]} WHERE account = :account AND folded = :folded",
        account=account,
        folded=name.lower(),
    )


def arn_now(tx: Tx, value: str) -> str:
    """The ARN that an id is known by now; what is no id, or nobody's any more, stays."""
    if (match := UNIQUE_ID.match(value)) is None:
        return value
    kind = TABLES[match[1]]
    row = tx.one(f"SELECT account, path, name FROM {TABLES[kind]} WHERE id = :id", id=value)
    return arn_of(kind, *row) if row else value
