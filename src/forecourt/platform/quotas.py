"""Quotas: AWS's defaults, raised (or lowered) for an account by its operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
DEFAULTS = {
    "MAX_HOSTED_ZONES_BY_OWNER": 500,
    "MAX_HEALTH_CHECKS_BY_OWNER": 200,
    "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER": 100,
    "MAX_TRAFFIC_POLICIES_BY_OWNER": 50,
    "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER": 5,
    "MAX_RRSETS_BY_ZONE": 10_000,
    "MAX_VPCS_ASSOCIATED_BY_ZONE": 300,
    "MAX_ZONES_BY_REUSABLE_DELEGATION_SET": 100,
    "MAX_PROTECTIONS_BY_ZONE": 1000,
}


def limit(tx: Tx, name: str) -> int:
    """The caller's account's quota."""
    found = tx.value(
        "SELECT value FROM quota WHERE account = :account AND name = :name",
        account=tx.call.account,
        name=name,
    )
    return DEFAULTS[name] if found is None else int(found)


def set_limit(tx: Tx, account: str, name: str, value: int) -> None:
    tx.run(
        "INSERT INTO quota (account, name, value) VALUES (:account, :name, :value)"
        " ON CONFLICT (account, name) DO UPDATE SET value = excluded.value",
        account=account,
        name=name,
        value=value,
    )
