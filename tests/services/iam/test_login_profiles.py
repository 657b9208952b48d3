"""Passwords of users."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecourt.platform import audit
from forecourt.platform.identity import passwords
from tests.harness import World

from .calls import FIRST, allow, answer, as_user, fault

GOOD, BETTER, BEST = "Correct-Horse1", "Battery-Staple2", "Different-Donkey3"
WEAK = ("PasswordPolicyViolation", "Password should have a minimum length of 8")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests that take no tenth of a second."""
    monkeypatch.setattr(passwords, "MEMORY", 64)


def kept(world: World) -> tuple[str, list[str]]:
    def read(tx: Any) -> Any:
        return tx.one("SELECT password, history FROM iam_login_profile")

    password, history = world.store.read_now(read)
    return password, json.loads(history)


def is_now(world: World, password: str) -> bool:
    now, _ = kept(world)
    return passwords.same(passwords.digest(password, passwords.salt_of(now)), now)


def test_a_password_from_making_to_deleting(world: World, iam: Any) -> None:
    iam.create_user(UserName="u")
    made = answer(iam.create_login_profile(UserName="u", Password=GOOD))["LoginProfile"]
    assert made == {
        "UserName": "u",
        "CreateDate": made["CreateDate"],
        "PasswordResetRequired": False,
    }
    assert answer(iam.get_login_profile(UserName="u")) == {"LoginProfile": made}
    expected = ("EntityAlreadyExists", "Login Profile for user u already exists.")
    assert fault(iam.create_login_profile, UserName="u", Password=BETTER) == expected
    iam.update_login_profile(UserName="u", PasswordResetRequired=True)
    assert iam.get_login_profile(UserName="u")["LoginProfile"]["PasswordResetRequired"] is True
    assert is_now(world, GOOD)
    iam.update_login_profile(UserName="u", Password=BETTER)
    assert is_now(world, BETTER)
    iam.delete_login_profile(UserName="u")
    missing = ("NoSuchEntity", "Login Profile for User u cannot be found.")
    assert fault(iam.get_login_profile, UserName="u") == missing
    assert fault(iam.delete_login_profile, UserName="u") == missing
    assert fault(iam.update_login_profile, UserName="u", Password=GOOD) == missing


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("create_login_profile", {"Password": GOOD}),
        ("get_login_profile", {}),
        ("update_login_profile", {"Password": GOOD}),
        ("delete_login_profile", {}),
    ],
)
def test_users_that_are_not_there(iam: Any, operation: str, params: dict[str, str]) -> None:
    expected = ("NoSuchEntity", "The user with name x cannot be found.")
    assert fault(getattr(iam, operation), UserName="x", **params) == expected


def test_weak_ones(iam: Any) -> None:
    iam.create_user(UserName="u")
    assert fault(iam.create_login_profile, UserName="u", Password="weak") == WEAK
    iam.create_login_profile(UserName="u", Password=GOOD)
    assert fault(iam.update_login_profile, UserName="u", Password="weak") == WEAK


def test_a_user_s_own(world: World, iam: Any) -> None:
    own = f"arn:aws:iam::{FIRST}:user/${{aws:username}}"
    client = as_user(world, iam, "u", allow("iam:ChangePassword", resource=own))
    change = client.change_password
    missing = ("NoSuchEntity", "Login Profile for User u cannot be found.")
    assert fault(change, OldPassword=GOOD, NewPassword=BETTER) == missing
    iam.create_login_profile(UserName="u", Password=GOOD, PasswordResetRequired=True)
    wrong = ("AccessDenied", "The old password was incorrect.")
    assert fault(change, OldPassword=BETTER, NewPassword=GOOD) == wrong
    assert fault(change, OldPassword=GOOD, NewPassword="weak") == WEAK
    assert is_now(world, GOOD)
    change(OldPassword=GOOD, NewPassword=BETTER)
    assert is_now(world, BETTER)
    assert iam.get_login_profile(UserName="u")["LoginProfile"]["PasswordResetRequired"] is False


def test_who_may_change_passwords(world: World, iam: Any) -> None:
    client = as_user(world, iam, "u")
    iam.create_login_profile(UserName="u", Password=GOOD)
    change = {"OldPassword": GOOD, "NewPassword": BETTER}
    assert fault(client.change_password, **change)[0] == "AccessDenied"
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    client.change_password(**change)
    iam.put_user_policy(UserName="u", PolicyName="no", PolicyDocument=allow("iam:*", effect="Deny"))
    change = {"OldPassword": BETTER, "NewPassword": GOOD}
    assert "explicit deny" in fault(client.change_password, **change)[1]
    assert fault(iam.change_password, **change)[0] == "InvalidUserType"


def test_earlier_ones(world: World, iam: Any) -> None:
    client = as_user(world, iam, "u", allow("iam:*"))
    iam.create_login_profile(UserName="u", Password=GOOD)
    iam.update_account_password_policy(PasswordReusePrevention=2)
    text = "Policy constraint violation with password reuse prevention during password change."
    for old, new in ((GOOD, BETTER), (BETTER, BEST)):
        assert fault(client.change_password, OldPassword=old, NewPassword=old) == (
            "PasswordPolicyViolation", text
        )  # fmt: skip
        client.change_password(OldPassword=old, NewPassword=new)
    assert fault(iam.update_login_profile, UserName="u", Password=BETTER)[1] == text
    client.change_password(OldPassword=BEST, NewPassword=GOOD)  # the one before the last two
    now, history = kept(world)
    assert len({now, *history}) == 3
    assert history[-1] == now


def test_no_password_is_left_anywhere(world: World, iam: Any) -> None:
    client = as_user(world, iam, "u", allow("iam:*"))
    iam.create_login_profile(UserName="u", Password=GOOD)
    iam.update_login_profile(UserName="u", Password=BETTER)
    client.change_password(OldPassword=BETTER, NewPassword=BEST)
    fault(client.change_password, OldPassword=BETTER, NewPassword=BEST)
    trail = json.dumps(world.store.read_now(audit.lookup))
    assert trail.count("HIDDEN_DUE_TO_SECURITY_REASONS") == 6
    for secret in (GOOD, BETTER, BEST, client._request_signer._credentials.secret_key):
        assert secret not in trail
        assert secret not in json.dumps(kept(world))
