"""Users: made, registered, found, changed and gone."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.mail import people
from tests.harness import World
from tests.services.workmail.calls import user

ALICE = "alice@jpub.awsapps.com"


def test_names_and_addresses_are_taken_once(workmail: Any, org: str) -> None:
    user(workmail, org, "alice", ALICE)
    with pytest.raises(workmail.exceptions.NameAvailabilityException):
        user(workmail, org, "Alice")
    with pytest.raises(workmail.exceptions.EmailAddressInUseException):
        user(workmail, org, "other", "Alice@jpub.awsapps.com")
    with pytest.raises(workmail.exceptions.MailDomainNotFoundException):
        user(workmail, org, "third", "third@elsewhere.test")
    with pytest.raises(workmail.exceptions.ReservedNameException):
        user(workmail, org, "Administrator")


@pytest.mark.parametrize("password", ["short1A", "alllowercase", "lower123", ""])
def test_passwords_are_long_and_mixed(workmail: Any, org: str, password: str) -> None:
    id = user(workmail, org, "alice")
    with pytest.raises(workmail.exceptions.ClientError):
        workmail.reset_password(OrganizationId=org, UserId=id, Password=password)


def test_a_password_can_be_reset(world: World, workmail: Any, org: str) -> None:
    id = user(workmail, org, "alice", ALICE)
    before = world.store.read_now(people.get, id)
    workmail.reset_password(OrganizationId=org, UserId=id, Password="Another-horse-2")
    after = world.store.read_now(people.get, id)
    assert before is not None and after is not None and before.password != after.password


def test_users_are_changed_and_listed(workmail: Any, org: str) -> None:
    for name in ("alice", "albert", "bob"):
        user(workmail, org, name, f"{name}@jpub.awsapps.com" if name != "bob" else "")
    workmail.update_user(OrganizationId=org, UserId="bob", DisplayName="Robert", City="Seoul")
    found = workmail.describe_user(OrganizationId=org, UserId="bob")
    assert (found["DisplayName"], found["City"]) == ("Robert", "Seoul")

    def names(**filters: str) -> list[str]:
        pages = workmail.get_paginator("list_users").paginate(
            OrganizationId=org, Filters=filters, PaginationConfig={"PageSize": 1}
        )
        return sorted(each["Name"] for page in pages for each in page["Users"])

    assert names() == ["albert", "alice", "bob"]
    assert names(UsernamePrefix="AL") == ["albert", "alice"]
    assert names(State="DISABLED") == ["bob"] and names(DisplayNamePrefix="rob") == ["bob"]
    assert names(PrimaryEmailPrefix="alb") == ["albert"]


def test_roles_that_are_not_implemented_say_so(workmail: Any, org: str) -> None:
    with pytest.raises(workmail.exceptions.UnsupportedOperationException):
        workmail.create_user(OrganizationId=org, Name="x", DisplayName="x", Role="SYSTEM_USER")
