"""Whether policies allow a request, and which statement says so.  Pure: what is true comes as arguments.

    decide(Permissions((compile_policy(document, "Senders"),)), asked) -> Decision

An explicit Deny anywhere wins; then each layer that applies must allow: the policy of the resource
where it must (a role's trust, a key's policy), the policies of the identity unless the resource's
names the caller itself, the permissions boundary, the session's policies.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Any, Protocol

from .conditions import Condition, compile_conditions
from .patterns import ArnPattern, glob


class Context(Protocol):
    """What is known of a request, by condition key in lower case; None where a key is not there."""

    def get(self, key: str, /) -> tuple[str, ...] | None: ...


class Grant(IntEnum):
    """How closely a resource's policy names a caller."""

    NONE = 0
    ACCOUNT = 1  # its account: the policies of the identity decide
    BEHIND = 2  # the role or user that its session is of
    ITSELF = 3


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, as the policies of resources name it."""

    account: str
    arn: str
    behind: str = ""  # the ARN of the role, or the user, that a session is of
    ids: frozenset[str] = frozenset()  # unique ids, as trust policies keep them


@dataclass(frozen=True, slots=True)
class Asked:
    """One action on one resource."""

    action: str  # as route53:GetHostedZone
    resource: str  # an ARN, or "*"
    context: Context
    principal: Principal | None = None
    owner: str = ""  # the account of the resource; empty: the principal's


@dataclass(frozen=True, slots=True)
class Statement:
    index: int
    sid: str
    allows: bool
    actions: Any  # a compiled pattern of all of them
    not_actions: bool
    resources: tuple[ArnPattern, ...]
    not_resources: bool
    principals: frozenset[str] | None
    not_principals: bool
    conditions: tuple[Condition, ...]

    def is_about(self, action: str) -> bool:
        return (self.actions.match(action) is not None) != self.not_actions

    def applies(self, asked: Asked) -> bool:
        """Whether it is about the resource, and its conditions hold."""
        if self.resources:
            named = any(each.matches(asked.resource, asked.context) for each in self.resources)
            if named == self.not_resources:
                return False
        return all(each.holds(asked.context) for each in self.conditions)

    def names(self, principal: Principal | None) -> Grant:
        """How it names a caller.  Identity policies are about whoever they hang on."""
        if self.principals is None or principal is None:
            return Grant.ITSELF
        found = naming(self.principals, principal)
        if not self.not_principals:
            return found
        spared = found if self.allows else excepts(self.principals, principal)
        return Grant.NONE if spared else Grant.ITSELF


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    arn: str | None
    document: str
    statements: tuple[Statement, ...]
    _about: dict[str, tuple[Statement, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements about an action, in lower case."""
        if (found := self._about.get(action)) is None:
            if len(self._about) >= MOST_ACTIONS:
                self._about.clear()
            found = tuple(each for each in self.statements if each.is_about(action))
            self._about[action] = found
        return found


MOST_ACTIONS = 1000  # that a policy remembers its statements for
Match = tuple[Policy, Statement]


@dataclass(frozen=True, slots=True)
class Permissions:
    """The layers of policies that hang on a caller.  Without a session's, None: it limits nothing."""

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    explicit: bool  # a statement denies it, and is the one in `matched`
    kind: str  # the layer that decided: identity, boundary, session, resource
    matched: tuple[Match, ...] = ()


