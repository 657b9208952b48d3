"""Users and user groups: who may do what on which caches.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource

from . import access
from .happenings import USER, USER_GROUP, tell
from .stored import (
    CACHES,
    MODIFYING,
    USER_GROUPS,
    USERS,
    WORK,
    InvalidParameterCombination,
    InvalidParameterValue,
    errors,
    identifier,
    page,
    tags_of,
)

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
MOST_USERS, MOST_GROUPS, MOST_OF_GROUP = 1000, 1000, 100
ACTIVE, DELETING = "active", "deleting"
DEFAULT = "default"
PASSWORD, NONE, IAM = "password", "no-password-required", "iam"
SHOWN = {PASSWORD: "password", NONE: "no-password", IAM: "iam"}
FILTERS = ("user-name", "user-id", "engine")


@ops.write
def create_user(tx: Tx, req: t.CreateUserMessage) -> t.User:
    id = identifier("UserId", req["UserId"], 40)
    engine = engine_of(req)
    if USERS.find(tx, id) is not None or id == DEFAULT:
        raise errors.UserAlreadyExistsFault(f"User {id} already exists.")
    if USERS.count(tx) >= MOST_USERS:
        raise errors.UserQuotaExceededFault(f"An account has at most {MOST_USERS} users.")
    name = req["UserName"]
    if not name or not all(c.isascii() and (c.isalnum() or c in "-_.") for c in name):
        raise InvalidParameterValue(f"Invalid UserName: {name}")
    access.check_string(req["AccessString"])
    authentication, passwords = authentication_of(req)
    if authentication == IAM and name.lower() != id:
        raise InvalidParameterCombination(
            "With IAM authentication UserName and UserId must be the same."
        )
    spec = {
        "Name": name,
        "Engine": engine,
        "Access": req["AccessString"],
        "Authentication": authentication,
        "Passwords": access.kept(passwords),
    }
    made = USERS.create(tx, id, spec, {"State": ACTIVE}, tags_of(req))
    tell(tx, USER, id, f"User {id} created")
    return document(tx, made)


@ops.write
def modify_user(tx: Tx, req: t.ModifyUserMessage) -> t.User:
    found = user(tx, req["UserId"])
    spec = dict(found.spec)
    if "AccessString" in req and "AppendAccessString" in req:
        raise InvalidParameterCombination(
            "AccessString and AppendAccessString cannot both be given."
        )
    if "AccessString" in req:
        spec["Access"] = req["AccessString"]
    if "AppendAccessString" in req:
        spec["Access"] = f"{spec['Access']} {req['AppendAccessString']}"
    access.check_string(spec["Access"])
    if {"Passwords", "NoPasswordRequired", "AuthenticationMode"} & req.keys():
        spec["Authentication"], passwords = authentication_of(req)
        spec["Passwords"] = access.kept(passwords)
    if "Engine" in req:
        spec["Engine"] = engine_of(req)
    changed = USERS.change(tx, found, spec=spec)
    tell(tx, USER, found.name, f"User {found.name} modified")
    for name in groups_of(tx, found.name):
        spread(tx, name)
    return document(tx, changed)


@ops.write
def delete_user(tx: Tx, req: t.DeleteUserMessage) -> t.User:
    found = user(tx, req["UserId"])
    for name in groups_of(tx, found.name):
        group = USER_GROUPS.get(tx, name, "")
        if found.spec["Name"] == DEFAULT:
            raise errors.DefaultUserAssociatedToUserGroupFault(
                f"The default user {found.name} is in the user group {name}."
            )
        left = [each for each in group.spec["Users"] if each != found.name]
        USER_GROUPS.change(tx, group, spec={**group.spec, "Users": left})
        spread(tx, name)
    USERS.remove(tx, found)
    tell(tx, USER, found.name, f"User {found.name} deleted")
    return document(tx, found) | {"Status": DELETING}


@ops.read
def describe_users(tx: Tx, req: t.DescribeUsersMessage) -> t.DescribeUsersResult:
    if id := req.get("UserId"):
        return {"Users": [document(tx, user(tx, id))]}
    wanted: Mapping[str, Sequence[str]] = {e["Name"]: e["Values"] for e in req.get("Filters", ())}
    if unknown := wanted.keys() - set(FILTERS):
        raise InvalidParameterValue(f"Invalid filter: {', '.join(sorted(unknown))}")
    found = [
        each
        for each in USERS.all(tx)
        if req.get("Engine", each.spec["Engine"]) == each.spec["Engine"]
        and each.spec["Name"] in wanted.get("user-name", [each.spec["Name"]])
        and each.name in wanted.get("user-id", [each.name])
        and each.spec["Engine"] in wanted.get("engine", [each.spec["Engine"]])
    ]
    return page(  # type: ignore[return-value]
        "Users", found, req, by=lambda each: each.name, show=lambda each: document(tx, each)
    )


@ops.write
def create_user_group(tx: Tx, req: t.CreateUserGroupMessage) -> t.UserGroup:
    id = identifier("UserGroupId", req["UserGroupId"], 40)
    if USER_GROUPS.find(tx, id) is not None:
        raise errors.UserGroupAlreadyExistsFault(f"User group {id} already exists.")
    if USER_GROUPS.count(tx) >= MOST_GROUPS:
        raise errors.UserGroupQuotaExceededFault(f"An account has at most {MOST_GROUPS} groups.")
    engine = engine_of(req)
    ids = [each.lower() for each in req.get("UserIds", ())]
    check_members(tx, engine, ids)
    spec = {"Engine": engine, "Users": ids}
    made = USER_GROUPS.create(tx, id, spec, {"State": ACTIVE}, tags_of(req))
    tell(tx, USER_GROUP, id, f"User group {id} created")
    return group_document(tx, made)


@ops.write
def modify_user_group(tx: Tx, req: t.ModifyUserGroupMessage) -> t.UserGroup:
    found = group(tx, req["UserGroupId"])
    if found.status["State"] != ACTIVE:
        raise errors.InvalidUserGroupStateFault(
            f"User group {found.name} must be active; it is {found.status['State']}."
        )
    less = {each.lower() for each in req.get("UserIdsToRemove", ())}
    more = [each.lower() for each in req.get("UserIdsToAdd", ())]
    if less - set(found.spec["Users"]):
        raise errors.UserNotFoundFault("A user to remove is not in the group.")
    if set(more) & set(found.spec["Users"]):
        raise InvalidParameterCombination("A user to add is in the group.")
    ids = [each for each in found.spec["Users"] if each not in less] + more
    engine = engine_of(req) if "Engine" in req else found.spec["Engine"]
    check_members(tx, engine, ids)
    changed = USER_GROUPS.change(tx, found, spec={"Engine": engine, "Users": ids})
    tell(tx, USER_GROUP, found.name, f"User group {found.name} modified")
    return group_document(tx, spread(tx, changed.name))


@ops.write
def delete_user_group(tx: Tx, req: t.DeleteUserGroupMessage) -> t.UserGroup:
    found = group(tx, req["UserGroupId"])
    if names := caches_of(tx, found.name):
        raise errors.InvalidUserGroupStateFault(
            f"User group {found.name} is used by {', '.join(each.name for each in names)}."
        )
    USER_GROUPS.remove(tx, found)
    tell(tx, USER_GROUP, found.name, f"User group {found.name} deleted")
    return group_document(tx, found) | {"Status": DELETING}


@ops.read
def describe_user_groups(tx: Tx, req: t.DescribeUserGroupsMessage) -> t.DescribeUserGroupsResult:
    if id := req.get("UserGroupId"):
        return {"UserGroups": [group_document(tx, group(tx, id))]}
    return page(  # type: ignore[return-value]
        "UserGroups",
        USER_GROUPS.all(tx),
        req,
        by=lambda each: each.name,
        show=lambda each: group_document(tx, each),
    )


def authentication_of(req: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    """How a user signs in, and the passwords.  InvalidParameterCombination."""
    mode = req.get("AuthenticationMode", {})
    passwords = mode.get("Passwords", req.get("Passwords", ()))
    kind = mode.get("Type")
    if kind is None:
        kind = NONE if req.get("NoPasswordRequired") else PASSWORD
    if kind == PASSWORD and not passwords:
        raise InvalidParameterCombination(
            "Passwords must be given, or NoPasswordRequired, or an AuthenticationMode."
        )
    if kind != PASSWORD and passwords:
        raise InvalidParameterCombination(f"Passwords cannot be given with {kind}.")
    if len(passwords) > 2:
        raise InvalidParameterValue("A user has at most two passwords.")
    for each in passwords:
        if not 16 <= len(each) <= 128:
            raise InvalidParameterValue("A password has 16 to 128 characters.")
    return kind, passwords


def engine_of(req: Mapping[str, Any]) -> str:
    engine = str(req.get("Engine", "")).lower()
    if engine not in ("valkey", "redis"):
        raise InvalidParameterValue(f"The engine of users is valkey or redis, not {engine}.")
    return engine


def check_members(tx: Tx, engine: str, ids: Sequence[str]) -> None:
    if len(ids) > MOST_OF_GROUP:
        raise errors.UserQuotaExceededFault(f"A user group has at most {MOST_OF_GROUP} users.")
    found = [user(tx, id) for id in ids]
    names = [each.spec["Name"] for each in found]
    if len(set(names)) < len(names):
        raise errors.DuplicateUserNameFault("Two users of a group cannot have the same name.")
    if engine == "redis" and DEFAULT not in names:
        raise errors.DefaultUserRequired("A user group must have a user with the name default.")
    for each in found:
        if each.spec["Authentication"] == NONE and engine == "valkey":
            continue
        if engine == "redis" and each.spec["Engine"] == "valkey":
            raise InvalidParameterCombination(
                f"User {each.name} is of valkey and cannot be in a group of redis."
            )


def user(tx: Tx, id: str) -> Resource:
    return USERS.get(tx, id.lower(), f"User {id} not found.")


def group(tx: Tx, id: str) -> Resource:
    return USER_GROUPS.get(tx, id.lower(), f"User group {id} not found.")


def groups_of(tx: Tx, id: str) -> list[str]:
    return [each.name for each in USER_GROUPS.all(tx) if id in each.spec["Users"]]


def caches_of(tx: Tx, name: str) -> list[Resource]:
    return [
        each for kind in CACHES for each in kind.all(tx) if name in each.spec.get("UserGroups", ())
    ]


def spread(tx: Tx, name: str) -> Resource:
    """Let a group's users be those of its caches; it is active again when they are."""
    found = group(tx, name)
    caches = caches_of(tx, name)
    for each in caches:
        tx.enqueue(WORK, each.arn)
    if caches:
        found = USER_GROUPS.change(tx, found, status={**found.status, "State": MODIFYING})
    return found


