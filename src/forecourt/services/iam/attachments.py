"""Managed policies on users, groups and roles: attached, or as the boundary of their permissions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.identity import principals

from . import entities, policies
from .entities import GROUP, KINDS, ROLE, USER, Entity, Kind, errors
from .paging import page
from .policies import ARN, MISSING, Managed, check_arn

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")
FOR_SERVICES = (
    "/aws-service-role/"  # where the policies lie that only service-linked roles may have
)


@ops.write
def attach_user_policy(tx: Tx, req: t.AttachUserPolicyRequest) -> None:
    attach(tx, entities.get(tx, USER, req["UserName"]), req["PolicyArn"])


@ops.write
def attach_group_policy(tx: Tx, req: t.AttachGroupPolicyRequest) -> None:
    attach(tx, entities.get(tx, GROUP, req["GroupName"]), req["PolicyArn"])


@ops.write
def attach_role_policy(tx: Tx, req: t.AttachRolePolicyRequest) -> None:
    attach(tx, entities.get(tx, ROLE, req["RoleName"]), req["PolicyArn"])


@ops.write
def detach_user_policy(tx: Tx, req: t.DetachUserPolicyRequest) -> None:
    detach(tx, entities.get(tx, USER, req["UserName"]), req["PolicyArn"])


@ops.write
def detach_group_policy(tx: Tx, req: t.DetachGroupPolicyRequest) -> None:
    detach(tx, entities.get(tx, GROUP, req["GroupName"]), req["PolicyArn"])


@ops.write
def detach_role_policy(tx: Tx, req: t.DetachRolePolicyRequest) -> None:
    detach(tx, entities.get(tx, ROLE, req["RoleName"]), req["PolicyArn"])


@ops.read
def list_attached_user_policies(
    tx: Tx, req: t.ListAttachedUserPoliciesRequest
) -> t.ListAttachedUserPoliciesResponse:
    return attached_page(tx, req, entities.get(tx, USER, req["UserName"]))


@ops.read
def list_attached_group_policies(
    tx: Tx, req: t.ListAttachedGroupPoliciesRequest
) -> t.ListAttachedGroupPoliciesResponse:
    return attached_page(tx, req, entities.get(tx, GROUP, req["GroupName"]))


@ops.read
def list_attached_role_policies(
    tx: Tx, req: t.ListAttachedRolePoliciesRequest
) -> t.ListAttachedRolePoliciesResponse:
    return attached_page(tx, req, entities.get(tx, ROLE, req["RoleName"]))


@ops.read
def list_entities_for_policy(
    tx: Tx, req: t.ListEntitiesForPolicyRequest
) -> t.ListEntitiesForPolicyResponse:
    """On whom a policy is: groups first, then roles, then users."""
    policy = policies.get(tx, req["PolicyArn"])
    prefix, only = req.get("PathPrefix", "/"), req.get("EntityFilter")
    usage = req.get("PolicyUsageFilter")
    found = [
        entity
        for kind in sorted(KINDS, key=lambda kind: kind.name)
        if only in (None, kind.title)
        for entity in having(tx, kind, policy.arn, usage)
        if entity.path.startswith(prefix)
    ]
    shown, ending = page(req, found, lambda entity: f"{entity.kind.name}/{entity.folded}")
    lists: Any = {f"Policy{kind.title}s": [] for kind in KINDS}
    for entity in shown:
        title = entity.kind.title
        lists[f"Policy{title}s"].append({f"{title}Name": entity.name, f"{title}Id": entity.id})
    lists |= ending
    return lists


@ops.write
def put_user_permissions_boundary(tx: Tx, req: t.PutUserPermissionsBoundaryRequest) -> None:
    user = entities.get(tx, USER, req["UserName"])
    entities.change(tx, user, boundary=boundary_arn(tx, req["PermissionsBoundary"]))


@ops.write
def put_role_permissions_boundary(tx: Tx, req: t.PutRolePermissionsBoundaryRequest) -> None:
    role = entities.get(tx, ROLE, req["RoleName"])
    entities.change(tx, role, boundary=boundary_arn(tx, req["PermissionsBoundary"]))


@ops.write
def delete_user_permissions_boundary(tx: Tx, req: t.DeleteUserPermissionsBoundaryRequest) -> None:
    entities.change(tx, entities.get(tx, USER, req["UserName"]), boundary=None)


@ops.write
def delete_role_permissions_boundary(tx: Tx, req: t.DeleteRolePermissionsBoundaryRequest) -> None:
    entities.change(tx, entities.get(tx, ROLE, req["RoleName"]), boundary=None)


def boundary_arn(tx: Tx, arn: str | None) -> str | None:
    """The ARN of a policy that can be a boundary.  InvalidInput, NoSuchEntity."""
    if arn is None:
        return None
    if not ARN.match(arn):
        raise errors.InvalidInputException(f"ARN {arn} is not valid.")
    if (found := policies.find(tx, arn)) is None:
        raise errors.NoSuchEntityException(f"Scope ARN: {arn} does not exist or is not attachable.")
    refuse_for_services(found)
    return arn


def attach(tx: Tx, entity: Entity, arn: str) -> None:
    """Once more is as once."""
    check_arn(arn)
    if (found := policies.find(tx, arn)) is None:
        raise errors.NoSuchEntityException("Policy ARN does not exist or is not attachable.")
    refuse_for_services(found)
    tx.run(
        "INSERT INTO iam_attachment (entity, arn, account) VALUES (:entity, :arn, :account)"
        " ON CONFLICT DO NOTHING",
        entity=entity.id,
        arn=arn,
        account=tx.call.account,
    )
    entities.within(tx, entity.kind.policies, len(attached(tx, entity)))
    principals.touch(tx)


def refuse_for_services(policy: Managed) -> None:
    if policy.path == FOR_SERVICES:
        raise errors.PolicyNotAttachableException(
            "Cannot attach a Service Role Policy to a Customer Role."
        )


def detach(tx: Tx, entity: Entity, arn: str) -> None:
    check_arn(arn)
    gone = tx.run(
        "DELETE FROM iam_attachment WHERE entity = :entity AND arn = :arn",
        entity=entity.id,
        arn=arn,
    )
    if not gone:
        raise errors.NoSuchEntityException(MISSING)
    principals.touch(tx)


def attached(tx: Tx, entity: Entity) -> list[Managed]:
    """What is attached to an entity, in the order of lists."""
    rows = tx.all("SELECT arn FROM iam_attachment WHERE entity = :entity", entity=entity.id)
    found = [policy for (arn,) in rows if (policy := policies.find(tx, arn)) is not None]
    return sorted(found, key=lambda policy: policy.key)


def attached_page(tx: Tx, req: Mapping[str, Any], entity: Entity) -> Any:
    prefix = req.get("PathPrefix", "/")
    found = [policy for policy in attached(tx, entity) if policy.path.startswith(prefix)]
    shown, ending = page(req, found, lambda policy: policy.key)
    return {"AttachedPolicies": [brief(policy) for policy in shown], **ending}


def brief(policy: Managed) -> t.AttachedPolicy:
    return {"PolicyName": policy.name, "PolicyArn": policy.arn}


def having(tx: Tx, kind: Kind, arn: str, usage: str | None) -> Iterator[Entity]:
    """The entities of a kind that a policy is attached to, or a boundary of."""
    ways = []
    if usage in (None, "PermissionsPolicy"):
        ways.append("id IN (SELECT entity FROM iam_attachment WHERE arn = :arn)")
    if usage in (None, "PermissionsBoundary") and "boundary" in kind.extra:
        ways.append("boundary = :arn")
    if not ways:
        return
    rows = tx.all(
        f"SELECT {kind.columns} FROM {kind.table} WHERE account = :account"
        f" AND ({' OR '.join(ways)}) ORDER BY folded",
        account=tx.call.account,
        arn=arn,
    )
    for row in rows:
        yield Entity.of(tx, kind, row)
