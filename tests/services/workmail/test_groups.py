"""Groups: their address reaches who is in them, however deep."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.mail import people
from tests.harness import World
from tests.services.workmail.calls import group, user

ALL = "all@jpub.awsapps.com"


def test_a_group_reaches_its_members(world: World, workmail: Any, org: str) -> None:
    alice, bob = (
        user(workmail, org, name, f"{name}@jpub.awsapps.com") for name in ("alice", "bob")
    )
    everybody, inner = group(workmail, org, "all", ALL), group(workmail, org, "inner")

    def join(member: str, to: str = everybody) -> None:
        workmail.associate_member_to_group(OrganizationId=org, GroupId=to, MemberId=member)

    join(alice)
    join(inner)
    assert world.store.read_now(people.reach, ALL) == [alice]
    join(bob, inner)
    assert world.store.read_now(people.reach, ALL) == sorted((alice, bob))
    with pytest.raises(workmail.exceptions.UnsupportedOperationException):
        join(everybody, inner)
    members = workmail.list_group_members(OrganizationId=org, GroupId="all")["Members"]
    assert {(each["Name"], each["Type"]) for each in members} == {
        ("alice", "USER"),
        ("inner", "GROUP"),
    }
    groups = workmail.list_groups_for_entity(OrganizationId=org, EntityId=alice)["Groups"]
    assert [each["GroupName"] for each in groups] == ["all"]
    workmail.disassociate_member_from_group(OrganizationId=org, GroupId=inner, MemberId=bob)
    assert world.store.read_now(people.reach, ALL) == [alice]
    workmail.deregister_from_work_mail(OrganizationId=org, EntityId=everybody)
    assert world.store.read_now(people.reach, ALL) == []


def test_a_member_who_registers_later_is_reached(world: World, workmail: Any, org: str) -> None:
    everybody, alice = group(workmail, org, "all", ALL), user(workmail, org, "alice")
    workmail.associate_member_to_group(OrganizationId=org, GroupId=everybody, MemberId=alice)
    assert world.store.read_now(people.reach, ALL) == []
    workmail.register_to_work_mail(OrganizationId=org, EntityId=alice, Email="a@jpub.awsapps.com")
    assert world.store.read_now(people.reach, ALL) == [alice]


def test_groups_are_listed_changed_and_deleted(workmail: Any, org: str) -> None:
    first, second = group(workmail, org, "first", ALL), group(workmail, org, "second")
    workmail.update_group(OrganizationId=org, GroupId=second, HiddenFromGlobalAddressList=True)
    found = workmail.describe_group(OrganizationId=org, GroupId="second")
    assert found["HiddenFromGlobalAddressList"] and found["State"] == "DISABLED"
    listed = workmail.list_groups(OrganizationId=org, Filters={"NamePrefix": "F"})["Groups"]
    assert [(each["Name"], each["Email"], each["State"]) for each in listed] == [
        ("first", ALL, "ENABLED")
    ]
    with pytest.raises(workmail.exceptions.EntityStateException):
        workmail.delete_group(OrganizationId=org, GroupId=first)
    workmail.delete_group(OrganizationId=org, GroupId=second)
    workmail.delete_group(OrganizationId=org, GroupId=second)
    with pytest.raises(workmail.exceptions.EntityNotFoundException):
        workmail.describe_group(OrganizationId=org, GroupId=second)


def test_groups_in_groups_are_gone_through_once(world: World, workmail: Any, org: str) -> None:
    """Thirty layers of two groups, each in both of the next: 2**30 ways from the first to the last."""
    alice = user(workmail, org, "alice", "alice@jpub.awsapps.com")
    inner: list[str] = [alice]
    for layer in range(30):
        outer = [group(workmail, org, f"{layer}-{side}") for side in range(2)]
        for id in outer:
            for member in inner:
                workmail.associate_member_to_group(OrganizationId=org, GroupId=id, MemberId=member)
        inner = outer
    workmail.register_to_work_mail(OrganizationId=org, EntityId=inner[0], Email=ALL)
    assert world.store.read_now(people.reach, ALL) == [alice]