def settled(tx: Tx, names: Iterable[str]) -> None:
    """A cache has the users of its groups."""
    for name in names:
        found = USER_GROUPS.find(tx, name)
        if found is not None and found.status["State"] == MODIFYING:
            USER_GROUPS.change(tx, found, status={**found.status, "State": ACTIVE})


def document(tx: Tx, found: Resource) -> Any:
    kind = found.spec["Authentication"]
    shown: dict[str, Any] = {"Type": SHOWN[kind]}
    if kind == PASSWORD:
        shown["PasswordCount"] = len(found.spec["Passwords"])
    return {
        "UserId": found.name,
        "UserName": found.spec["Name"],
        "Status": found.status["State"],
        "Engine": found.spec["Engine"],
        "MinimumEngineVersion": "7.2" if found.spec["Engine"] == "valkey" else "6.0",
        "AccessString": found.spec["Access"],
        "UserGroupIds": groups_of(tx, found.name),
        "Authentication": shown,
        "ARN": found.arn,
    }


def group_document(tx: Tx, found: Resource) -> Any:
    return {
        "UserGroupId": found.name,
        "Status": found.status["State"],
        "Engine": found.spec["Engine"],
        "UserIds": found.spec["Users"],
        "MinimumEngineVersion": "7.2" if found.spec["Engine"] == "valkey" else "6.0",
        "ReplicationGroups": [each.name for each in caches_of(tx, found.name)],
        "ARN": found.arn,
    }