def decide(
    permissions: Permissions,
    asked: Asked,
    resource_policy: Policy | None = None,
    *,
    required: bool = False,
) -> Decision:
    """Whether a request is allowed.

    `required` says that nobody may without the resource's own policy, not even in its account.
    """
    of_resource = (resource_policy,) if resource_policy is not None else ()
    layers: list[tuple[str, tuple[Policy, ...]]] = [
        ("resource", of_resource),
        ("identity", permissions.identity),
        ("boundary", (permissions.boundary,) if permissions.boundary is not None else ()),
        ("session", permissions.session or ()),
    ]
    allows: dict[str, list[Match]] = {}
    for kind, policies in layers:
        allows[kind] = []
        for policy, statement in matching(policies, asked):
            if not statement.allows:
                return Decision(False, True, kind, ((policy, statement),))
            allows[kind].append((policy, statement))
    granted = max((s.names(asked.principal) for _, s in allows["resource"]), default=Grant.NONE)
    abroad = asked.principal is not None and asked.owner not in ("", asked.principal.account)
    if (required or abroad) and granted is Grant.NONE:
        return Decision(False, False, "resource")
    if (granted < Grant.BEHIND or abroad) and not allows["identity"]:
        return Decision(False, False, "identity")
    if granted < Grant.ITSELF or abroad:
        if permissions.boundary is not None and not allows["boundary"]:
            return Decision(False, False, "boundary")
        if permissions.session is not None and not allows["session"]:
            return Decision(False, False, "session")
    matched = (*allows["identity"], *allows["resource"])
    return Decision(True, False, "identity" if allows["identity"] else "resource", matched)


def matching(policies: Iterable[Policy], asked: Asked) -> Iterator[Match]:
    """The statements that apply, those that deny first."""
    action = asked.action.lower()
    found = [
        (policy, statement)
        for policy in policies
        for statement in policy.about(action)
        if statement.names(asked.principal) and statement.applies(asked)
    ]
    return iter(sorted(found, key=lambda match: match[1].allows))


def naming(principals: frozenset[str], principal: Principal) -> Grant:
    if "*" in principals or principal.arn in principals:
        return Grant.ITSELF
    if principal.behind in principals or not principal.ids.isdisjoint(principals):
        return Grant.BEHIND if principal.behind else Grant.ITSELF
    return Grant.ACCOUNT if names_account(principals, principal) else Grant.NONE


def names_account(principals: frozenset[str], principal: Principal) -> bool:
    root = f"arn:aws:iam::{principal.account}:root"
    return root in principals or principal.account in principals


def excepts(principals: frozenset[str], principal: Principal) -> bool:
    """Whether a Deny with this NotPrincipal spares a caller: its account, the role or user it is a
    session of, and itself must be listed.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    if "*" in principals:
        return True
    by_id = not principal.ids.isdisjoint(principals)
    itself = by_id or principal.arn in principals
    behind = by_id or not principal.behind or principal.behind in principals
    return itself and behind and names_account(principals, principal)


@lru_cache(maxsize=4096)
def compile_policy(document: str, name: str, arn: str | None = None) -> Policy:
    """A policy out of its JSON, which was checked when it was saved (grammar.py)."""
    parsed = json.loads(document)
    variables = parsed.get("Version") == "2012-10-17"
    statements = tuple(
        compile_statement(index, each, variables=variables)
        for index, each in enumerate(listed(parsed.get("Statement", [])))
    )
    return Policy(name, arn, document, statements)


def compile_statement(index: int, given: dict[str, Any], *, variables: bool) -> Statement:
    actions = listed(given.get("Action", given.get("NotAction", [])))
    resources = listed(given.get("Resource", given.get("NotResource", [])))
    principals = given.get("Principal", given.get("NotPrincipal"))
    return Statement(
        index,
        given.get("Sid", ""),
        given["Effect"] == "Allow",
        glob(tuple(each.lower() for each in actions)),
        "NotAction" in given,
        tuple(ArnPattern.of(each, variables=variables) for each in resources),
        "NotResource" in given,
        None if principals is None else frozenset(principal_values(principals)),
        "NotPrincipal" in given,
        compile_conditions(given.get("Condition", {}), variables=variables),
    )


def principal_values(given: Any) -> Iterator[str]:
    if isinstance(given, str):
        yield given
        return
    for kind, values in given.items():
        for value in listed(values):
            yield value if kind == "AWS" else f"{kind}:{value}"


def listed(value: Any) -> list[Any]:
    """One or several; AWS takes null among them, which is nothing."""
    return [each for each in (value if isinstance(value, list) else [value]) if each is not None]
