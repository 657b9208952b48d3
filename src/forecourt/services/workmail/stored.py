"""What WorkMail keeps: organizations, and the users and groups in them.

An entity's document says what it is called; once it is registered, `platform.mail.people` has its mailbox
under the same id, or for a group an address that reaches its members.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from forecourt.aws.errors import Errors
from forecourt.platform.mail import domains
from forecourt.platform.mail.domains import Domain
from forecourt.store.resources import Kind, Resource

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

errors = Errors("workmail")
ORGANIZATIONS = Kind("workmail", "organization", errors.OrganizationNotFoundException)
ENTITIES = Kind("workmail", "entity", errors.EntityNotFoundException)  # named "<org> <id>"
USER, GROUP = "USER", "GROUP"
ENABLED, DISABLED = "ENABLED", "DISABLED"
ACTIVE, DELETED = "Active", "Deleted"
MOST = 100  # of a page
Item = TypeVar("Item")


def organization(tx: Tx, req: Mapping[str, Any]) -> Resource:
    """The organization a request is about, which was not deleted."""
    found = any_organization(tx, req)
    if found.status["State"] != ACTIVE:
        raise errors.OrganizationStateException(f"The organization {found.name} was deleted.")
    return found


def any_organization(tx: Tx, req: Mapping[str, Any]) -> Resource:
    return ORGANIZATIONS.get(
        tx, req["OrganizationId"], f"The organization {req['OrganizationId']} does not exist."
    )


def entities(tx: Tx, org: Resource, type_: str | None = None) -> list[Resource]:
    """Those of an organization, by their ids."""
    found = ENTITIES.between(tx, f"{org.name} ", f"{org.name}!")
    return [each for each in found if type_ in (None, each.spec["Type"])]


def entity(tx: Tx, org: Resource, given: str, type_: str | None = None) -> Resource:
    """By its id, its address or its name, in this order."""
    found = ENTITIES.find(tx, f"{org.name} {given}")
    if found is None:
        wanted, known = given.lower(), entities(tx, org)
        named = {each.spec["Name"].lower(): each for each in known}
        reached = {each.status.get("Email", ""): each for each in known}
        found = reached.get(wanted) or named.get(wanted)
    if found is None or type_ not in (None, found.spec["Type"]):
        what = {USER: "user", GROUP: "group"}.get(type_ or "", "entity")
        raise errors.EntityNotFoundException(
            f"The {what} {given} does not exist in the organization."
        )
    return found


def id_of(resource: Resource) -> str:
    return resource.name.partition(" ")[2]


def create(
    tx: Tx, org: Resource, type_: str, spec: Mapping[str, Any], status: Mapping[str, Any]
) -> str:
    """A new entity; its id.  Names are unique in an organization."""
    if any(each.spec["Name"].lower() == spec["Name"].lower() for each in entities(tx, org)):
        raise errors.NameAvailabilityException(
            f"The name {spec['Name']} is not available in the organization."
        )
    made = str(uuid.uuid4())
    known = {"State": DISABLED, **status}
    ENTITIES.create(tx, f"{org.name} {made}", {"Type": type_, **spec}, known)
    return made


def addresses(entity: Resource) -> list[str]:
    """The primary address of an entity and its others; none before it is registered."""
    primary = entity.status.get("Email", "")
    return [primary, *entity.status.get("Aliases", ())] if primary else []


def enabled(resource: Resource) -> bool:
    return bool(resource.status["State"] == ENABLED)


def hosted(tx: Tx, org: Resource, address: str) -> Domain:
    """The domain of an address, which must be one of the organization's."""
    name = address.rpartition("@")[2].lower()
    found = domains.get(tx, name)
    if found is None or found.organization != org.name:
        raise errors.MailDomainNotFoundException(f"The domain {name} is not in the organization.")
    return found


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def dates(status: Mapping[str, Any]) -> dict[str, datetime]:
    return {
        name: moment(status[name])
        for name in (
            "EnabledDate",
            "DisabledDate",
            "MailboxProvisionedDate",
            "MailboxDeprovisionedDate",
        )
        if name in status
    }


def page(
    member: str,
    items: Sequence[Item],
    req: Mapping[str, Any],
    *,
    by: Callable[[Item], str],
    show: Callable[[Item], Any],
) -> Any:
    """The answer to a listing; a token names the first item of its page."""
    size = req.get("MaxResults", MOST)
    start = opened(req["NextToken"]) if req.get("NextToken") else ""
    rest = sorted((item for item in items if by(item) >= start), key=by)
    answer: dict[str, Any] = {member: [show(item) for item in rest[:size]]}
    if len(rest) > size:
        answer["NextToken"] = base64.b64encode(by(rest[size]).encode()).decode()
    return answer


def opened(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        raise errors.InvalidParameterException("The NextToken is not valid.") from None
