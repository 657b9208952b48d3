"""Further addresses."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.mail import people
from tests.harness import World
from tests.services.workmail.calls import group, user

ALL = "all@jpub.awsapps.com"


def test_aliases_of_groups_and_users(world: World, workmail: Any, org: str) -> None:
    alice = user(workmail, org, "alice", "alice@jpub.awsapps.com")
    everybody = group(workmail, org, "all", ALL)
    workmail.associate_member_to_group(OrganizationId=org, GroupId=everybody, MemberId=alice)
    for entity, alias in ((alice, "a@jpub.awsapps.com"), (everybody, "everyone@jpub.awsapps.com")):
        workmail.create_alias(OrganizationId=org, EntityId=entity, Alias=alias)
        assert world.store.read_now(people.reach, alias) == [alice]
        with pytest.raises(workmail.exceptions.EmailAddressInUseException):
            workmail.create_alias(OrganizationId=org, EntityId=alice, Alias=alias)
        assert workmail.list_aliases(OrganizationId=org, EntityId=entity)["Aliases"] == [alias]
    workmail.update_primary_email_address(
        OrganizationId=org, EntityId=alice, Email="a@jpub.awsapps.com"
    )
    found = workmail.describe_user(OrganizationId=org, UserId=alice)
    assert found["Email"] == "a@jpub.awsapps.com"
    assert world.store.read_now(people.addresses_of, alice) == {
        "a@jpub.awsapps.com": "primary",
        "alice@jpub.awsapps.com": "alias",
    }
    workmail.delete_alias(OrganizationId=org, EntityId=alice, Alias="alice@jpub.awsapps.com")
    assert world.store.read_now(people.reach, "alice@jpub.awsapps.com") == []
    with pytest.raises(workmail.exceptions.InvalidParameterException):
        workmail.delete_alias(OrganizationId=org, EntityId=alice, Alias="a@jpub.awsapps.com")
