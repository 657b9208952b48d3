"""Grants: leave for one principal to use one key, beside the key's policy.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.arns import Arn
from forecourt.store.resources import COLUMNS, Kind, Resource

from .stored import errors

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

    from .ciphertexts import Context

GRANTS = Kind("kms", "grant", errors.NotFoundException)  # named <key id>/<grant id>


def of_key(tx: Tx, key_arn: str) -> list[Resource]:
    """A key's grants, by their ids."""
    key = Arn.parse(key_arn)
    first = str(Arn(key.service, key.region, key.account, f"grant/{key.resource[4:]}/"))
    rows = tx.all(
        f"SELECT {COLUMNS} FROM resource WHERE arn >= :first AND arn < :beyond ORDER BY arn",
        first=first,
        beyond=f"{first[:-1]}0",  # the character after the slash
    )
    return [Resource.of(row) for row in rows]


def granted(
    tx: Tx,
    key_arn: str,
    principal_arns: str | Collection[str],
    operation: str,
    encryption_context: Context | None = None,
) -> bool:
    """Whether a grant lets a principal (by any of its ARNs) do this with a key."""
    arns = {principal_arns} if isinstance(principal_arns, str) else principal_arns
    return any(
        grant.spec.get("GranteePrincipal") in arns
        and operation in grant.spec["Operations"]
        and meets(grant.spec.get("Constraints", {}), operation, encryption_context or {})
        for grant in of_key(tx, key_arn)
    )


# What an encryption context says nothing about, so that its constraints do not bind it.
# https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
UNBOUND = frozenset(("DescribeKey", "RetireGrant"))


def meets(constraints: Mapping[str, Any], operation: str, context: Context) -> bool:
    """Whether an encryption context is one that constraints allow."""
    if operation in UNBOUND:
        return True
    equals, subset = (
        constraints.get("EncryptionContextEquals"),
        constraints.get("EncryptionContextSubset"),
    )
    if "SourceArn" in constraints:
        return False  # calls that a service makes for a resource: there are none
    return (equals is None or equals == dict(context)) and (
        subset is None or subset.items() <= context.items()
    )
