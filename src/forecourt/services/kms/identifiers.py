"""Which key a caller means: by its id, its ARN, or an alias of it.

https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forecourt.aws.arns import Arn
from forecourt.aws.errors import common
from forecourt.platform.keys import stored
from forecourt.platform.keys.stored import ALIASES, Key, errors
from forecourt.store import resources

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

ValidationException = common("ValidationException", 400)
AccessDeniedException = common("AccessDeniedException", 400)
ID = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z|mrk-[0-9a-fA-F]{32}\Z"  # or of several regions
)
PREFIX = "alias/"


def get_key(tx: Tx, given: str, *, by_alias: bool = False) -> Key:
    """The key, of whatever account.  InvalidArnException, NotFoundException."""
    arn = key_arn(tx, given, by_alias=by_alias)
    if (found := stored.find(tx, arn)) is None:
        raise errors.NotFoundException(f"Key '{arn}' does not exist")
    return found


def own_key(tx: Tx, given: str) -> Key:
    """The caller's key: for what no other account may do, whatever policies say."""
    found = get_key(tx, given)
    if found.account != tx.call.account:
        raise AccessDeniedException(
            f"User: {tx.call.principal} is not authorized to perform: kms:{tx.call.operation}"
            f" on resource: {found.arn}"
        )
    return found


def staying_key(tx: Tx, given: str) -> Key:
    """The caller's key, unless it is pending deletion."""
    return stored.staying(own_key(tx, given))


def key_arn(tx: Tx, given: str, *, by_alias: bool = False) -> str:
    """The ARN of the key that is meant, whether or not it is there."""
    if given.startswith("arn:"):
        return arn_in(tx, given, by_alias=by_alias)
    if given.startswith(PREFIX) and by_alias:
        return target(tx, arn_of(tx, given))
    if not ID.match(given):
        raise errors.NotFoundException(f"Invalid keyId '{given}'")
    return arn_of(tx, f"key/{given}")


def arn_of(tx: Tx, resource: str) -> str:
    return str(Arn("kms", tx.call.region, tx.call.account, resource))


def arn_in(tx: Tx, given: str, *, by_alias: bool) -> str:
    try:
        arn = Arn.parse(given)
    except ValueError:
        raise errors.InvalidArnException(f"Invalid arn {given}") from None
    if arn.service != "kms" or arn.partition != "aws":
        raise errors.InvalidArnException(f"Invalid arn {given}")
    if arn.region != tx.call.region:
        raise errors.NotFoundException(f"Invalid arn {arn.region}")
    if arn.resource.startswith(PREFIX) and by_alias:
        return target(tx, given)
    if not arn.resource.startswith("key/"):
        raise errors.InvalidArnException(f"Invalid arn {given}")
    if not ID.match(arn.resource[4:]):
        raise errors.NotFoundException(f"Invalid keyId '{arn.resource[4:]}'")
    return given


def target(tx: Tx, alias_arn: str) -> str:
    """The ARN of the key an alias stands for."""
    alias = resources.at(tx, alias_arn)
    if alias is None:
        raise no_alias(alias_arn)
    return str(alias.spec["TargetKeyArn"])


def no_alias(alias_arn: str) -> Exception:
    return errors.NotFoundException(f"Alias {alias_arn} is not found.")


def names_of(tx: Tx, key: Key) -> list[str]:
    """The aliases of the caller's key."""
    return [
        f"{PREFIX}{alias.name}"
        for alias in ALIASES.all(tx)
        if alias.spec["TargetKeyArn"] == key.arn
    ]
