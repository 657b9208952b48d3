"""Registering: from here on there is mail."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.identity import passwords
from forecourt.platform.mail import people
from tests.harness import World
from tests.services.workmail.calls import PASSWORD, user

ALICE = "alice@jpub.awsapps.com"


def test_registering_gives_a_mailbox(world: World, workmail: Any, org: str) -> None:
    id = user(workmail, org, "alice")
    found = workmail.describe_user(OrganizationId=org, UserId=id)
    assert found["State"] == "DISABLED" and "Email" not in found
    assert world.store.read_now(people.get, id) is None
    workmail.register_to_work_mail(OrganizationId=org, EntityId=id, Email=ALICE)
    found = workmail.describe_user(OrganizationId=org, UserId="alice")
    assert (found["State"], found["Email"], found["UserId"]) == ("ENABLED", ALICE, id)
    assert found["EnabledDate"] and found["MailboxProvisionedDate"]
    assert workmail.describe_entity(OrganizationId=org, Email=ALICE)["EntityId"] == id
    person = world.store.read_now(people.signing_in, ALICE)
    assert person is not None and person.id == id
    salt = passwords.salt_of(person.password)
    assert passwords.same(passwords.digest(PASSWORD, salt), person.password)
    with pytest.raises(workmail.exceptions.EntityAlreadyRegisteredException):
        workmail.register_to_work_mail(OrganizationId=org, EntityId=id, Email="b@jpub.awsapps.com")


def test_who_is_deregistered_gets_no_mail_and_keeps_the_mailbox(
    world: World, workmail: Any, org: str
) -> None:
    id = user(workmail, org, "alice", ALICE)
    with pytest.raises(workmail.exceptions.EntityStateException):
        workmail.delete_user(OrganizationId=org, UserId=id)
    workmail.deregister_from_work_mail(OrganizationId=org, EntityId=id)
    assert world.store.read_now(people.reach, ALICE) == []
    with pytest.raises(workmail.exceptions.EntityStateException):
        workmail.deregister_from_work_mail(OrganizationId=org, EntityId=id)
    workmail.register_to_work_mail(OrganizationId=org, EntityId=id, Email=ALICE)
    assert world.store.read_now(people.reach, ALICE) == [id]
    workmail.deregister_from_work_mail(OrganizationId=org, EntityId=id)
    workmail.delete_user(OrganizationId=org, UserId=id)
    assert world.store.read_now(people.get, id) is None
    workmail.delete_user(OrganizationId=org, UserId=id)
    with pytest.raises(workmail.exceptions.EntityNotFoundException):
        workmail.describe_user(OrganizationId=org, UserId=id)
