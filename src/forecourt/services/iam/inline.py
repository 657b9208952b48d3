"""Policies that are part of a user, a group or a role, and go with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.identity import principals
from forecourt.platform.identity.grammar import problem

from . import entities
from .entities import GROUP, ROLE, USER, Entity, errors
from .paging import page
from .policies import quoted, refuse_malformed, size

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")


@ops.write
def put_user_policy(tx: Tx, req: t.PutUserPolicyRequest) -> None:
    put(tx, entities.get(tx, USER, req["UserName"]), req["PolicyName"], req["PolicyDocument"])


@ops.write
def put_group_policy(tx: Tx, req: t.PutGroupPolicyRequest) -> None:
    put(tx, entities.get(tx, GROUP, req["GroupName"]), req["PolicyName"], req["PolicyDocument"])


@ops.write
def put_role_policy(tx: Tx, req: t.PutRolePolicyRequest) -> None:
    put(tx, entities.get(tx, ROLE, req["RoleName"]), req["PolicyName"], req["PolicyDocument"])


@ops.read
def get_user_policy(tx: Tx, req: t.GetUserPolicyRequest) -> t.GetUserPolicyResponse:
    return shown(tx, entities.get(tx, USER, req["UserName"]), req["PolicyName"])


@ops.read
def get_group_policy(tx: Tx, req: t.GetGroupPolicyRequest) -> t.GetGroupPolicyResponse:
    return shown(tx, entities.get(tx, GROUP, req["GroupName"]), req["PolicyName"])


@ops.read
def get_role_policy(tx: Tx, req: t.GetRolePolicyRequest) -> t.GetRolePolicyResponse:
    return shown(tx, entities.get(tx, ROLE, req["RoleName"]), req["PolicyName"])


@ops.write
def delete_user_policy(tx: Tx, req: t.DeleteUserPolicyRequest) -> None:
    delete(tx, entities.get(tx, USER, req["UserName"]), req["PolicyName"])


@ops.write
def delete_group_policy(tx: Tx, req: t.DeleteGroupPolicyRequest) -> None:
    delete(tx, entities.get(tx, GROUP, req["GroupName"]), req["PolicyName"])


@ops.write
def delete_role_policy(tx: Tx, req: t.DeleteRolePolicyRequest) -> None:
    delete(tx, entities.get(tx, ROLE, req["RoleName"]), req["PolicyName"])


@ops.read
def list_user_policies(tx: Tx, req: t.ListUserPoliciesRequest) -> t.ListUserPoliciesResponse:
    return name_page(tx, req, entities.get(tx, USER, req["UserName"]))


@ops.read
def list_group_policies(tx: Tx, req: t.ListGroupPoliciesRequest) -> t.ListGroupPoliciesResponse:
    return name_page(tx, req, entities.get(tx, GROUP, req["GroupName"]))


@ops.read
def list_role_policies(tx: Tx, req: t.ListRolePoliciesRequest) -> t.ListRolePoliciesResponse:
    return name_page(tx, req, entities.get(tx, ROLE, req["RoleName"]))


def put(tx: Tx, entity: Entity, name: str, document: str) -> None:
    """A new policy, or another text of one; the sizes of all of an entity's count together."""
    refuse_malformed(problem(document, kind="identity"))
    others = sum(size(text) for other, text in inline(tx, entity).items() if other != name)
    if others + size(document) > (most := quotas.limit(tx, entity.kind.inline)):
        raise errors.LimitExceededException(
            f"Maximum policy size of {most} bytes exceeded for {entity.kind.name} {entity.name}"
        )
    tx.run(
        "INSERT INTO iam_inline (entity, name, document) VALUES (:entity, :name, :document)"
        " ON CONFLICT (entity, name) DO UPDATE SET document = excluded.document",
        entity=entity.id,
        name=name,
        document=document,
    )
    principals.touch(tx)


def delete(tx: Tx, entity: Entity, name: str) -> None:
    gone = tx.run(
        "DELETE FROM iam_inline WHERE entity = :entity AND name = :name",
        entity=entity.id,
        name=name,
    )
    if not gone:
        raise missing(entity, name)
    principals.touch(tx)


def inline(tx: Tx, entity: Entity) -> dict[str, str]:
    """An entity's own policies, by name."""
    rows = tx.all(
        "SELECT name, document FROM iam_inline WHERE entity = :entity ORDER BY name",
        entity=entity.id,
    )
    return dict(rows)


def shown(tx: Tx, entity: Entity, name: str) -> Any:
    if (document := inline(tx, entity).get(name)) is None:
        raise missing(entity, name)
    return {
        f"{entity.kind.title}Name": entity.name,
        "PolicyName": name,
        "PolicyDocument": quoted(document),
    }


def missing(entity: Entity, name: str) -> Exception:
    return errors.NoSuchEntityException(
        f"The {entity.kind.name} policy with name {name} cannot be found."
    )


def name_page(tx: Tx, req: Mapping[str, Any], entity: Entity) -> Any:
    names, ending = page(req, inline(tx, entity), lambda name: name)
    return {"PolicyNames": names, **ending}
