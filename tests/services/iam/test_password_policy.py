"""The account's password policy, and what passwords it takes."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.iam.password_policy import UNSAID, complaint
from tests.harness import World

from .calls import FIRST, answer, as_user, fault

MISSING = ("NoSuchEntity", f"The Password Policy with domain name {FIRST} cannot be found.")


def test_a_policy_set_and_deleted(iam: Any, stranger: Any) -> None:
    assert fault(iam.get_account_password_policy) == MISSING
    iam.update_account_password_policy()
    expected = {**UNSAID, "ExpirePasswords": False}
    assert answer(iam.get_account_password_policy()) == {"PasswordPolicy": expected}
    iam.update_account_password_policy(
        MinimumPasswordLength=12, RequireNumbers=True, MaxPasswordAge=90, HardExpiry=True
    )
    found = iam.get_account_password_policy()["PasswordPolicy"]
    assert found == {
        **expected,
        "MinimumPasswordLength": 12,
        "RequireNumbers": True,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "HardExpiry": True,
    }
    iam.update_account_password_policy(RequireSymbols=True)  # nothing of the old one stays
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        **expected,
        "RequireSymbols": True,
    }
    assert fault(stranger.get_account_password_policy)[0] == "NoSuchEntity"
    iam.delete_account_password_policy()
    assert fault(iam.get_account_password_policy) == MISSING
    expected_ = ("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")
    assert fault(iam.delete_account_password_policy) == expected_


def test_all_that_is_wrong_is_told(iam: Any) -> None:
    code, text = fault(
        iam.update_account_password_policy,
        MinimumPasswordLength=129,
        PasswordReusePrevention=25,
        MaxPasswordAge=1096,
    )
    assert code == "ValidationError"
    assert text.startswith(
        "3 validation errors detected: Value at 'minimumPasswordLength' failed to"
    )
    assert (
        "Value at 'passwordReusePrevention' failed to satisfy constraint: Member must have" in text
    )


def own(**members: Any) -> dict[str, Any]:
    return {**UNSAID, **members}


@pytest.mark.parametrize(
    ("policy", "password", "text"),
    [
        (None, "Short1!", "Password should have a minimum length of 8"),
        (None, "longenough", ("Password should meet 2 more of the following requirements: Password"
         " should have at least one uppercase letter, Password should have at least one number,"
         " Password should have at least one symbol")),
        (None, "Longenough", ("Password should meet 1 more of the following requirements: Password"
         " should have at least one number, Password should have at least one symbol")),
        (None, "Longenough1", None),
        (None, "longenough1!", None),
        (own(), "simple", None),
        (own(), "small", "Password should have a minimum length of 6"),
        (own(MinimumPasswordLength=20), "a" * 19, "Password should have a minimum length of 20"),
        (own(RequireSymbols=True), "simple", "Password should have at least one symbol"),
        (own(RequireSymbols=True), "simple!", None),
        (own(RequireUppercaseCharacters=True, RequireNumbers=True), "simple", ("Password should meet"
         " 2 more of the following requirements: Password should have at least one uppercase"
         " letter, Password should have at least one number")),
        (own(RequireLowercaseCharacters=True), "SIMPLE", ("Password should have at least one"
         " lowercase letter")),
    ],
)  # fmt: skip
def test_passwords(policy: dict[str, Any] | None, password: str, text: str | None) -> None:
    assert complaint(policy, password) == text


def test_users_may_read_it_where_they_may_change_passwords(world: World, iam: Any) -> None:
    client = as_user(world, iam, "u")
    iam.update_account_password_policy()
    assert fault(client.get_account_password_policy)[0] == "AccessDenied"
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    assert client.get_account_password_policy()["PasswordPolicy"]["AllowUsersToChangePassword"]
    assert fault(client.get_account_summary)[0] == "AccessDenied"
