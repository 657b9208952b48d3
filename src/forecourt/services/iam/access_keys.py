"""Access keys of users, and a root's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform.identity import accounts, principals

from . import entities, users
from .entities import USER, Entity, errors, moment
from .paging import page

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Row, Tx

ops = Operations("iam")
AccessDenied = common("AccessDenied", 403)
NEVER = "N/A"  # where and for what a key was used that was not


@ops.write
def create_access_key(tx: Tx, req: t.CreateAccessKeyRequest) -> t.CreateAccessKeyResponse:
    """A new key; its secret is told this once."""
    owner = users.named(tx, req)
    principal = principal_of(tx, owner)
    entities.within(tx, "AccessKeysPerUser", len(keys_of(tx, principal)) + 1)
    key_id, secret = accounts.new_key_id(tx.call.account), accounts.new_secret()
    accounts.add_key(tx, tx.call.account, principal, key_id, secret)
    key: Any = {
        **name_of(owner),
        "AccessKeyId": key_id,
        "Status": "Active",
        "SecretAccessKey": secret,
        "CreateDate": moment(tx.now.timestamp()),
    }
    return {"AccessKey": key}


@ops.write
def update_access_key(tx: Tx, req: t.UpdateAccessKeyRequest) -> None:
    key_id = own_key(tx, req)
    tx.run(
        "UPDATE access_key SET status = :status WHERE id = :id",
        status=req["Status"],
        id=key_id,
    )
    principals.touch(tx)


@ops.write
def delete_access_key(tx: Tx, req: t.DeleteAccessKeyRequest) -> None:
    accounts.delete_key(tx, own_key(tx, req))


@ops.read
def list_access_keys(tx: Tx, req: t.ListAccessKeysRequest) -> t.ListAccessKeysResponse:
    owner = users.named(tx, req)
    keys, ending = page(req, keys_of(tx, principal_of(tx, owner)), lambda row: str(row[0]))
    shown: Any = [
        {**name_of(owner), "AccessKeyId": key_id, "Status": status, "CreateDate": moment(created)}
        for key_id, status, created in keys
    ]
    return {"AccessKeyMetadata": shown, **ending}


@ops.read
def get_access_key_last_used(
    tx: Tx, req: t.GetAccessKeyLastUsedRequest
) -> t.GetAccessKeyLastUsedResponse:
    row = tx.one(
        "SELECT principal, used, used_service, used_region FROM access_key"
        " WHERE id = :id AND account = :account",
        id=req["AccessKeyId"],
        account=tx.call.account,
    )
    if row is None:  # as AWS has it, without the colon
        raise AccessDenied(
            f"User: {tx.call.principal} is not authorized to perform iam:GetAccessKeyLastUsed"
            f" on resource: access key {req['AccessKeyId']}"
        )
    principal, used, service, region = row
    shown: Any = {
        **name_of(entities.find_id(tx, USER, principal)),
        "AccessKeyLastUsed": last_used(used, service, region),
    }
    return shown


def last_used(used: float | None, service: str | None, region: str | None) -> t.AccessKeyLastUsed:
    if used is None:
        return {"ServiceName": NEVER, "Region": NEVER}
    return {
        "LastUsedDate": moment(used),
        "ServiceName": service or NEVER,
        "Region": region or NEVER,
    }


def principal_of(tx: Tx, owner: Entity | None) -> str:
    """Whom the table of keys names for a user, or for the root."""
    return accounts.root_arn(tx.call.account) if owner is None else owner.id


def name_of(owner: Entity | None) -> Any:
    return {} if owner is None else {"UserName": owner.name}


def keys_of(tx: Tx, principal: str) -> list[Row]:
    """A principal's keys: id, status, when made."""
    return tx.all(
        "SELECT id, status, created FROM access_key WHERE account = :account"
        " AND principal = :principal ORDER BY id",
        account=tx.call.account,
        principal=principal,
    )


def own_key(tx: Tx, req: Mapping[str, Any]) -> str:
    """The id of a key that is the user's.  NoSuchEntity."""
    key_id = str(req["AccessKeyId"])
    principal = principal_of(tx, users.named(tx, req))
    if all(key_id != found for found, _, _ in keys_of(tx, principal)):
        raise errors.NoSuchEntityException(f"The Access Key with id {key_id} cannot be found.")
    return key_id
