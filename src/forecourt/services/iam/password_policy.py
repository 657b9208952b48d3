"""What passwords of an account's users must be like.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import account
from .entities import errors

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")
# What an account's own policy says where the call that set it did not.
UNSAID = {
    "MinimumPasswordLength": 6,
    "RequireSymbols": False,
    "RequireNumbers": False,
    "RequireUppercaseCharacters": False,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": False,
}
SHORTEST = 8  # characters, without a policy of the account's own
CLASSES = {  # the member that requires a class of characters; what is said without one
    "RequireUppercaseCharacters": (re.compile("[A-Z]"), "one uppercase letter"),
    "RequireLowercaseCharacters": (re.compile("[a-z]"), "one lowercase letter"),
    "RequireNumbers": (re.compile("[0-9]"), "one number"),
    "RequireSymbols": (re.compile(r"[!@#$%^&*()_+\-=\[\]{}|']"), "one symbol"),
}
WANTED = 3  # classes of four, without a policy of the account's own


@ops.read
def get_account_password_policy(
    tx: Tx, req: Mapping[str, Any]
) -> t.GetAccountPasswordPolicyResponse:
    if (found := policy_of(tx)) is None:
        raise errors.NoSuchEntityException(
            f"The Password Policy with domain name {tx.call.account} cannot be found."
        )
    shown: Any = {**found, "ExpirePasswords": found.get("MaxPasswordAge", 0) > 0}
    return {"PasswordPolicy": shown}


@ops.write
def update_account_password_policy(tx: Tx, req: t.UpdateAccountPasswordPolicyRequest) -> None:
    """A new policy whole: nothing of the old one stays."""
    account.put(tx, "password_policy", json.dumps({**UNSAID, **req}))


@ops.write
def delete_account_password_policy(tx: Tx, req: Mapping[str, Any]) -> None:
    if policy_of(tx) is None:
        raise errors.NoSuchEntityException(
            "The account policy with name PasswordPolicy cannot be found."
        )
    account.put(tx, "password_policy", None)


def policy_of(tx: Tx) -> dict[str, Any] | None:
    """The account's own policy."""
    text = tx.value(
        "SELECT password_policy FROM iam_account WHERE account = :account",
        account=tx.call.account,
    )
    return json.loads(text) if text else None


def check(tx: Tx, password: str) -> None:
    """PasswordPolicyViolation, in AWS's words."""
    if (text := complaint(policy_of(tx), password)) is not None:
        raise errors.PasswordPolicyViolationException(text)


def complaint(policy: Mapping[str, Any] | None, password: str) -> str | None:
    """What a password lacks by a policy, or by that of accounts without one."""
    shortest = SHORTEST if policy is None else policy["MinimumPasswordLength"]
    if len(password) < shortest:
        return f"Password should have a minimum length of {shortest}"
    absent = [
        f"Password should have at least {text}"
        for member, (pattern, text) in CLASSES.items()
        if (policy is None or policy[member]) and not pattern.search(password)
    ]
    spared = len(CLASSES) - WANTED if policy is None else 0
    if len(absent) <= spared:
        return None
    if len(absent) == 1:
        return absent[0]
    return (
        f"Password should meet {len(absent) - spared} more of the following requirements:"
        f" {', '.join(absent)}"
    )
