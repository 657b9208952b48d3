"""Why ACM cannot issue from an account's authority, and that it can."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.planes.tls.building import der
from forecourt.platform.certificates import authorities, private
from forecourt.platform.certificates.private import AUTHORITIES
from forecourt.platform.identity.accounts import FIRST
from forecourt.store import resources
from forecourt.store.tx import Call, Tx
from tests.harness import SECOND, World
from tests.planes.tls.authority import issue, issuing


def made(world: World, certified: bool = True, **members: Any) -> str:
    status = {
        "Status": members.get("status", "ACTIVE"),
        "Permissions": [{"Principal": private.ACM}],
    }
    spec = {"UsageMode": members.get("mode", "GENERAL_PURPOSE")}

    def make(tx: Tx, _: None) -> str:
        authorities.create(tx, "ca", issuing().key)
        if certified:
            authorities.certify(tx, "ca", der(issuing().certificate), "")
        found = AUTHORITIES.create(tx, "ca", spec, status)
        assert private.is_permitted(found, private.ACM)
        assert not private.is_permitted(found, "other")
        return found.arn

    call = Call("acm-pca", "CreateCertificateAuthority", FIRST)
    return world.store.write_now(lambda tx: in_account(tx, call, make))


def in_account(tx: Tx, call: Call, make: Any) -> str:
    before, tx.call = tx.call, call
    try:
        return str(make(tx, None))
    finally:
        tx.call = before


@pytest.mark.parametrize(
    ("members", "days", "account", "refused"),
    [
        ({}, 395, FIRST, ""),
        ({}, 395, SECOND, "PCA_ACCESS_DENIED"),
        ({}, 9000, FIRST, "PCA_INVALID_DURATION"),
        ({"status": "DISABLED"}, 395, FIRST, "PCA_INVALID_STATE"),
        ({"certified": False}, 395, FIRST, "PCA_INVALID_STATE"),
        ({"mode": "SHORT_LIVED_CERTIFICATE"}, 395, FIRST, "PCA_INVALID_ARGS"),
    ],
)
def test_usable(
    world: World, members: dict[str, Any], days: int, account: str, refused: str
) -> None:
    arn = made(world, **members)
    found = world.store.read_now(private.usable, arn, days, account)
    assert found == (refused, "" if refused else "ca")


def test_what_acm_issues_is_noted(world: World) -> None:
    arn = made(world)

    def note(tx: Tx) -> str:
        found = resources.at(tx, arn)
        assert found is not None
        return private.note(tx, found, issue("a.com"), private.TEMPLATE, by=private.ACM)

    noted = world.store.write_now(note)
    assert noted.startswith(f"{arn}/certificate/")
    assert world.store.read_now(private.usable, arn, 395, FIRST, True) == ("", "ca")


def test_there_is_none(world: World) -> None:
    arn = f"arn:aws:acm-pca:us-east-1:{FIRST}:certificate-authority/none"
    assert world.store.read_now(private.usable, arn, 1, FIRST)[0] == "PCA_RESOURCE_NOT_FOUND"
