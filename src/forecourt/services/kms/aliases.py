"""Aliases: names for keys, which may come to mean other keys.

https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from forecourt.aws.arns import Arn
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.keys import stored
from forecourt.platform.keys.stored import ALIASES, Key, errors, moment
from forecourt.store.resources import Resource

from .identifiers import (
    PREFIX,
    ValidationException,
    arn_of,
    names_of,
    no_alias,
    own_key,
    staying_key,
)
from .pages import page

if TYPE_CHECKING:
    from forecourt.aws.types import kms as t
    from forecourt.store.tx import Tx

ops = Operations("kms")
RESERVED = "alias/aws/"


@ops.write
def create_alias(tx: Tx, req: t.CreateAliasRequest) -> None:
    name = checked_name(req["AliasName"])
    key = target_key(tx, req["TargetKeyId"])
    if (taken := ALIASES.find(tx, name)) is not None:
        if stands(tx, taken):
            raise errors.AlreadyExistsException(
                f"An alias with the name {taken.arn} already exists"
            )
        ALIASES.remove(tx, taken)
    if len(names_of(tx, key)) >= quotas.limit(tx, "MAX_ALIASES_BY_KMS_KEY"):
        raise errors.LimitExceededException(
            "The limit of aliases for this KMS key has been reached."
        )
    ALIASES.create(tx, name, {"TargetKeyArn": key.arn}, {"LastUpdatedDate": tx.now.timestamp()})


@ops.write
def update_alias(tx: Tx, req: t.UpdateAliasRequest) -> None:
    """Let an alias mean another key, of the same kind."""
    alias = get_alias(tx, req["AliasName"])
    key = target_key(tx, req["TargetKeyId"])
    before = stored.find(tx, alias.spec["TargetKeyArn"])
    if before is not None and alike(before) != alike(key):
        raise ValidationException(
            f"Alias {alias.arn} can only be associated with a KMS key of the same type and key usage."
        )
    ALIASES.change(
        tx,
        alias,
        spec={"TargetKeyArn": key.arn},
        status={"LastUpdatedDate": tx.now.timestamp()},
    )


@ops.write
def delete_alias(tx: Tx, req: t.DeleteAliasRequest) -> None:
    ALIASES.remove(tx, get_alias(tx, req["AliasName"]))


@ops.read
def list_aliases(tx: Tx, req: t.ListAliasesRequest) -> t.ListAliasesResponse:
    found = [alias for alias in ALIASES.all(tx) if stands(tx, alias)]
    if "KeyId" in req:
        arn = own_key(tx, req["KeyId"]).arn
        found = [alias for alias in found if alias.spec["TargetKeyArn"] == arn]
    return page(
        "Aliases", found, req, by=lambda alias: alias.name, show=document, default=50, most=100
    )


def checked_name(name: str) -> str:
    """An alias's name without its prefix."""
    if not name.startswith(PREFIX):
        raise ValidationException(
            'Alias must start with the prefix "alias/". Please see'
            " https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if name.startswith(RESERVED):
        raise errors.InvalidAliasNameException(f"Aliases that start with {RESERVED} are reserved.")
    if ":" in name or name == PREFIX:
        raise ValidationException(f"{name} contains invalid characters for an alias")
    return name.removeprefix(PREFIX)


def target_key(tx: Tx, given: str) -> Key:
    if given.startswith(PREFIX) or ":alias/" in given:
        raise ValidationException("Aliases must refer to keys. Not aliases")
    return staying_key(tx, given)


def get_alias(tx: Tx, name: str) -> Resource:
    if not name.startswith(PREFIX):
        raise ValidationException("Invalid identifier")
    found = ALIASES.find(tx, name.removeprefix(PREFIX))
    if found is None or not stands(tx, found):
        raise no_alias(arn_of(tx, name))
    return found


def stands(tx: Tx, alias: Resource) -> bool:
    """Whether the key of an alias is still there."""
    return stored.find(tx, alias.spec["TargetKeyArn"]) is not None


def alike(key: Key) -> tuple[str, bool]:
    return key.usage, key.spec.paired


def document(alias: Resource) -> t.AliasListEntry:
    updated = moment(alias.status["LastUpdatedDate"])
    assert isinstance(updated, datetime)
    return {
        "AliasName": f"{PREFIX}{alias.name}",
        "AliasArn": alias.arn,
        "TargetKeyId": Arn.parse(alias.spec["TargetKeyArn"]).resource.removeprefix("key/"),
        "CreationDate": alias.created,
        "LastUpdatedDate": updated,
    }
