"""Temporary credentials: for roles, for users themselves, for those they vouch for.

Whether a caller may is IAM's to say (actions.py); here is what is agreed.  Nothing is stored: the
token says it all (platform/identity/sessions.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform.identity import grammar, principals, sessions
from forecourt.platform.identity.sessions import Session

from .roles import AccessDenied, ValidationError, find_role

if TYPE_CHECKING:
    from forecourt.aws.types import sts as t
    from forecourt.store.tx import Tx

ops = Operations("sts")
errors = ops.errors
InvalidParameterValue = common("InvalidParameterValue", 400)

HOUR = 3600
DEFAULT = 12 * HOUR  # of GetSessionToken and GetFederationToken
LARGEST = 2048  # characters of the policies passed, together
MOST_POLICIES = 10
DUPLICATE = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
NOT_REQUESTED = "The specified transitive tag key must be included in the requested tags."
CONFLICT = (
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive"
    " tag key from the calling session."
)


@ops.read
def assume_role(tx: Tx, req: t.AssumeRoleRequest) -> t.AssumeRoleResponse:
    role = find_role(tx, req["RoleArn"])
    if role is None:  # gone since it was asked for
        raise AccessDenied(
            f"User: {tx.call.principal} is not authorized to perform: sts:AssumeRole on resource:"
            f" {req['RoleArn']}"
        )
    seconds = req.get("DurationSeconds", HOUR)
    if seconds > role.longest:
        raise ValidationError(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    before: Session | None = tx.call.caller.session
    chained = before is not None and before.kind == "role"
    if chained and seconds > HOUR:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by"
            " role chaining."
        )
    tags, transitive = session_tags(req, before if chained else None)
    source = before.source_identity if before else ""
    if source and req.get("SourceIdentity", source) != source:  # it stays what it was set to
        raise AccessDenied(
            f"User: {tx.call.principal} is not authorized to perform: sts:SetSourceIdentity on"
            f" resource: {req['RoleArn']}"
        )
    source = source or req.get("SourceIdentity", "")
    session = new_session(
        tx,
        "role",
        role.account,
        role.id,
        req["RoleSessionName"],
        seconds,
        req,
        tags=tags,
        transitive=transitive,
        source_identity=source,
    )
    answer: t.AssumeRoleResponse = {
        "Credentials": credentials(tx, session),
        "AssumedRoleUser": {
            "AssumedRoleId": f"{role.id}:{session.name}",
            "Arn": f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{session.name}",
        },
    }
    if session.policy or session.policy_arns or tags:
        answer["PackedPolicySize"] = packed_size(session)
    if source:
        answer["SourceIdentity"] = source
    return answer


@ops.read
def get_session_token(tx: Tx, req: t.GetSessionTokenRequest) -> t.GetSessionTokenResponse:
    """Credentials of the caller's own, for a while; a root's last an hour."""
    caller = tx.call.caller
    seconds = lasting(caller, req)
    if req.get("SerialNumber") or req.get("TokenCode"):
        raise AccessDenied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA"
            " serial number is valid and associated with this user."
        )
    session = new_session(tx, "user", caller.account, caller.entity, "", seconds, {})
    return {"Credentials": credentials(tx, session)}


@ops.read
def get_federation_token(tx: Tx, req: t.GetFederationTokenRequest) -> t.GetFederationTokenResponse:
    """Credentials for somebody the caller knows by a name of its own."""
    caller = tx.call.caller
    tags, _ = session_tags(req, None)
    seconds = lasting(caller, req)
    session = new_session(
        tx, "federated", caller.account, caller.entity, req["Name"], seconds, req, tags=tags
    )
    return {
        "Credentials": credentials(tx, session),
        "FederatedUser": {
            "FederatedUserId": f"{caller.account}:{session.name}",
            "Arn": f"arn:aws:sts::{caller.account}:federated-user/{session.name}",
        },
        "PackedPolicySize": packed_size(session),
    }


def lasting(caller: Any, req: Mapping[str, Any]) -> int:
    """Seconds: what is asked for, an hour at most for a root."""
    if caller.kind == "Account":
        return min(int(req.get("DurationSeconds", HOUR)), HOUR)
    return int(req.get("DurationSeconds", DEFAULT))


def new_session(
    tx: Tx,
    kind: str,
    account: str,
    entity: str,
    name: str,
    seconds: int,
    req: Mapping[str, Any],
    *,
    tags: Mapping[str, str] | None = None,
    transitive: Iterable[str] = (),
    source_identity: str = "",
) -> Session:
    key_id, secret = sessions.new_credentials(account)
    now = int(time.time())
    session = Session(
        key_id,
        secret,
        kind,
        account,
        entity,
        name,
        now,
        now + seconds,
        passed_policy(req),
        passed_arns(tx, req, account),
        tags or {},
        tuple(transitive),
        source_identity,
    )
    if (used := packed_size(session)) > 100:
        raise errors.PackedPolicyTooLargeException(
            f"Packed policy consumes {used}% of allotted space, please use smaller policy."
        )
    return session


def credentials(tx: Tx, session: Session) -> t.Credentials:
    return {
        "AccessKeyId": session.key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": sessions.token_of(tx.seal, session),
        "Expiration": datetime.fromtimestamp(session.expires, UTC),
    }


def passed_policy(req: Mapping[str, Any]) -> str:
    policy = str(req.get("Policy", ""))
    if len(policy) > LARGEST:
        raise ValidationError(
            f"1 validation error detected: Value '{policy}' at 'policy' failed to satisfy"
            f" constraint: Member must have length less than or equal to {LARGEST}"
        )
    if policy and (problem := grammar.problem(policy, kind="identity")) is not None:
        raise errors.MalformedPolicyDocumentException(problem)
    return policy


def passed_arns(tx: Tx, req: Mapping[str, Any], account: str) -> tuple[str, ...]:
    """The managed policies that limit a session; they are of the session's account, or AWS's."""
    arns = tuple(each.get("arn", "") for each in req.get("PolicyArns", ()))
    if len(arns) > MOST_POLICIES:
        raise ValidationError(f"The number of PolicyArns exceeds the quota: {MOST_POLICIES}")
    for arn in arns:
        ours = arn.startswith((f"arn:aws:iam::{account}:policy/", "arn:aws:iam::aws:policy/"))
        if not ours or principals.managed_policy(tx, arn) is None:
            raise errors.MalformedPolicyDocumentException(
                f"PolicyArn {arn} does not exist or is not attachable."
            )
    return arns


def session_tags(
    req: Mapping[str, Any], before: Session | None
) -> tuple[dict[str, str], list[str]]:
    """A session's tags and which of them go on; those that came on from `before` are among them."""
    asked = {tag["Key"]: tag["Value"] for tag in req.get("Tags", ())}
    folded = {key.lower() for key in asked}
    if len(folded) != len(req.get("Tags", ())):
        raise InvalidParameterValue(DUPLICATE)
    going_on = {key.lower() for key in req.get("TransitiveTagKeys", ())}
    if not going_on <= folded:
        raise InvalidParameterValue(NOT_REQUESTED)
    passed = [key for key in asked if key.lower() in going_on]
    if before is None:
        return asked, passed
    inherited = {key: before.tags[key] for key in before.transitive if key in before.tags}
    if folded & {key.lower() for key in inherited}:
        raise InvalidParameterValue(CONFLICT)
    return {**asked, **inherited}, [*passed, *inherited]


def packed_size(session: Session) -> int:
    """How much of what may be passed is used, in per cent."""
    given = len(session.policy) + sum(map(len, session.policy_arns))
    given += sum(len(key) + len(value) for key, value in session.tags.items())
    return -(-given * 100 // (2 * LARGEST))
