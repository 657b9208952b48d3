"""Whether IAM lets a caller do what it asks for: each action of an operation, on each resource.

A root may do everything but what a resource's own policy keeps from it; everyone else starts with
nothing.  It runs in the transaction of the operation, on what is known of the caller and the request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from forecourt.gateway.authenticate import INVALID_TOKEN
from forecourt.platform.identity import messages
from forecourt.platform.identity.actions import Action, Authorization, members, owner_of
from forecourt.platform.identity.decide import (
    Asked,
    Decision,
    compile_policy,
    decide,
)
from forecourt.platform.identity.principals import EVERYTHING
from forecourt.platform.identity.sigv4 import Refused

if TYPE_CHECKING:
    from forecourt.gateway.http import Request
    from forecourt.platform.identity.principals import Caller
    from forecourt.store.tx import Call, Tx

Params = Mapping[str, Any]
LAYERS = {  # in the words of a refusal, and its article
    "identity": ("an", "identity-based policy"),
    "boundary": ("a", "permissions boundary"),
    "session": ("a", "session policy"),
    "resource": ("a", "resource-based policy"),
}


class Denied(Exception):
    """The caller may not; the text says which action on what, and why."""


def authorize(
    tx: Tx, authorization: Authorization | None, request: Request, params: Params
) -> None:
    """Let an operation go on.  Denied, or Refused where credentials are not for it."""
    caller: Caller = tx.call.caller
    if caller.session is not None:
        check_session(tx.call, caller.session.kind)
    if authorization is None:
        if caller.permissions is None:
            return
        raise Denied(f"User: {caller.arn} is not authorized to perform: {tx.call.operation}")
    needed = authorization.actions[tx.call.operation]
    for action in needed if isinstance(needed, tuple) else (needed,):
        if caller.permissions is None and action.policy is None:
            if not authorization.keeps_out:
                continue
            resources = action.resources(tx, params)
            if all(authorization.owner(tx, r) in ("", caller.account) for r in resources):
                continue
        if action.when and not any(members(params, action.when.split("."))):
            continue
        check(tx, authorization, action, caller, request, params)


# What STS lets temporary credentials do that are of no role.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access.html
STS_OF_SESSIONS = {
    "user": ("AssumeRole", "GetCallerIdentity"),
    "federated": ("GetCallerIdentity",),
    "role": ("AssumeRole", "GetCallerIdentity", "GetAccessKeyInfo", "DecodeAuthorizationMessage"),
}


def check_session(call: Call, kind: str) -> None:
    if call.service == "iam" and kind != "role":
        raise Refused("unknown-key", INVALID_TOKEN)
    if call.service == "sts" and call.operation not in STS_OF_SESSIONS[kind]:
        raise Denied(f"Cannot call {call.operation} with session credentials")


def check(
    tx: Tx,
    authorization: Authorization,
    action: Action,
    caller: Caller,
    request: Request,
    params: Params,
) -> None:
    operation = tx.call.operation
    name = f"{authorization.prefix}:{action.name or operation}"
    document = action.policy(tx, params) if action.policy else None
    policy = compile_policy(document, "ResourcePolicy") if document else None
    for resource in action.resources(tx, params):
        facts = Facts(tx, authorization, action, caller, request, params, resource)
        owner = authorization.owner(tx, resource)
        asked = Asked(name, resource, facts, caller.principal, owner)
        permissions = caller.permissions if caller.permissions is not None else EVERYTHING
        decision = decide(permissions, asked, policy, required=action.required)
        if decision.allowed:
            continue
        otherwise = authorization.allowed_otherwise
        if not decision.explicit and otherwise and otherwise(tx, operation, resource, params):
            continue
        text = refusal(caller, name, authorization.shown(operation, resource), decision)
        if authorization.prefix == "ec2":
            text = f"You are not authorized to perform this operation. {text}"
            if resource != "*":
                encoded = messages.encode(tx.seal, caller, asked, decision)
                text += f". Encoded authorization failure message: {encoded}"
        raise Denied(text)


def refusal(caller: Caller, action: str, resource: str, decision: Decision) -> str:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    text = f"User: {caller.arn} is not authorized to perform: {action}"
    if resource:
        text += f" on resource: {resource}"
    article, layer = LAYERS[decision.kind]
    if action.startswith("sts:") and decision.kind == "resource":
        return text  # a trust policy's refusal comes without its reason
    if not decision.explicit:
        return f"{text} because no {layer} allows the {action} action"
    policy, _ = decision.matched[0]
    named = f": {policy.arn}" if policy.arn else ""
    return f"{text} with an explicit deny in {article} {layer}{named}"


class Facts:
    """The condition keys of one action on one resource, each worked out when a policy asks for it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """

    def __init__(
        self,
        tx: Tx,
        authorization: Authorization,
        action: Action,
        caller: Caller,
        request: Request,
        params: Params,
        resource: str,
    ) -> None:
        self.tx, self.authorization, self.action = tx, authorization, action
        self.caller, self.request, self.params = caller, request, params
        self.resource = resource

    def get(self, key: str, /) -> tuple[str, ...] | None:
        if (read := GLOBAL.get(key)) is not None:
            return read(self)
        family, slash, rest = key.partition("/")
        if slash:
            tags: Mapping[str, str] = {}
            if family == "aws:principaltag":
                tags = self.principal_tags
            elif family == "aws:requesttag":
                tags = self.request_tags
            elif family in ("aws:resourcetag", f"{self.authorization.prefix}:resourcetag"):
                tags = self.resource_tags
            if (found := tags.get(rest)) is not None:
                return (found,)
        return self.own.get(key)

    @cached_property
    def own(self) -> Mapping[str, tuple[str, ...]]:
        """The service's keys."""
        return self.action.keys(self.tx, self.params) if self.action.keys else {}

    @cached_property
    def principal_tags(self) -> Mapping[str, str]:
        return folded(self.caller.tags)

    @cached_property
    def request_tags(self) -> Mapping[str, str]:
        return folded(dict(tags_in(self.params)))

    @cached_property
    def resource_tags(self) -> Mapping[str, str]:
        return folded(self.authorization.tags(self.tx, self.resource))


