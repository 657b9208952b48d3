"""What would be allowed, and which statement says so: the policy simulator.

It asks the same `decide` that requests are judged by.  A condition key has the value given for it, or
what follows from the caller; one that has none is told as missing.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.identity import principals
from forecourt.platform.identity.decide import (
    Asked,
    Decision,
    Permissions,
    Policy,
    Principal,
    compile_policy,
    decide,
)
from forecourt.platform.identity.grammar import problem

from . import entities
from .entities import KINDS, ROLE, USER, Entity, errors
from .paging import page
from .positions import statement_positions

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")
ARN = re.compile(r"arn:aws:iam::(\d{12}):(user|group|role)/(?:[^/]+/)*([^/]+)\Z", re.ASCII)
VARIABLE = re.compile(r"\$\{\s*([^,}\s*?$]+)")
RESOURCE_POLICY = "ResourcePolicy"


@dataclass(frozen=True, slots=True)
class Simulation:
    """All that requests are judged by."""

    permissions: Permissions
    resource_policy: Policy | None
    context: Mapping[str, tuple[str, ...]]
    caller: Principal | None
    owner: str


@ops.read
def simulate_principal_policy(
    tx: Tx, req: t.SimulatePrincipalPolicyRequest
) -> t.SimulatePolicyResponse:
    """With the policies of a user, a group or a role, and others beside them."""
    if req.get("PolicyExclusionList"):
        raise errors.InvalidInputException("PolicyExclusionList is not supported.")
    source = get_source(tx, req["PolicySourceArn"])
    found = permissions_of(tx, source)
    given = passed(req, "PolicyInputList")
    boundary = passed(req, "PermissionsBoundaryPolicyInputList")
    permissions = replace(
        found,
        identity=(*found.identity, *given),
        boundary=boundary[0] if boundary else found.boundary,
    )
    return results(tx, req, permissions, source)


@ops.read
def simulate_custom_policy(tx: Tx, req: t.SimulateCustomPolicyRequest) -> t.SimulatePolicyResponse:
    """With the policies that are passed, and no others."""
    if req.get("OrderedOrganizationPolicyInputList"):
        raise errors.InvalidInputException("OrderedOrganizationPolicyInputList is not supported.")
    given = passed(req, "PolicyInputList")
    boundary = passed(req, "PermissionsBoundaryPolicyInputList")
    return results(tx, req, Permissions(given, boundary[0] if boundary else None), None)


@ops.read
def get_context_keys_for_principal_policy(
    tx: Tx, req: t.GetContextKeysForPrincipalPolicyRequest
) -> t.GetContextKeysForPolicyResponse:
    found = permissions_of(tx, get_source(tx, req["PolicySourceArn"]))
    return {"ContextKeyNames": key_names((*found.identity, *passed(req, "PolicyInputList")))}


@ops.read
def get_context_keys_for_custom_policy(
    tx: Tx, req: t.GetContextKeysForCustomPolicyRequest
) -> t.GetContextKeysForPolicyResponse:
    return {"ContextKeyNames": key_names(passed(req, "PolicyInputList"))}


def results(
    tx: Tx, req: Mapping[str, Any], permissions: Permissions, source: Entity | None
) -> t.SimulatePolicyResponse:
    """One result for each action on each resource."""
    given = {
        entry["ContextKeyName"].lower(): tuple(entry["ContextKeyValues"])
        for entry in req.get("ContextEntries", [])
        if entry.get("ContextKeyName") and entry.get("ContextKeyValues")
    }
    arn = req.get("CallerArn")
    caller = get_source(tx, arn) if arn is not None else source
    simulation = Simulation(
        permissions,
        resource_policy(req),
        {**facts(caller), **given},
        principal_of(caller),
        req.get("ResourceOwner", ""),
    )
    resources = req.get("ResourceArns") or []
    pairs = [(a, r) for a in req["ActionNames"] for r in resources or ["*"]]
    for action, _ in pairs:
        if ":" not in action or "*" in action:
            raise errors.InvalidInputException(f"Invalid input: {action} is not an action.")
    numbered = [(f"{at:06}", *pair) for at, pair in enumerate(pairs)]
    found, ending = page(req, numbered, lambda each: each[0])
    shown = [
        result(simulation, action, resource, specific=bool(resources))
        for _, action, resource in found
    ]
    return {"EvaluationResults": shown, **ending}


def result(
    simulation: Simulation, action: str, resource: str, *, specific: bool
) -> t.EvaluationResult:
    asked = Asked(action, resource, simulation.context, simulation.caller, simulation.owner)
    decision = decide(simulation.permissions, asked, simulation.resource_policy)
    said: Any = {
        "MatchedStatements": [statement(*match) for match in decision.matched],
        "MissingContextValues": missing(simulation, asked),
    }
    if (boundary := simulation.permissions.boundary) is not None:
        within = decide(Permissions((boundary,)), asked).allowed
        said["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within}
    shown: Any = {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": word(decision),
        **said,
    }
    if specific:
        shown["EvalDecisionDetails"] = {}
        shown["ResourceSpecificResults"] = [
            {"EvalResourceName": resource, "EvalResourceDecision": word(decision), **said}
        ]
    return shown


def word(decision: Decision) -> str:
    if decision.allowed:
        return "allowed"
    return "explicitDeny" if decision.explicit else "implicitDeny"


def statement(policy: Policy, found: Any) -> t.Statement:
    """A statement that decided, and where it stands."""
    start, end = statement_positions(policy.document)[found.index]
    kind: Any = "Resource Policy" if policy.name == RESOURCE_POLICY else "IAM Policy"
    return {
        "SourcePolicyId": policy.name,
        "SourcePolicyType": kind,
        "StartPosition": {"Line": start[0], "Column": start[1]},
        "EndPosition": {"Line": end[0], "Column": end[1]},
    }


def missing(simulation: Simulation, asked: Asked) -> list[str]:
    """The condition keys that statements about an action ask for, and that have no value."""
    permissions = simulation.permissions
    layers = [*permissions.identity, permissions.boundary, simulation.resource_policy]
    found = {}
    for policy in layers:
        if policy is None:
            continue
        spelled = {name.lower(): name for name in key_names((policy,))}
        for each in policy.about(asked.action.lower()):
            for condition in each.conditions:
                if simulation.context.get(condition.key) is None:
                    found[condition.key] = spelled.get(condition.key, condition.key)
    return list(found.values())


def key_names(policies: Iterable[Policy]) -> list[str]:
    """The condition keys that policies name, in conditions and as variables."""
    found: dict[str, str] = {}
    for policy in policies:
        for name in keys_in(json.loads(policy.document)):
            found.setdefault(name.lower(), name)
    return list(found.values())


def keys_in(document: Any) -> Iterator[str]:
    statements = document.get("Statement", [])
    for each in statements if isinstance(statements, list) else [statements]:
        for keys in each.get("Condition", {}).values():
            yield from keys
        for element in ("Resource", "NotResource", "Condition"):
            yield from VARIABLE.findall(json.dumps(each.get(element)))


def passed(req: Mapping[str, Any], member: str) -> tuple[Policy, ...]:
    """Policies that a request brings along.  InvalidInput."""
    found = []
    for number, document in enumerate(req.get(member, []), 1):
        if (text := problem(document, kind="identity")) is not None:
            raise errors.InvalidInputException(f"Invalid input: {member}.{number}: {text}")
        found.append(compile_policy(document, f"{member}.{number}"))
    return tuple(found)


def resource_policy(req: Mapping[str, Any]) -> Policy | None:
    if (document := req.get("ResourcePolicy")) is None:
        return None
    if (text := problem(document, kind="resource")) is not None:
        raise errors.InvalidInputException(f"Invalid input: ResourcePolicy: {text}")
    return compile_policy(document, RESOURCE_POLICY)


def get_source(tx: Tx, arn: str) -> Entity:
    """The user, group or role of the account that an ARN names.  InvalidInput, NoSuchEntity."""
    if (match := ARN.match(arn)) is None:
        raise errors.InvalidInputException(
            f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        )
    account, name, named = match.groups()
    kind = next(each for each in KINDS if each.name == name)
    found = entities.find(tx, kind, named) if account == tx.call.account else None
    if found is None or found.arn != arn:
        raise errors.NoSuchEntityException(f"The {name} with name {named} cannot be found.")
    return found


def permissions_of(tx: Tx, entity: Entity) -> Permissions:
    if entity.kind is USER:
        caller = principals.user(tx, entity.id)
        assert caller is not None
        assert caller.permissions is not None
        return caller.permissions
    own = principals.policies_of(tx, entity.kind.name, entity.id, entity.name)
    return Permissions(tuple(own), principals.boundary_of(tx, entity.boundary))


def principal_of(caller: Entity | None) -> Principal | None:
    if caller is None:
        return None
    return Principal(caller.account, caller.arn, ids=frozenset((caller.id,)))


def facts(caller: Entity | None) -> dict[str, tuple[str, ...]]:
    """What follows from who the caller is."""
    if caller is None:
        return {}
    found: dict[str, tuple[str, ...]] = {
        "aws:principalarn": (caller.arn,),
        "aws:principalaccount": (caller.account,),
        **{f"aws:principaltag/{key.lower()}": (value,) for key, value in caller.tags.items()},
    }
    if caller.kind is USER:
        found |= {
            "aws:principaltype": ("User",),
            "aws:userid": (caller.id,),
            "aws:username": (caller.name,),
        }
    if caller.kind is ROLE:
        found["aws:principaltype"] = ("AssumedRole",)
    return found
