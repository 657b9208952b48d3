"""Accounts and keys: an id says whose it is, secrets are sealed, the newest key of a root is found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.platform.identity import accounts
from forecourt.store.tx import Tx
from tests.harness import FIRST_KEY, SECOND, SECOND_KEY, World

THIRD = "444455556666"


@given(st.integers(0, 10**12 - 1))
def test_an_id_says_its_account(number: int) -> None:
    account = f"{number:012}"
    key_id = accounts.new_key_id(account)
    assert len(key_id) == 20
    assert key_id.startswith("AKIA")
    assert accounts.account_of(key_id) == account


@pytest.mark.parametrize(
    ("key_id", "account"),
    [
        # Ids published with their accounts.
        ("ASIAY34FZKBOKMUTVV7A", "609629065308"),
        ("AKIATZ2X44NMCEQW46PL", "261640479576"),
        ("AKIAUT5AMCC2VINIQAMK", "317627044021"),
        # The documentation's, of the old kind; and what is no id.
        ("AKIAIOSFODNN7EXAMPLE", None),
        ("AKIAUT5AMCC2VINIQAM", None),
        ("AKIAUT5AMCC2VINIQAMKX", None),
        ("AKIAut5amcc2viniqamk", None),
        ("AKIA0189018901890189", None),
        ("AKIAÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜ", None),
        ("AKIAQAAAAAAAAAA=====", None),
        ("AKIA", None),
        ("", None),
        # No account has 13 digits.
        ("AKIA7777777777777777", None),
    ],
)
def test_account_of(key_id: str, account: str | None) -> None:
    assert accounts.account_of(key_id) == account


def test_secrets_are_as_aws_s() -> None:
    made = {accounts.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(secret) for secret in made} == {40}


def test_a_key_does_not_show_its_secret() -> None:
    key = accounts.Key("AKIA1", "1", "arn", "very-secret", active=True)
    assert "very-secret" not in f"{key!r} {key} {[key]}"


@pytest.fixture
def undone(world: World) -> Any:
    """Runs a function in a transaction that is not kept."""

    class Undone(Exception):
        pass

    def run(check: Any) -> None:
        def change(tx: Tx) -> None:
            check(tx)
            raise Undone

        with pytest.raises(Undone):
            world.store.write_now(change)

    return run


def test_find_key(undone: Any) -> None:
    def check(tx: Tx) -> None:
        found = accounts.find_key(tx, FIRST_KEY[0])
        root = accounts.root_arn(accounts.FIRST)
        assert found == accounts.Key(FIRST_KEY[0], accounts.FIRST, root, FIRST_KEY[1], True)
        assert accounts.find_key(tx, "AKIAUNKNOWN") is None
        assert accounts.find_key(tx, FIRST_KEY[0].lower()) is None

    undone(check)


def test_the_secret_is_sealed_for_its_key(undone: Any) -> None:
    def check(tx: Tx) -> None:
        sealed = tx.value("SELECT secret FROM access_key WHERE id = :id", id=FIRST_KEY[0])
        assert FIRST_KEY[1].encode() not in sealed
        tx.run("UPDATE access_key SET secret = :s WHERE id = :id", s=sealed, id=SECOND_KEY[0])
        with pytest.raises(Exception):  # noqa: B017 - whatever the cipher says
            accounts.find_key(tx, SECOND_KEY[0])

    undone(check)


def test_keys_of_a_new_account(undone: Any) -> None:
    def check(tx: Tx) -> None:
        accounts.create_account(tx, THIRD, "third")
        accounts.create_account(tx, THIRD, "again")  # changes nothing
        assert accounts.Account(THIRD, "third") in accounts.list_accounts(tx)
        assert accounts.root_key(tx, THIRD) is None
        accounts.add_key(tx, THIRD, accounts.root_arn(THIRD), "AKIA-OLD", "one")
        tx.now += timedelta(seconds=1)
        accounts.add_key(tx, THIRD, accounts.root_arn(THIRD), "AKIA-NEW", "two")
        tx.now += timedelta(seconds=1)
        accounts.add_key(tx, THIRD, f"arn:aws:iam::{THIRD}:user/x", "AKIA-USER", "three")
        newest = accounts.root_key(tx, THIRD)
        assert newest is not None
        assert newest.secret == "two"
        tx.run("UPDATE access_key SET status = 'Inactive' WHERE id = 'AKIA-NEW'")
        older = accounts.root_key(tx, THIRD)
        assert older is not None
        assert older.id == "AKIA-OLD"
        inactive = accounts.find_key(tx, "AKIA-NEW")
        assert inactive is not None
        assert not inactive.active

    undone(check)


def test_a_key_added_again_is_replaced_and_active(undone: Any) -> None:
    def check(tx: Tx) -> None:
        tx.run("UPDATE access_key SET status = 'Inactive' WHERE id = :id", id=SECOND_KEY[0])
        accounts.add_key(tx, SECOND, accounts.root_arn(SECOND), SECOND_KEY[0], "other")
        found = accounts.find_key(tx, SECOND_KEY[0])
        assert found is not None
        assert (found.secret, found.active) == ("other", True)

    undone(check)


def test_delete_key(undone: Any) -> None:
    def check(tx: Tx) -> None:
        assert accounts.delete_key(tx, SECOND_KEY[0])
        assert not accounts.delete_key(tx, SECOND_KEY[0])
        assert accounts.find_key(tx, SECOND_KEY[0]) is None

    undone(check)
