"""Groups, and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.platform.identity import principals

from . import entities, users
from .entities import GROUP, USER, Entity
from .paging import page

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")
CONFLICTS = {"SELECT 1 FROM iam_member WHERE group_id = :id": "remove users from group"}


@ops.write
def create_group(tx: Tx, req: t.CreateGroupRequest) -> t.CreateGroupResponse:
    return {"Group": entities.create(tx, GROUP, req["GroupName"], req.get("Path")).document}


@ops.read
def get_group(tx: Tx, req: t.GetGroupRequest) -> t.GetGroupResponse:
    """A group and a page of its users."""
    group = entities.get(tx, GROUP, req["GroupName"])
    found, ending = page(req, members(tx, group), lambda user: user.folded)
    return {"Group": group.document, "Users": [users.brief(user) for user in found], **ending}


@ops.write
def update_group(tx: Tx, req: t.UpdateGroupRequest) -> None:
    found = entities.get(tx, GROUP, req["GroupName"])
    entities.rename(tx, found, req.get("NewGroupName"), req.get("NewPath"))


@ops.write
def delete_group(tx: Tx, req: t.DeleteGroupRequest) -> None:
    entities.remove(tx, entities.get(tx, GROUP, req["GroupName"]), CONFLICTS)


@ops.read
def list_groups(tx: Tx, req: t.ListGroupsRequest) -> t.ListGroupsResponse:
    found, ending = page(req, entities.listed(tx, GROUP, req), lambda group: group.folded)
    return {"Groups": [group.document for group in found], **ending}


@ops.write
def add_user_to_group(tx: Tx, req: t.AddUserToGroupRequest) -> None:
    """Once more is as once."""
    user = entities.get(tx, USER, req["UserName"])
    group = entities.get(tx, GROUP, req["GroupName"])
    added = tx.run(
        "INSERT INTO iam_member (user_id, group_id) VALUES (:user, :group) ON CONFLICT DO NOTHING",
        user=user.id,
        group=group.id,
    )
    if added:
        memberships = tx.value("SELECT count(*) FROM iam_member WHERE user_id = :id", id=user.id)
        entities.within(tx, "GroupsPerUser", memberships)
    principals.touch(tx)


@ops.write
def remove_user_from_group(tx: Tx, req: t.RemoveUserFromGroupRequest) -> None:
    """Also of one who is not in it."""
    user = entities.get(tx, USER, req["UserName"])
    group = entities.get(tx, GROUP, req["GroupName"])
    tx.run(
        "DELETE FROM iam_member WHERE user_id = :user AND group_id = :group",
        user=user.id,
        group=group.id,
    )
    principals.touch(tx)


@ops.read
def list_groups_for_user(tx: Tx, req: t.ListGroupsForUserRequest) -> t.ListGroupsForUserResponse:
    user = entities.get(tx, USER, req["UserName"])
    found, ending = page(req, groups_of(tx, user), lambda group: group.folded)
    return {"Groups": [group.document for group in found], **ending}


def groups_of(tx: Tx, user: Entity) -> list[Entity]:
    rows = tx.all(
        f"SELECT {GROUP.columns} FROM iam_group WHERE id IN"
        " (SELECT group_id FROM iam_member WHERE user_id = :id) ORDER BY folded",
        id=user.id,
    )
    return [Entity.of(tx, GROUP, row) for row in rows]


def members(tx: Tx, group: Entity) -> list[Entity]:
    rows = tx.all(
        f"SELECT {USER.columns} FROM iam_user WHERE id IN"
        " (SELECT user_id FROM iam_member WHERE group_id = :id) ORDER BY folded",
        id=group.id,
    )
    return [Entity.of(tx, USER, row) for row in rows]
