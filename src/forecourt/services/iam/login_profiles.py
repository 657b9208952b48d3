"""Passwords of users, for signing in to the console.

What is kept of a password is computed before the transaction: it takes a tenth of a second.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform.identity import passwords

from . import entities, password_policy, users
from .entities import USER, Entity, errors, moment

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")
AccessDenied = common("AccessDenied", 403)
REMEMBERED = 24  # passwords, the most PasswordReusePrevention can ask for
REUSED = "Policy constraint violation with password reuse prevention during password change."


@dataclass(frozen=True, slots=True)
class Profile:
    """A user's password and those before it, as they are kept."""

    password: str
    history: tuple[str, ...]  # the newest first
    created: float
    changed: float
    reset_required: bool


def digest(req: Mapping[str, Any]) -> str:
    return passwords.digest(req.get("Password", ""))


@ops.write_after(digest)
def create_login_profile(
    tx: Tx, req: t.CreateLoginProfileRequest, kept: str
) -> t.CreateLoginProfileResponse:
    user = user_named(tx, req)
    if "Password" not in req:
        raise errors.PasswordPolicyViolationException("Password should not be empty")
    if find(tx, user) is not None:
        raise errors.EntityAlreadyExistsException(
            f"Login Profile for user {user.name} already exists."
        )
    password_policy.check(tx, req["Password"])
    tx.run(
        "INSERT INTO iam_login_profile (user_id, password, history, created, changed,"
        " reset_required) VALUES (:user, :password, '[]', :now, :now, :reset)",
        user=user.id,
        password=kept,
        now=tx.now.timestamp(),
        reset=bool(req.get("PasswordResetRequired", False)),
    )
    return {"LoginProfile": document(user, get(tx, user))}


@ops.read
def get_login_profile(tx: Tx, req: t.GetLoginProfileRequest) -> t.GetLoginProfileResponse:
    user = user_named(tx, req)
    return {"LoginProfile": document(user, get(tx, user))}


def profile_named(tx: Tx, req: Mapping[str, Any]) -> Profile:
    return get(tx, entities.get(tx, USER, req["UserName"]))


def new_digest(req: Mapping[str, Any], profile: Profile) -> str | None:
    """What is to be kept of a new password; None where none is given."""
    if "Password" not in req:
        return None
    return passwords.digest(req["Password"], passwords.salt_of(profile.password))


@ops.write_after(new_digest, profile_named)
def update_login_profile(tx: Tx, req: t.UpdateLoginProfileRequest, kept: str | None) -> None:
    user = entities.get(tx, USER, req["UserName"])
    profile = get(tx, user)
    reset = req.get("PasswordResetRequired", profile.reset_required)
    if kept is None:
        tx.run(
            "UPDATE iam_login_profile SET reset_required = :reset WHERE user_id = :user",
            reset=bool(reset),
            user=user.id,
        )
        return
    password_policy.check(tx, req["Password"])
    replace(tx, user, profile, kept, reset=bool(reset))


@ops.write
def delete_login_profile(tx: Tx, req: t.DeleteLoginProfileRequest) -> None:
    user = user_named(tx, req)
    get(tx, user)
    tx.run("DELETE FROM iam_login_profile WHERE user_id = :user", user=user.id)


def own_profile(tx: Tx, req: Mapping[str, Any]) -> Profile:
    return get(tx, caller(tx))


def both_digests(req: Mapping[str, Any], profile: Profile) -> tuple[str, str]:
    """What would be kept of the old password, and of the new one."""
    salt = passwords.salt_of(profile.password)
    return passwords.digest(req["OldPassword"], salt), passwords.digest(req["NewPassword"], salt)


@ops.write_after(both_digests, own_profile)
def change_password(tx: Tx, req: t.ChangePasswordRequest, digests: tuple[str, str]) -> None:
    """A user's own password."""
    user = caller(tx)
    profile = get(tx, user)
    old, new = digests
    if not passwords.same(old, profile.password):
        raise AccessDenied("The old password was incorrect.")
    password_policy.check(tx, req["NewPassword"])
    replace(tx, user, profile, new, reset=False)


def caller(tx: Tx) -> Entity:
    """The user who asks.  InvalidUserType for all others."""
    if tx.call.caller.kind != "User":
        raise errors.InvalidUserTypeException("Only IAM Users can change their own password.")
    return users.calling(tx)


def user_named(tx: Tx, req: Mapping[str, Any]) -> Entity:
    """The user named, or who asks; roots have no login profiles."""
    if (user := users.named(tx, req)) is None:
        raise errors.NoSuchEntityException(
            f"Login Profile for User {tx.call.account} cannot be found."
        )
    return user


def find(tx: Tx, user: Entity) -> Profile | None:
    row = tx.one(
        "SELECT password, history, created, changed, reset_required FROM iam_login_profile"
        " WHERE user_id = :user",
        user=user.id,
    )
    if row is None:
        return None
    password, history, created, changed, reset = row
    return Profile(password, tuple(json.loads(history)), created, changed, bool(reset))


def get(tx: Tx, user: Entity) -> Profile:
    if (found := find(tx, user)) is None:
        raise errors.NoSuchEntityException(f"Login Profile for User {user.name} cannot be found.")
    return found


def replace(tx: Tx, user: Entity, profile: Profile, kept: str, *, reset: bool) -> None:
    """Another password, unless the account's policy keeps it from coming back."""
    if passwords.salt_of(kept) != passwords.salt_of(profile.password):
        raise errors.EntityTemporarilyUnmodifiableException(
            f"Login Profile for User {user.name} cannot be modified while login profile is being"
            " created."
        )
    known = (profile.password, *profile.history)
    policy = password_policy.policy_of(tx) or {}
    barred = known[: policy.get("PasswordReusePrevention", 0)]
    if any(passwords.same(kept, earlier) for earlier in barred):
        raise errors.PasswordPolicyViolationException(REUSED)
    tx.run(
        "UPDATE iam_login_profile SET password = :password, history = :history,"
        " changed = :changed, reset_required = :reset WHERE user_id = :user",
        password=kept,
        history=json.dumps(known[:REMEMBERED]),
        changed=tx.now.timestamp(),
        reset=reset,
        user=user.id,
    )


def document(user: Entity, profile: Profile) -> t.LoginProfile:
    return {
        "UserName": user.name,
        "CreateDate": moment(profile.created),
        "PasswordResetRequired": profile.reset_required,
    }
