"""Roles: who may take them is in their trust policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import entities, trust
from .attachments import boundary_arn
from .entities import ROLE, Entity, given_tags, moment
from .paging import page
from .policies import quoted

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")
LONGEST = 3600  # seconds of a session, unless the role says more


@ops.write
def create_role(tx: Tx, req: t.CreateRoleRequest) -> t.CreateRoleResponse:
    tags = given_tags(ROLE, req.get("Tags", []))
    boundary = boundary_arn(tx, req.get("PermissionsBoundary"))
    made = entities.create(
        tx,
        ROLE,
        req["RoleName"],
        req.get("Path"),
        trust=trust.kept(tx, req["AssumeRolePolicyDocument"]),
        description=req.get("Description"),
        longest=req.get("MaxSessionDuration", LONGEST),
        boundary=boundary,
        tags=json.dumps(tags),
    )
    shown: Any = {**brief(tx, made), **made.details}
    return {"Role": shown}


@ops.read
def get_role(tx: Tx, req: t.GetRoleRequest) -> t.GetRoleResponse:
    found = entities.get(tx, ROLE, req["RoleName"])
    shown: Any = {**listed(tx, found), **found.details, "RoleLastUsed": last_used(found)}
    return {"Role": shown}


@ops.write
def update_role(tx: Tx, req: t.UpdateRoleRequest) -> t.UpdateRoleResponse:
    """What is not given stays."""
    found = entities.get(tx, ROLE, req["RoleName"])
    entities.change(
        tx,
        found,
        description=req.get("Description", found.extra["description"]),
        longest=req.get("MaxSessionDuration", found.extra["longest"]),
    )
    return {}


@ops.write
def update_role_description(
    tx: Tx, req: t.UpdateRoleDescriptionRequest
) -> t.UpdateRoleDescriptionResponse:
    found = entities.get(tx, ROLE, req["RoleName"])
    entities.change(tx, found, description=req["Description"])
    changed = entities.get(tx, ROLE, req["RoleName"])
    shown: Any = {**brief(tx, changed), **described(changed), **changed.details}
    return {"Role": shown}


@ops.write
def update_assume_role_policy(tx: Tx, req: t.UpdateAssumeRolePolicyRequest) -> None:
    found = entities.get(tx, ROLE, req["RoleName"])
    entities.change(tx, found, trust=trust.kept(tx, req["PolicyDocument"]))


@ops.write
def delete_role(tx: Tx, req: t.DeleteRoleRequest) -> None:
    entities.remove(tx, entities.get(tx, ROLE, req["RoleName"]), {})


@ops.read
def list_roles(tx: Tx, req: t.ListRolesRequest) -> t.ListRolesResponse:
    found, ending = page(req, entities.listed(tx, ROLE, req), lambda role: role.folded)
    return {"Roles": [listed(tx, role) for role in found], **ending}


def brief(tx: Tx, role: Entity) -> Any:
    shown = quoted(trust.shown(tx, role.extra["trust"]))
    return {**role.document, "AssumeRolePolicyDocument": shown}


def described(role: Entity) -> Any:
    description = role.extra["description"]
    return {} if description is None else {"Description": description}


def listed(tx: Tx, role: Entity) -> Any:
    """A role in a list."""
    longest = role.extra["longest"]
    return {**brief(tx, role), **described(role), "MaxSessionDuration": longest}


def last_used(role: Entity) -> t.RoleLastUsed:
    if role.extra["used"] is None:
        return {}
    return {
        "LastUsedDate": moment(role.extra["used"]),
        "Region": role.extra["used_region"],
    }
