"""What a service's operations are to IAM: which action each needs, and on which resources.

ACTIONS = {
    "ListHostedZones": on("*"),
    "GetHostedZone": on("arn:aws:route53:::hostedzone/{Id}"),
    "CreateSubnet": on("arn:aws:ec2:{region}:{account}:subnet/*",
                       "arn:aws:ec2:{region}:{account}:vpc/{VpcId}"),
}

Templates name members of the request by their paths (`{A.B}`, `{Names[]}`, `{Sets[].Id}`), besides
{account} and {region} of the caller; a list makes one resource of each of its members, and a template
whose member is not given falls away.  Which actions and resources there are: the Service Authorization
Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

Params = Mapping[str, Any]
Values = Mapping[str, tuple[str, ...]]
PLACE = re.compile(r"\{([\w.\[\]]+)\}")


@dataclass(frozen=True, slots=True)
class Action:
    """One operation's needs.

    `resources` gives ARNs; `keys` the service's own condition keys as far as the request decides them,
    in lower case; `policy` the JSON of the policy of the resource itself, where it has one.
    """

    resources: Callable[[Tx, Params], Iterable[str]]
    name: str | None = None  # where the action is not called as the operation
    keys: Callable[[Tx, Params], Values] | None = None
    policy: Callable[[Tx, Params], str | None] | None = None
    required: bool = False  # nobody may without that policy, as with keys and roles
    when: str = ""  # the member of the request that calls for it; empty: it is always needed


def resource_tags(tx: Tx, arn: str) -> Mapping[str, str]:
    """The tags of a document in the table of resources."""
    found = tx.value("SELECT tags FROM resource WHERE arn = :arn", arn=arn)
    return json.loads(found) if found else {}


def owner_of(arn: str) -> str:
    """The account an ARN names; empty where it names none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else ""


@dataclass(frozen=True, slots=True)
class Authorization:
    """A service as IAM sees it.

    `shown` is how a refusal names a resource; `allowed_otherwise(tx, operation, arn, req)` says whether
    something beside policies allows what they do not, as the grants of keys do.
    """

    prefix: str  # of its actions: "route53" of route53:GetHostedZone
    actions: Mapping[str, Action | tuple[Action, ...]]  # by operation; (): nobody is refused it
    tags: Callable[[Tx, str], Mapping[str, str]] = resource_tags  # of a resource, by its ARN
    shown: Callable[[str, str], str] = lambda operation, arn: "" if arn == "*" else arn
    allowed_otherwise: Callable[[Tx, str, str, Params], bool] | None = None
    owner: Callable[[Tx, str], str] = lambda tx, arn: owner_of(arn)  # the account of a resource
    keeps_out: bool = False  # whether other accounts' roots are refused; else handlers see to it


def on(
    *templates: str,
    name: str | None = None,
    keys: Callable[[Tx, Params], Values] | None = None,
    policy: Callable[[Tx, Params], str | None] | None = None,
    required: bool = False,
    when: str = "",
) -> Action:
    """An action on the resources that templates name."""

    def resources(tx: Tx, req: Params) -> list[str]:
        given = {"account": tx.call.account, "region": tx.call.region, **req}
        return [arn for template in templates for arn in expand(template, given)] or ["*"]

    return Action(resources, name, keys, policy, required, when)


def expand(template: str, given: Params) -> list[str]:
    """The ARNs a template stands for."""
    found = [template]
    for place in dict.fromkeys(PLACE.findall(template)):
        values = list(members(given, place.split(".")))
        found = [arn.replace(f"{{{place}}}", value) for arn in found for value in values]
    return found


def members(given: Any, path: list[str]) -> Iterable[str]:
    """What is at a path of a request, as text."""
    if not path:
        yield str(given)
        return
    name, rest = path[0], path[1:]
    value = given.get(name.removesuffix("[]")) if isinstance(given, Mapping) else None
    if value is None:
        return
    for each in value if name.endswith("[]") else (value,):
        yield from members(each, rest)
