"""Users: people of a directory, who get a mailbox when they are registered to WorkMail.

https://docs.aws.amazon.com/workmail/latest/APIReference/API_CreateUser.html
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.identity import passwords
from forecourt.platform.mail import people
from forecourt.store.resources import Resource

from . import stored
from .stored import ENTITIES, USER, errors

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")
SHORTEST, LONGEST = 8, 63  # characters of a password
KINDS = (
    string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation + " ",
    bytes(range(0xA1, 0x100)).decode("latin-1"),
)  # fmt: skip
RESERVED = ("administrator", "guest", "krbtgt")
DETAILS = (
    "FirstName", "LastName", "HiddenFromGlobalAddressList", "Initials", "Telephone", "Street", "JobTitle",
    "City", "Company", "ZipCode", "Department", "Country", "Office", "IdentityProviderUserId",
)  # fmt: skip
FILTERS = {
    "UsernamePrefix": "Name",
    "DisplayNamePrefix": "DisplayName",
    "IdentityProviderUserIdPrefix": "IdentityProviderUserId",
}


def digest(req: Mapping[str, Any]) -> str:
    return passwords.digest(req["Password"]) if req.get("Password") else ""


@ops.write_after(digest)
def create_user(tx: Tx, req: t.CreateUserRequest, kept: str) -> t.CreateUserResponse:
    org = stored.organization(tx, req)
    if req["Name"].lower() in RESERVED:
        raise errors.ReservedNameException(f"The name {req['Name']} is reserved.")
    role = req.get("Role", USER)
    if role not in (USER, "REMOTE_USER"):
        raise errors.UnsupportedOperationException(f"Users of the role {role} are not implemented.")
    if "Password" in req:
        check_password(req["Password"])
    spec = {name: req[name] for name in ("Name", "DisplayName", *DETAILS) if name in req}  # type: ignore[literal-required]
    return {"UserId": stored.create(tx, org, USER, {**spec, "UserRole": role}, {"Password": kept})}


@ops.read
def describe_user(tx: Tx, req: t.DescribeUserRequest) -> t.DescribeUserResponse:
    found = stored.entity(tx, stored.organization(tx, req), req["UserId"], USER)
    return document(found) | {"UserId": stored.id_of(found), **details(found)}


@ops.write
def update_user(tx: Tx, req: t.UpdateUserRequest) -> None:
    found = stored.entity(tx, stored.organization(tx, req), req["UserId"], USER)
    if req.get("Role", USER) not in (USER, "REMOTE_USER"):
        raise errors.UnsupportedOperationException(f"The role {req['Role']} is not implemented.")
    spec = {name: req[name] for name in ("DisplayName", *DETAILS) if name in req}  # type: ignore[literal-required]
    if "Role" in req:
        spec["UserRole"] = req["Role"]
    ENTITIES.change(tx, found, spec={**found.spec, **spec})


@ops.read
def list_users(tx: Tx, req: t.ListUsersRequest) -> t.ListUsersResponse:
    org = stored.organization(tx, req)
    wanted = req.get("Filters", {})
    found = [each for each in stored.entities(tx, org, USER) if matches(each, wanted, FILTERS)]
    return stored.page(
        "Users",
        found,
        req,
        by=stored.id_of,
        show=lambda each: {**document(each), "Id": stored.id_of(each)},
    )


@ops.write
def delete_user(tx: Tx, req: t.DeleteUserRequest) -> None:
    """One that is not registered any more; the mailbox goes too."""
    org = stored.organization(tx, req)
    try:
        found = stored.entity(tx, org, req["UserId"], USER)
    except errors.EntityNotFoundException:
        return
    if stored.enabled(found):
        raise errors.EntityStateException(
            "The user is registered to WorkMail; deregister it first."
        )
    id = stored.id_of(found)
    for group in stored.entities(tx, org, stored.GROUP):
        if id in group.spec["Members"]:
            kept = [member for member in group.spec["Members"] if member != id]
            ENTITIES.change(tx, group, spec={**group.spec, "Members": kept})
    people.remove(tx, id)
    ENTITIES.remove(tx, found)


@ops.write_after(digest)
def reset_password(tx: Tx, req: t.ResetPasswordRequest, kept: str) -> None:
    found = stored.entity(tx, stored.organization(tx, req), req["UserId"], USER)
    check_password(req["Password"])
    ENTITIES.change(tx, found, status={**found.status, "Password": kept})
    people.set_password(tx, stored.id_of(found), kept)


def check_password(password: str) -> None:
    """Long enough, and of three kinds of characters of five.

    https://docs.aws.amazon.com/workmail/latest/adminguide/password-policies.html
    """
    several = sum(any(character in kind for character in password) for kind in KINDS)
    if not SHORTEST <= len(password) <= LONGEST or several < 3:
        raise errors.InvalidPasswordException(
            "The supplied password doesn't match the minimum security constraints, such as length or use"
            " of special characters."
        )


def matches(each: Resource, wanted: Mapping[str, Any], members: Mapping[str, str]) -> bool:
    """Whether an entity passes a listing's filters."""
    if wanted.get("State", each.status["State"]) != each.status["State"]:
        return False
    if not each.status.get("Email", "").startswith(wanted.get("PrimaryEmailPrefix", "").lower()):
        return False
    return all(
        str(each.spec.get(member, "")).lower().startswith(wanted[name].lower())
        for name, member in members.items()
        if name in wanted
    )


def document(found: Resource) -> Any:
    shown = {
        "Name": found.spec["Name"],
        "DisplayName": found.spec["DisplayName"],
        "State": found.status["State"],
        "UserRole": found.spec["UserRole"],
        **stored.dates(found.status),
    }
    if found.status.get("Email"):
        shown["Email"] = found.status["Email"]
    return shown


def details(found: Resource) -> dict[str, Any]:
    return {name: found.spec[name] for name in DETAILS if name in found.spec}
