"""Domains as tests register them; the worker's part is done when asked."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.services.route53.delegating import make_zone
from forecourt.services.route53domains import reconcile
from forecourt.services.route53domains.operations import WORK
from forecourt.store.tx import Tx
from tests.harness import World

CONTACT = {
    "FirstName": "Alice",
    "LastName": "Kim",
    "ContactType": "PERSON",
    "AddressLine1": "1 Sejong-daero",
    "City": "Seoul",
    "CountryCode": "KR",
    "ZipCode": "04524",
    "PhoneNumber": "+82.212345678",
    "Email": "alice@example.com",
}


def ask(client: Any, name: str, years: int = 1, **members: Any) -> str:
    """Ask for a domain; the operation's id."""
    contacts = {f"{kind}Contact": CONTACT for kind in ("Admin", "Registrant", "Tech")}
    asked = client.register_domain(
        DomainName=name, DurationInYears=years, **{**contacts, **members}
    )
    return str(asked["OperationId"])


def settle(world: World) -> None:
    """Carry out whatever was asked for, in its order."""
    for key in world.store.read_now(due, WORK):
        asyncio.run(reconcile.operate(world.store, make_zone, key))
        world.store.write_now(forget, key)


def due(tx: Tx, kind: str) -> list[str]:
    """What work of a kind there is by now, the oldest first."""
    rows = tx.all(
        "SELECT key FROM work WHERE kind = :kind AND due <= :now ORDER BY due",
        kind=kind,
        now=tx.now.timestamp(),
    )
    return [key for (key,) in rows]


def forget(tx: Tx, key: str) -> None:
    tx.run("DELETE FROM work WHERE kind = :kind AND key = :key", kind=WORK, key=key)


def registered(world: World, client: Any, name: str, **members: Any) -> dict[str, Any]:
    """A domain whose registration succeeded, in detail."""
    operation = ask(client, name, **members)
    settle(world)
    assert client.get_operation_detail(OperationId=operation)["Status"] == "SUCCESSFUL"
    return detail(client, name)


def detail(client: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get_domain_detail(DomainName=name)
    return found


def refused(code: str, words: str = "") -> Any:
    """The caller is refused by a code, in words."""
    return pytest.raises(ClientError, match=rf"\({code}\).*{re.escape(words)}")
