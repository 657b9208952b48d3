"""Accounts and the keys of their roots.

An access key id says which account it belongs to, as AWS's do: after the prefix, 80 bits in base 32,
of which the first is set, the next 40 are the account's number, and the rest is random.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

FIRST = "000000000000"
ID = re.compile(r"[0-9]{12}\Z")
LONG_TERM = "AKIA"
TOPIC = "identity"  # rung when keys, or who may do what, change


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    account: str
    principal: str
    secret: str
    active: bool

    def __repr__(self) -> str:
        return f"Key({self.id})"


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str


def root_arn(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


def create_account(tx: Tx, account: str, name: str) -> None:
    tx.run(
        "INSERT INTO account (id, name, created) VALUES (:id, :name, :created)"
        " ON CONFLICT (id) DO NOTHING",
        id=account,
        name=name,
        created=tx.now.timestamp(),
    )


def list_accounts(tx: Tx) -> list[Account]:
    return [Account(*row) for row in tx.all("SELECT id, name FROM account ORDER BY id")]


def delete_key(tx: Tx, key_id: str) -> bool:
    tx.ring(TOPIC)
    return bool(tx.run("DELETE FROM access_key WHERE id = :id", id=key_id))


def add_key(tx: Tx, account: str, principal: str, key_id: str, secret: str) -> None:
    """Give a principal an access key; its secret is kept sealed.

    `principal` is the unique id of a user, or the ARN of the root.
    """
    tx.ring(TOPIC)
    tx.run(
        "INSERT INTO access_key (id, account, principal, secret, status, created)"
        " VALUES (:id, :account, :principal, :secret, 'Active', :created)"
        " ON CONFLICT (id) DO UPDATE SET account = excluded.account,"
        " principal = excluded.principal, secret = excluded.secret, status = 'Active'",
        id=key_id,
        account=account,
        principal=principal,
        secret=tx.seal.close(secret.encode(), f"access key {key_id}"),
        created=tx.now.timestamp(),
    )


def find_key(tx: Tx, key_id: str) -> Key | None:
    row = tx.one(
        "SELECT account, principal, secret, status FROM access_key WHERE id = :id", id=key_id
    )
    if row is None:
        return None
    account, principal, sealed, status = row
    secret = tx.seal.open(sealed, f"access key {key_id}").decode()
    return Key(key_id, account, principal, secret, status == "Active")


def new_key_id(account: str, prefix: str = LONG_TERM) -> str:
    bits = 1 << 79 | int(account) << 39 | secrets.randbits(39)
    return prefix + base64.b32encode(bits.to_bytes(10, "big")).decode()


def new_secret() -> str:
    """40 characters, as AWS's."""
    return base64.b64encode(secrets.token_bytes(30)).decode()


def account_of(key_id: str) -> str | None:
    """The account an access key id was made for; None for ids that do not say."""
    try:
        bits = int.from_bytes(base64.b32decode(key_id[4:20]), "big")
    except ValueError:
        return None
    if len(key_id) != 20 or not bits >> 79:
        return None
    number = bits >> 39 & (1 << 40) - 1
    return f"{number:012}" if number < 10**12 else None


def note_used(tx: Tx, used: Mapping[str, tuple[float, str, str]]) -> None:
    """Write down when keys and roles were last used, for which service, in which region."""
    for who, (at, service, region) in used.items():
        tx.run(
            "UPDATE access_key SET used = :at, used_service = :service, used_region = :region"
            " WHERE id = :id",
            id=who,
            at=at,
            service=service,
            region=region,
        )
        tx.run(
            "UPDATE iam_role SET used = :at, used_region = :region WHERE id = :id",
            id=who,
            at=at,
            region=region,
        )


def root_key(tx: Tx, account: str) -> Key | None:
    """The newest active key of an account's root."""
    key_id = tx.value(
        "SELECT id FROM access_key WHERE account = :account AND principal = :root"
        " AND status = 'Active' ORDER BY created DESC, id LIMIT 1",
        account=account,
        root=root_arn(account),
    )
    return find_key(tx, key_id) if key_id else None
