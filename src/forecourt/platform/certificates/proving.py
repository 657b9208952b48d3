"""The record that proves a domain to be an account's: a CNAME that only its owner can have made.

The same for each certificate of an account for a domain, in whatever region, and a wildcard's is its
apex's.  An instance's secret makes records that no other instance's are.
https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from forecourt.platform.names import registry

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

TARGETS = "acm-validations.aws"
SECRET = "acm validation"  # the setting
LETTERS = "bcdfghjklmnpqrstvwxyz"
LONGEST_NAME = 219  # octets of a name whose record is still a name


def record_of(tx: Tx, account: str, domain: str) -> dict[str, str]:
    """ResourceRecord"""
    apex = domain.removeprefix("*.")
    secret = instance_secret(tx)
    made = hashlib.sha256(f"{secret} {account} {apex}".encode()).hexdigest()
    zone = "".join(LETTERS[int(made[at : at + 2], 16) % len(LETTERS)] for at in range(0, 20, 2))
    value = hashlib.sha256(f"{secret} {apex} {account}".encode()).hexdigest()[:32]
    return {
        "Name": f"_{made[32:]}.{apex}.",
        "Type": "CNAME",
        "Value": f"_{value}.{zone}.{TARGETS}.",
    }


def instance_secret(tx: Tx) -> str:
    found = tx.value("SELECT value FROM setting WHERE name = :name", name=SECRET)
    assert found, "an instance has a secret from its first start on"
    return str(found)


def ensure(tx: Tx) -> None:
    """What proofs need of the world: a secret, and the zone that records point into."""
    ensure_secret(tx)
    registry.host_zone(tx, TARGETS)


def ensure_secret(tx: Tx) -> None:
    tx.run(
        "INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING",
        name=SECRET,
        value=os.urandom(16).hex(),
    )
