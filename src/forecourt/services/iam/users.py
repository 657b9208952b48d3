"""Users, and whom an operation is about that names none: its caller."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.identity.accounts import root_arn

from . import account, entities
from .attachments import boundary_arn
from .entities import USER, Entity, given_tags, moment
from .paging import ValidationError, page

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")
CONFLICTS = {
    "SELECT 1 FROM access_key WHERE principal = :id": "delete access keys",
    "SELECT 1 FROM iam_login_profile WHERE user_id = :id": "delete login profile",
    "SELECT 1 FROM iam_member WHERE user_id = :id": "remove users from group",
}


@ops.write
def create_user(tx: Tx, req: t.CreateUserRequest) -> t.CreateUserResponse:
    tags = given_tags(USER, req.get("Tags", []))
    boundary = boundary_arn(tx, req.get("PermissionsBoundary"))
    made = entities.create(
        tx,
        USER,
        req["UserName"],
        req.get("Path"),
        boundary=boundary,
        tags=json.dumps(tags),
    )
    shown: Any = {**made.document, **made.details}
    return {"User": shown}


@ops.read
def get_user(tx: Tx, req: t.GetUserRequest) -> t.GetUserResponse:
    """A user, or whoever asks; a root is shown as if it were one."""
    found = named(tx, req)
    return {"User": root_document(tx) if found is None else document(found)}


@ops.write
def update_user(tx: Tx, req: t.UpdateUserRequest) -> None:
    found = entities.get(tx, USER, req["UserName"])
    entities.rename(tx, found, req.get("NewUserName"), req.get("NewPath"))


@ops.write
def delete_user(tx: Tx, req: t.DeleteUserRequest) -> None:
    entities.remove(tx, entities.get(tx, USER, req["UserName"]), CONFLICTS)


@ops.read
def list_users(tx: Tx, req: t.ListUsersRequest) -> t.ListUsersResponse:
    found, ending = page(req, entities.listed(tx, USER, req), lambda user: user.folded)
    return {"Users": [brief(user) for user in found], **ending}


def named(tx: Tx, req: Mapping[str, Any]) -> Entity | None:
    """The user an operation is about: its caller where it names none, and None for a root.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
    """
    if (name := req.get("UserName")) is not None:
        return entities.get(tx, USER, name)
    caller = tx.call.caller
    if caller.kind == "Account":
        return None
    if caller.kind != "User":
        raise ValidationError("Must specify userName when calling with non-User credentials")
    return calling(tx)


def calling(tx: Tx) -> Entity:
    """The user who asks, by whatever name now.  NoSuchEntity: it is gone."""
    caller = tx.call.caller
    found = entities.find_id(tx, USER, caller.entity)
    return found or entities.get(tx, USER, caller.name)


def brief(user: Entity) -> Any:
    """A user in a list."""
    shown = user.document
    if (used := user.extra["password_used"]) is not None:
        shown["PasswordLastUsed"] = moment(used)
    return shown


def document(user: Entity) -> Any:
    return {**brief(user), **user.details}


def root_document(tx: Tx) -> t.User:
    shown: Any = {
        "Path": "/",
        "UserId": tx.call.account,
        "Arn": root_arn(tx.call.account),
        "CreateDate": moment(
            tx.value("SELECT created FROM account WHERE id = :id", id=tx.call.account)
        ),
    }
    if (alias := account.alias_of(tx)) is not None:
        shown["UserName"] = alias
    return shown