def folded(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Tags by their keys in lower case: names of condition keys are compared so."""
    return {key.lower(): value for key, value in tags.items()}


def tags_in(params: Params) -> Iterator[tuple[str, str]]:
    """The tags a request sets, in each of the forms services write them."""
    for name in ("Tags", "TagList", "AddTags"):
        given = params.get(name) or ()
        if isinstance(given, Mapping):
            yield from given.items()
            continue
        for tag in given:
            if isinstance(tag, Mapping):
                yield (
                    tag.get("Key", tag.get("TagKey", "")),
                    tag.get("Value", tag.get("TagValue", "")),
                )
    for each in params.get("TagSpecifications") or ():
        yield from tags_in(each)


def tag_keys(facts: Facts) -> tuple[str, ...] | None:
    keys = [key for key, _ in tags_in(facts.params)]
    for name in ("TagKeys", "RemoveTagKeys"):
        keys += facts.params.get(name) or ()
    return tuple(keys) or None


def known(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else (value,)


def issued(facts: Facts) -> tuple[str, ...] | None:
    session = facts.caller.session
    return None if session is None else (str(session.issued),)


GLOBAL: dict[str, Callable[[Facts], tuple[str, ...] | None]] = {
    "aws:currenttime": lambda f: (f.tx.now.isoformat(),),
    "aws:epochtime": lambda f: (str(int(f.tx.now.timestamp())),),
    "aws:multifactorauthpresent": lambda f: ("false",) if f.caller.session else None,
    "aws:principalaccount": lambda f: (f.caller.account,),
    "aws:principalarn": lambda f: (
        f.caller.behind if f.caller.kind == "AssumedRole" else f.caller.arn,
    ),
    "aws:principalisawsservice": lambda f: ("false",),
    "aws:principaltype": lambda f: (f.caller.kind,),
    "aws:referer": lambda f: known(f.request.headers.get("referer")),
    "aws:requestedregion": lambda f: (f.tx.call.region,),
    "aws:resourceaccount": lambda f: (owner_of(f.resource) or f.caller.account,),
    "aws:securetransport": lambda f: ("true" if f.request.secure else "false",),
    "aws:sourceidentity": lambda f: (
        known(f.caller.session.source_identity or None) if f.caller.session else None
    ),
    "aws:sourceip": lambda f: known(f.request.client or None),
    "aws:tagkeys": tag_keys,
    "aws:tokenissuetime": issued,
    "aws:useragent": lambda f: known(f.request.headers.get("user-agent")),
    "aws:userid": lambda f: (f.caller.id,),
    "aws:username": lambda f: known(f.caller.name),
    "aws:viaawsservice": lambda f: ("false",),
}
