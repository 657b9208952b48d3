"""Everything at once: users, groups, roles and policies, and how they hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import entities, policies, roles
from .attachments import attached, brief
from .entities import GROUP, KINDS, ROLE, USER, Entity
from .groups import groups_of
from .inline import inline
from .paging import page
from .policies import Managed, Uses, quoted, uses_of, versions_of

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")


@ops.read
def get_account_authorization_details(
    tx: Tx, req: t.GetAccountAuthorizationDetailsRequest
) -> t.GetAccountAuthorizationDetailsResponse:
    """AWS's policies are there where something uses them."""
    wanted = req.get("Filter") or [kind.title for kind in KINDS] + [
        "LocalManagedPolicy",
        "AWSManagedPolicy",
    ]
    uses = uses_of(tx)
    found: list[Entity | Managed] = [
        entity for kind in KINDS if kind.title in wanted for entity in entities.everyone(tx, kind)
    ]
    found += [
        policy
        for policy in policies.everything(
            tx, own="LocalManagedPolicy" in wanted, aws="AWSManagedPolicy" in wanted
        )
        if policy.shipped is None or any(policy.arn in counts for counts in uses.values())
    ]
    shown, ending = page(req, sorted(found, key=key_of), key_of)
    lists: Any = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [],
    }
    for each in shown:
        if isinstance(each, Managed):
            lists["Policies"].append(policy_detail(tx, each, uses))
        else:
            lists[f"{each.kind.title}DetailList"].append(entity_detail(tx, each))
    lists |= ending
    return lists


def key_of(each: Entity | Managed) -> str:
    if isinstance(each, Managed):
        return f"policy {each.key}"
    return f"{each.kind.name} {each.folded}"


def entity_detail(tx: Tx, entity: Entity) -> Any:
    title = entity.kind.title
    shown = {
        **entity.document,
        f"{title}PolicyList": [
            {"PolicyName": name, "PolicyDocument": quoted(document)}
            for name, document in inline(tx, entity).items()
        ],
        "AttachedManagedPolicies": [brief(policy) for policy in attached(tx, entity)],
    }
    if entity.kind is GROUP:
        return shown
    shown |= {"Tags": [], **entity.details}
    if entity.kind is USER:
        return {**shown, "GroupList": [group.name for group in groups_of(tx, entity)]}
    assert entity.kind is ROLE
    return {
        **shown,
        **roles.brief(tx, entity),
        "InstanceProfileList": [],
        "RoleLastUsed": roles.last_used(entity),
    }


def policy_detail(tx: Tx, policy: Managed, uses: Uses) -> Any:
    versions = [
        {**version.shown(policy), "Document": quoted(version.document)}
        for version in versions_of(tx, policy)
    ]
    return {**policy.document(uses), "PolicyVersionList": versions}
