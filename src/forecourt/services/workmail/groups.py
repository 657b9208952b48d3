"""Groups: an address that reaches their members, groups among them.

https://docs.aws.amazon.com/workmail/latest/adminguide/groups_overview.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.mail import people
from forecourt.store.resources import Resource

from . import stored
from .stored import ENTITIES, GROUP, errors
from .users import matches

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")


@ops.write
def create_group(tx: Tx, req: t.CreateGroupRequest) -> t.CreateGroupResponse:
    org = stored.organization(tx, req)
    hidden = req.get("HiddenFromGlobalAddressList", False)
    spec = {"Name": req["Name"], "HiddenFromGlobalAddressList": hidden, "Members": []}
    return {"GroupId": stored.create(tx, org, GROUP, spec, {})}


@ops.read
def describe_group(tx: Tx, req: t.DescribeGroupRequest) -> t.DescribeGroupResponse:
    found = stored.entity(tx, stored.organization(tx, req), req["GroupId"], GROUP)
    return document(found) | {
        "GroupId": stored.id_of(found),
        "HiddenFromGlobalAddressList": found.spec["HiddenFromGlobalAddressList"],
    }


@ops.write
def update_group(tx: Tx, req: t.UpdateGroupRequest) -> None:
    found = stored.entity(tx, stored.organization(tx, req), req["GroupId"], GROUP)
    hidden = req.get("HiddenFromGlobalAddressList", found.spec["HiddenFromGlobalAddressList"])
    ENTITIES.change(tx, found, spec={**found.spec, "HiddenFromGlobalAddressList": hidden})


@ops.read
def list_groups(tx: Tx, req: t.ListGroupsRequest) -> t.ListGroupsResponse:
    org = stored.organization(tx, req)
    wanted = req.get("Filters", {})
    found = [
        each
        for each in stored.entities(tx, org, GROUP)
        if matches(each, wanted, {"NamePrefix": "Name"})
    ]
    return stored.page(
        "Groups",
        found,
        req,
        by=stored.id_of,
        show=lambda each: {**document(each), "Id": stored.id_of(each)},
    )


@ops.write
def delete_group(tx: Tx, req: t.DeleteGroupRequest) -> None:
    org = stored.organization(tx, req)
    try:
        found = stored.entity(tx, org, req["GroupId"], GROUP)
    except errors.EntityNotFoundException:
        return
    if stored.enabled(found):
        raise errors.EntityStateException(
            "The group is registered to WorkMail; deregister it first."
        )
    ENTITIES.remove(tx, found)
    for group in stored.entities(tx, org, GROUP):
        if stored.id_of(found) in group.spec["Members"]:
            kept = [each for each in group.spec["Members"] if each != stored.id_of(found)]
            spread(tx, org, ENTITIES.change(tx, group, spec={**group.spec, "Members": kept}))


@ops.write
def associate_member_to_group(tx: Tx, req: t.AssociateMemberToGroupRequest) -> None:
    org = stored.organization(tx, req)
    group = stored.entity(tx, org, req["GroupId"], GROUP)
    member = stored.entity(tx, org, req["MemberId"])
    id = stored.id_of(member)
    groups = {stored.id_of(each): each for each in stored.entities(tx, org, GROUP)}
    if id == stored.id_of(group) or (id in groups and stored.id_of(group) in within(groups, id)):
        raise errors.UnsupportedOperationException("A group cannot be a member of itself.")
    if id in group.spec["Members"]:
        return
    members = [*group.spec["Members"], id]
    spread(tx, org, ENTITIES.change(tx, group, spec={**group.spec, "Members": members}))


@ops.write
def disassociate_member_from_group(tx: Tx, req: t.DisassociateMemberFromGroupRequest) -> None:
    org = stored.organization(tx, req)
    group = stored.entity(tx, org, req["GroupId"], GROUP)
    id = stored.id_of(stored.entity(tx, org, req["MemberId"]))
    members = [each for each in group.spec["Members"] if each != id]
    spread(tx, org, ENTITIES.change(tx, group, spec={**group.spec, "Members": members}))


@ops.read
def list_group_members(tx: Tx, req: t.ListGroupMembersRequest) -> t.ListGroupMembersResponse:
    org = stored.organization(tx, req)
    group = stored.entity(tx, org, req["GroupId"], GROUP)
    found = [stored.entity(tx, org, each) for each in group.spec["Members"]]
    return stored.page("Members", found, req, by=stored.id_of, show=member_document)


@ops.read
def list_groups_for_entity(
    tx: Tx, req: t.ListGroupsForEntityRequest
) -> t.ListGroupsForEntityResponse:
    org = stored.organization(tx, req)
    id = stored.id_of(stored.entity(tx, org, req["EntityId"]))
    prefix = req.get("Filters", {}).get("GroupNamePrefix", "").lower()
    found = [
        each
        for each in stored.entities(tx, org, GROUP)
        if id in each.spec["Members"] and each.spec["Name"].lower().startswith(prefix)
    ]
    return stored.page(
        "Groups",
        found,
        req,
        by=stored.id_of,
        show=lambda each: {"GroupId": stored.id_of(each), "GroupName": each.spec["Name"]},
    )


def spread(tx: Tx, org: Resource, group: Resource) -> None:
    """Let the addresses of a group, and of those it is in, reach the users who are in it now."""
    groups = {stored.id_of(each): each for each in stored.entities(tx, org, GROUP)}
    todo = [stored.id_of(group)]
    for id in todo:  # grows as outer groups are found
        for address in stored.addresses(groups[id]):
            tx.run(
                "DELETE FROM mail_address WHERE address = :address AND kind = 'group'",
                address=address,
            )
            for user in reached(tx, groups, id):
                people.give(tx, user, address, people.GROUP)
        todo += [
            outer
            for outer, each in groups.items()
            if id in each.spec["Members"] and outer not in todo
        ]


def reached(tx: Tx, groups: Mapping[str, Resource], id: str) -> set[str]:
    """The users in a group and in groups in it, who have mailboxes."""
    ids = {member for each in [id, *within(groups, id)] for member in groups[each].spec["Members"]}
    return {each for each in ids - groups.keys() if people.get(tx, each) is not None}


def within(groups: Mapping[str, Resource], id: str) -> list[str]:
    """The groups inside a group, each once."""
    found = [id]
    for each in found:  # grows as inner groups are found
        found += [m for m in groups[each].spec["Members"] if m in groups and m not in found]
    return found[1:]


def document(found: Resource) -> Any:
    shown = {
        "Name": found.spec["Name"],
        "State": found.status["State"],
        **{k: v for k, v in stored.dates(found.status).items() if not k.startswith("Mailbox")},
    }
    if found.status.get("Email"):
        shown["Email"] = found.status["Email"]
    return shown


def member_document(found: Resource) -> Any:
    return {
        "Id": stored.id_of(found),
        "Name": found.spec["Name"],
        "Type": found.spec["Type"],
        "State": found.status["State"],
        **{k: v for k, v in stored.dates(found.status).items() if not k.startswith("Mailbox")},
    }
