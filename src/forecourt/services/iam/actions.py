"""IAM as it sees itself: who may manage whom.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from forecourt.platform.identity.actions import Action, Authorization, Params, Values, on
from forecourt.platform.identity.principals import arn_of

from . import entities, password_policy, policies
from .entities import GROUP, KINDS, ROLE, USER, Entity, Kind
from .policies import ARN

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

Resources = Callable[["Tx", Params], list[str]]


def entity_of(tx: Tx, kind: Kind, req: Params) -> Entity | None:
    """The one an operation is about; a user that is not named is the caller."""
    if (name := req.get(f"{kind.title}Name")) is not None:
        return entities.find(tx, kind, str(name))
    if kind is USER and tx.call.caller.kind == "User":
        return entities.find_id(tx, USER, tx.call.caller.entity)
    return None


def existing(kind: Kind) -> Resources:
    """The ARN with the path it has; without one where there is no such entity."""

    def resources(tx: Tx, req: Params) -> list[str]:
        if (found := entity_of(tx, kind, req)) is not None:
            return [found.arn]
        name = req.get(f"{kind.title}Name")
        return [arn_of(kind.name, tx.call.account, "/", name)] if name else ["*"]

    return resources


def new(kind: str, name: str) -> Resources:
    """The ARN of what is to be made."""
    return lambda tx, req: [arn_of(kind, tx.call.account, req.get("Path", "/"), req[name])]


def under(kind: str) -> Resources:
    """What a list is of: a path, as far as it is given."""
    return lambda tx, req: [arn_of(kind, tx.call.account, req.get("PathPrefix", "/"), "")]


def simulated(tx: Tx, req: Params) -> list[str]:
    return [req["PolicySourceArn"]]


def owner_of_key(tx: Tx, req: Params) -> list[str]:
    """The user whose key it is."""
    principal = tx.value(
        "SELECT principal FROM access_key WHERE id = :id AND account = :account",
        id=req["AccessKeyId"],
        account=tx.call.account,
    )
    user = entities.find_id(tx, USER, principal) if principal else None
    return [user.arn] if user is not None else ["*"]


def keys_of(kind: Kind) -> Callable[[Tx, Params], Values]:
    """iam:PolicyARN, and iam:PermissionsBoundary: the one that is asked for, or that is there."""

    def keys(tx: Tx, req: Params) -> Values:
        found: dict[str, tuple[str, ...]] = {}
        if "PolicyArn" in req:
            found["iam:policyarn"] = (req["PolicyArn"],)
        if (boundary := req.get("PermissionsBoundary")) is not None:
            found["iam:permissionsboundary"] = (boundary,)
        elif (entity := entity_of(tx, kind, req)) is not None and entity.boundary is not None:
            found["iam:permissionsboundary"] = (entity.boundary,)
        return found

    return keys


def on_entities(kind: Kind, *operations: str) -> dict[str, Action]:
    return {name: Action(existing(kind), keys=keys_of(kind)) for name in operations}


def making(kind: Kind) -> tuple[Action, Action]:
    """Making one, and tagging it where tags are given."""
    resources = new(kind.name, f"{kind.title}Name")
    return (
        Action(resources, keys=keys_of(kind)),
        Action(resources, name=f"Tag{kind.title}", when="Tags[]"),
    )


NEW_POLICY = new("policy", "PolicyName")
ACTIONS: Mapping[str, Action | tuple[Action, ...]] = {
    "CreateUser": making(USER),
    "CreateGroup": Action(new("group", "GroupName")),
    "CreateRole": making(ROLE),
    "CreatePolicy": (
        Action(NEW_POLICY),
        Action(NEW_POLICY, name="TagPolicy", when="Tags[]"),
    ),
    "ListUsers": Action(under("user")),
    "ListGroups": Action(under("group")),
    "ListRoles": Action(under("role")),
    "ListPolicies": Action(under("policy")),
    "ListInstanceProfiles": Action(under("instance-profile")),
    "ListServerCertificates": Action(under("server-certificate")),
    **on_entities(
        USER,
        *("AttachUserPolicy", "ChangePassword", "CreateAccessKey", "CreateLoginProfile"),
        *("DeleteAccessKey", "DeleteLoginProfile", "DeleteUser", "DeleteUserPermissionsBoundary"),
        *("DeleteUserPolicy", "DetachUserPolicy", "GetLoginProfile", "GetUser", "GetUserPolicy"),
        *("ListAccessKeys", "ListAttachedUserPolicies", "ListGroupsForUser", "ListMFADevices"),
        *("ListSSHPublicKeys", "ListServiceSpecificCredentials", "ListSigningCertificates"),
        *("ListUserPolicies", "ListUserTags", "PutUserPermissionsBoundary", "PutUserPolicy"),
        *("TagUser", "UntagUser", "UpdateAccessKey", "UpdateLoginProfile", "UpdateUser"),
    ),
    **on_entities(
        GROUP,
        *("AddUserToGroup", "AttachGroupPolicy", "DeleteGroup", "DeleteGroupPolicy"),
        *("DetachGroupPolicy", "GetGroup", "GetGroupPolicy", "ListAttachedGroupPolicies"),
        *("ListGroupPolicies", "PutGroupPolicy", "RemoveUserFromGroup", "UpdateGroup"),
    ),
    **on_entities(
        ROLE,
        *("AttachRolePolicy", "DeleteRole", "DeleteRolePermissionsBoundary", "DeleteRolePolicy"),
        *("DetachRolePolicy", "GetRole", "GetRolePolicy", "ListAttachedRolePolicies"),
        *("ListInstanceProfilesForRole", "ListRolePolicies", "ListRoleTags"),
        *("PutRolePermissionsBoundary", "PutRolePolicy", "TagRole", "UntagRole"),
        *("UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription"),
    ),
    **{
        name: on("{PolicyArn}")
        for name in (
            *("CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "GetPolicy"),
            *("GetPolicyVersion", "ListEntitiesForPolicy", "ListPolicyTags", "ListPolicyVersions"),
            *("SetDefaultPolicyVersion", "TagPolicy", "UntagPolicy"),
        )
    },
    "GetContextKeysForPrincipalPolicy": Action(simulated),
    "SimulatePrincipalPolicy": Action(simulated),
    "GetAccessKeyLastUsed": Action(owner_of_key),
    **{
        name: on("*")
        for name in (
            *("CreateAccountAlias", "DeleteAccountAlias", "DeleteAccountPasswordPolicy"),
            *("GenerateCredentialReport", "GetAccountAuthorizationDetails"),
            *("GetAccountPasswordPolicy", "GetAccountSummary", "GetContextKeysForCustomPolicy"),
            *("GetCredentialReport", "ListAccountAliases", "ListOpenIDConnectProviders"),
            *("ListSAMLProviders", "ListVirtualMFADevices", "SimulateCustomPolicy"),
            "UpdateAccountPasswordPolicy",
        )
    },
}
# Operations whose refusals name a whole ARN; the others name what it is of: "user NAME".
BY_ARN = frozenset(
    ("CreateUser", "CreateGroup", "CreateRole", "ListUsers", "ListGroups", "ListRoles",
     "ListInstanceProfiles", "ListServerCertificates")
)  # fmt: skip
NAMED = frozenset(kind.name for kind in KINDS)


def shown(operation: str, arn: str) -> str:
    """How a refusal names a resource, as AWS's have been seen to."""
    kind, slash, path = arn.rpartition(":")[2].partition("/")
    if not slash or operation in BY_ARN:
        return arn
    if operation == "ListPolicies":
        return f"policy path /{path}"
    if operation == "CreatePolicy" or kind in NAMED:
        return f"{kind} {path.rpartition('/')[2]}"
    return f"policy {arn}" if kind == "policy" else arn


def tags(tx: Tx, arn: str) -> Mapping[str, str]:
    """The tags of a user, a role or a policy of the account."""
    if ARN.match(arn):
        policy = policies.find(tx, arn)
        return policy.tags if policy else {}
    kind, _, path = arn.rpartition(":")[2].partition("/")
    for each in (USER, ROLE):
        if each.name == kind:
            found = entities.find(tx, each, path.rpartition("/")[2])
            return found.tags if found is not None and found.arn == arn else {}
    return {}


# What the account's password policy lets all users do.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
OF_PASSWORDS = frozenset(("ChangePassword", "GetAccountPasswordPolicy"))


def allowed_otherwise(tx: Tx, operation: str, arn: str, req: Params) -> bool:
    if operation not in OF_PASSWORDS or tx.call.caller.kind != "User":
        return False
    return bool((password_policy.policy_of(tx) or {}).get("AllowUsersToChangePassword"))


AUTHORIZATION = Authorization("iam", ACTIONS, tags, shown, allowed_otherwise)
