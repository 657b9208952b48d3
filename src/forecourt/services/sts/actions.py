"""STS as IAM sees it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from forecourt.platform.identity.actions import Action, Authorization, Params, Values, on

from .roles import AccessDenied, find_role

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


def trust(tx: Tx, req: Params) -> str | None:
    """The trust policy of the role that is to be assumed; None where there is no such role."""
    if tx.call.caller.kind == "Account":
        raise AccessDenied("Roles may not be assumed by root accounts.")
    role = find_role(tx, req["RoleArn"])
    return role.trust if role else None


def keys(tx: Tx, req: Params) -> Values:
    found = {
        "sts:externalid": req.get("ExternalId"),
        "sts:rolesessionname": req["RoleSessionName"],
        "sts:sourceidentity": req.get("SourceIdentity"),
    }
    values = {key: (value,) for key, value in found.items() if value is not None}
    if transitive := req.get("TransitiveTagKeys"):
        values["sts:transitivetagkeys"] = tuple(transitive)
    role = find_role(tx, req["RoleArn"])
    tags = role.tags if role else {}
    return values | {f"iam:resourcetag/{key.lower()}": (tags[key],) for key in tags}


def tags_of(tx: Tx, arn: str) -> Mapping[str, str]:
    role = find_role(tx, arn) if ":role/" in arn else None
    return role.tags if role else {}


def on_role(name: str, when: str = "") -> Action:
    return on("{RoleArn}", name=name, keys=keys, policy=trust, required=True, when=when)


FEDERATED = "arn:aws:sts::{account}:federated-user/{Name}"
ACTIONS: dict[str, Action | tuple[Action, ...]] = {
    "AssumeRole": (
        on_role("AssumeRole"),
        on_role("TagSession", when="Tags[]"),
        on_role("SetSourceIdentity", when="SourceIdentity"),
    ),
    "DecodeAuthorizationMessage": on("*"),
    "GetAccessKeyInfo": on("*"),
    "GetCallerIdentity": (),
    "GetFederationToken": (on(FEDERATED), on(FEDERATED, name="TagSession", when="Tags[]")),
    "GetSessionToken": (),
}
AUTHORIZATION = Authorization("sts", ACTIONS, tags_of)
