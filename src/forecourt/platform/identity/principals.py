"""Who callers are, and the policies that hang on them.

Gateways remember both; whatever changes who may do what says so: `touch(tx)`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from . import managed
from .accounts import TOPIC, root_arn
from .decide import Permissions, Policy, Principal, compile_policy

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

    from .sessions import Session

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
USER, GROUP, ROLE, POLICY = "AIDA", "AGPA", "AROA", "ANPA"
EVERYTHING = Permissions(
    (compile_policy('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}', "root"),)
)


def touch(tx: Tx) -> None:
    """Let every gateway forget what it remembers of callers, once this is committed."""
    tx.ring(TOPIC)


def new_id(prefix: str) -> str:
    """A unique id: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(17))


def arn_of(kind: str, account: str, path: str, name: str) -> str:
    """The ARN of a user, a group, a role or a policy."""
    return f"arn:aws:iam::{account}:{kind}{path}{name}"


@dataclass(frozen=True)
class Caller:
    """Who sends a request.  `permissions` None: a root, who may do everything."""

    kind: str  # Account, User, AssumedRole or FederatedUser, as aws:PrincipalType says
    account: str
    arn: str
    id: str  # aws:userid
    permissions: Permissions | None = None
    entity: str = ""  # the unique id of the user or role
    behind: str = ""  # the ARN of the role or user a session is of; empty: it is no session
    name: str | None = None  # aws:username
    tags: Mapping[str, str] = field(default_factory=dict)
    session: Session | None = None  # where the credentials are temporary

    @cached_property
    def principal(self) -> Principal:
        ids = {self.id, self.entity} - {""}
        return Principal(self.account, self.arn, self.behind, frozenset(ids))


def root(account: str, session: Session | None = None) -> Caller:
    return Caller("Account", account, root_arn(account), account, session=session)


def user(tx: Tx, user_id: str, session: Session | None = None) -> Caller | None:
    """A user by unique id; None where there is none (any more)."""
    row = tx.one(
        "SELECT account, name, path, boundary, tags FROM iam_user WHERE id = :id", id=user_id
    )
    if row is None:
        return None
    account, name, path, boundary, tags = row
    groups = tx.all(
        "SELECT iam_group.id, iam_group.name FROM iam_member JOIN iam_group"
        " ON iam_group.id = iam_member.group_id WHERE iam_member.user_id = :id"
        " ORDER BY iam_group.folded",
        id=user_id,
    )
    policies = [*policies_of(tx, "user", user_id, name)]
    for group_id, group in groups:
        policies += policies_of(tx, "group", group_id, group)
    permissions = Permissions(tuple(policies), boundary_of(tx, boundary))
    arn = arn_of("user", account, path, name)
    return Caller(
        "User",
        account,
        arn,
        user_id,
        permissions,
        user_id,
        name=name,
        tags=json.loads(tags),
        session=session,
    )


def role_session(tx: Tx, session: Session) -> Caller | None:
    """A session of a role; None where the role is gone."""
    row = tx.one(
        "SELECT account, name, path, boundary, tags FROM iam_role WHERE id = :id",
        id=session.entity,
    )
    if row is None:
        return None
    account, name, path, boundary, tags = row
    return Caller(
        "AssumedRole",
        account,
        f"arn:aws:sts::{account}:assumed-role/{name}/{session.name}",
        f"{session.entity}:{session.name}",
        Permissions(
            tuple(policies_of(tx, "role", session.entity, name)),
            boundary_of(tx, boundary),
            session_policies(tx, session),
        ),
        session.entity,
        arn_of("role", account, path, name),
        tags={**json.loads(tags), **session.tags},
        session=session,
    )


def federated(tx: Tx, session: Session) -> Caller | None:
    """A federated user: what its session's policies allow of what its maker may do."""
    maker = user(tx, session.entity) if session.entity else root(session.account)
    if maker is None:
        return None
    made = maker.permissions or EVERYTHING
    limits = session_policies(tx, session) or ()
    return Caller(
        "FederatedUser",
        session.account,
        f"arn:aws:sts::{session.account}:federated-user/{session.name}",
        f"{session.account}:{session.name}",
        Permissions(made.identity, made.boundary, limits),
        session.entity,
        maker.arn if session.entity else "",  # an account that is trusted is none of its sessions
        tags=session.tags,
        session=session,
    )


def of_session(tx: Tx, session: Session) -> Caller | None:
    """Whom temporary credentials are of."""
    match session.kind:
        case "role":
            return role_session(tx, session)
        case "federated":
            return federated(tx, session)
    return user(tx, session.entity, session) if session.entity else root(session.account, session)


def policies_of(tx: Tx, kind: str, entity: str, name: str) -> Iterator[Policy]:
    """What is inline in an entity and what is attached to it; names are as simulations show them."""
    for policy, document in tx.all(
        "SELECT name, document FROM iam_inline WHERE entity = :entity ORDER BY name", entity=entity
    ):
        yield compile_policy(document, f"{kind}_{name}_{policy}")
    for (arn,) in tx.all(
        "SELECT arn FROM iam_attachment WHERE entity = :entity ORDER BY arn", entity=entity
    ):
        if (found := managed_policy(tx, arn)) is not None:
            yield found


def managed_policy(tx: Tx, arn: str) -> Policy | None:
    """A managed policy, the account's or AWS's, in its default version."""
    if (shipped := managed.find(arn)) is not None:
        return compile_policy(shipped.document, shipped.name, arn)
    row = tx.one(
        "SELECT iam_policy.name, iam_policy_version.document FROM iam_policy JOIN"
        " iam_policy_version ON iam_policy_version.policy_id = iam_policy.id"
        " AND iam_policy_version.number = iam_policy.current WHERE iam_policy.arn = :arn",
        arn=arn,
    )
    return compile_policy(row[1], row[0], arn) if row else None


def boundary_of(tx: Tx, arn: str | None) -> Policy | None:
    """A permissions boundary; one that is gone allows nothing."""
    if arn is None:
        return None
    return managed_policy(tx, arn) or Policy(arn, arn, "", ())


def session_policies(tx: Tx, session: Session) -> tuple[Policy, ...] | None:
    """What limits a session; None where nothing was passed."""
    if not session.policy and not session.policy_arns:
        return None
    found = [compile_policy(session.policy, "SessionPolicy")] if session.policy else []
    managed_ones = (managed_policy(tx, arn) for arn in session.policy_arns)
    return (*found, *(policy for policy in managed_ones if policy is not None))
